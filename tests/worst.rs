//! What the dearest letters cost: never much more than in proportion to their size. The bench has
//! what they cost at 64 MB.

use crate::letters::{DENSE, WORST};
use crate::support::gate::Gate;

#[path = "../benches/worst.rs"]
#[allow(dead_code, unreachable_pub, reason = "the measure is shared with the bench")]
mod bench;
use bench::cost;

/// Below this, start-up and the scheduler are what is measured.
const NOISE: f64 = 0.03;

#[test]
fn four_times_the_letter_costs_no_more_than_eight_times() {
    let gate = Gate::with_worker();
    let mut steep = Vec::new();
    let small_costs_little = WORST.iter().map(|letter| (letter, 0.5));
    // These cost all that one letter may, at any size; the bench has how much that is.
    let all = small_costs_little.chain(DENSE.iter().map(|letter| (letter, f64::INFINITY)));
    for ((name, make), most) in all {
        let measure = || [128 << 10, 512 << 10].map(|size| cost(&gate, &make(size)));
        let is_steep = |[small, large]: [f64; 2]| large > small.max(NOISE) * 8.0 || large > most;
        let mut costs = measure();
        if is_steep(costs) {
            // What else the machine does only adds.
            costs = measure();
        }
        let [small, large] = costs;
        println!("{name:28} {:7.1} ms {:7.1} ms", small * 1e3, large * 1e3);
        if is_steep(costs) {
            steep.push(format!("{name}: {small:.3} s, then {large:.3} s"));
        }
    }
    assert!(steep.is_empty(), "{}", steep.join("\n"));
}
