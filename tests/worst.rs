//! What the dearest letters cost: never much more than in proportion to their size. The bench has
//! what they cost at 64 MB.

use crate::letters::WORST;
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
    for (name, make) in WORST {
        let [small, large] = [128 << 10, 512 << 10].map(|size| cost(&gate, &make(size)));
        println!("{name:28} {:7.1} ms {:7.1} ms", small * 1e3, large * 1e3);
        if large > small.max(NOISE) * 8.0 || large > 0.5 {
            steep.push(format!("{name}: {small:.3} s, then {large:.3} s"));
        }
    }
    assert!(steep.is_empty(), "{}", steep.join("\n"));
}
