//! The gate's SMTP door on a free port, with the real pipeline and the built-in rules.

use arc_swap::ArcSwap;
use congthu::checks::{self, Checks};
use congthu::config::Config;
use congthu::engines::Engines;
use congthu::pipeline::Pipeline;
use congthu::relay::{Relay, Times};
use congthu::rules::RuleSet;
use congthu::serve::{Comebacks, Door, Milter, Parts, Proxy};
use congthu::store::{Records, Store, records};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running gate; dropped, it stops.
pub struct Gate {
    pub address: SocketAddr,
    /// The milter door, where the configuration has one on a port.
    pub milter: Option<SocketAddr>,
    pub dir: TempDir,
    pub relay: Relay,
    pub door: Arc<Door>,
    pub rules: Arc<ArcSwap<RuleSet>>,
    pub records: Records,
    pub stop: CancellationToken,
    pub serving: Option<JoinHandle<()>>,
}

/// What a gate is made of.
pub struct Setup {
    pub config: Config,
    pub times: Times,
    pub rules: RuleSet,
    dir: TempDir,
}

impl Setup {
    pub fn to(upstream: &[String]) -> Setup {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.smtp.listen = vec!["127.0.0.1:0".to_owned()];
        config.smtp.upstream = upstream.to_vec();
        config.smtp.hostname = "mx.example".to_owned();
        config.spool.dir = dir.path().to_owned();
        config.state.dir = dir.path().join("state");
        config.quarantine.store = format!("fs:{}", dir.path().join("kept").display());
        let rules = RuleSet::load("rules".as_ref(), &checks::catalogue()).unwrap();
        let times = Times { command: Duration::from_secs(20), ..Times::default() };
        Setup { config, times, rules, dir }
    }

    pub fn with(mut self, change: impl FnOnce(&mut Config)) -> Setup {
        change(&mut self.config);
        self
    }

    pub fn in_times(mut self, change: impl FnOnce(&mut Times)) -> Setup {
        change(&mut self.times);
        self
    }

    pub fn observing(mut self) -> Setup {
        self.rules = self.rules.observing();
        self
    }

    pub async fn start(self) -> Gate {
        self.try_start().await.unwrap()
    }

    pub async fn try_start(self) -> Result<Gate, String> {
        let Setup { config, times, rules, dir } = self;
        let proxy = Proxy::bind(&config.smtp.listen).await.unwrap();
        let asked = Milter::bind(config.milter.as_ref()).await.map_err(|e| e.to_string())?;
        let milter = asked.addresses().first().copied();
        let port = proxy.addresses()[0].port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let relay = Relay::new(&config.smtp, times).unwrap();
        let rules = Arc::new(ArcSwap::from_pointee(rules));
        let terms = records::Terms::of(&config.state);
        let records = Records::open(&config.state.dir, terms).unwrap();
        let comebacks = Comebacks::open(&config.state.dir).unwrap();
        let parts = Parts {
            comebacks,
            rules: rules.clone(),
            pipeline: Pipeline::new(&config, Checks::all(&Engines::new(&config.engine).unwrap()))
                .unwrap(),
            relay: relay.clone(),
            records: records.clone(),
            store: Store::open(&config.quarantine).unwrap(),
        };
        let door = Arc::new(Door::new(&config, parts, &proxy.addresses())?);
        let stop = CancellationToken::new();
        let grace = Duration::from_secs(20);
        let asking = asked.serve(door.clone(), stop.clone(), grace);
        let proxying = proxy.serve(door.clone(), stop.clone(), grace);
        let serving = tokio::spawn(async {
            tokio::join!(asking, proxying);
        });
        // The gate asks each next hop once at its start; a script counts on that being over.
        while relay.hops().any(|hop| hop.is_unknown()) {
            tokio::task::yield_now().await;
        }
        Ok(Gate { address, milter, dir, relay, door, rules, records, stop, serving: Some(serving) })
    }
}

impl Gate {
    pub fn kept(&self) -> PathBuf {
        self.dir.path().join("kept")
    }

    /// Asks to stop and waits for the end.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        self.serving.take().unwrap().await.unwrap();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
