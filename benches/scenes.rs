//! What happens to a gate in months, in minutes: scenes that are played before a running one.
//!
//! Letters come at their own times, whether or not the last one was answered: a generator that
//! waits for answers hides every delay behind it (coordinated omission).

use super::client::{self, Letter, Sample};
use super::figures::percentile;
use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// Letters of mixed sizes, ready for DATA.
pub struct Mix {
    /// Each with how many of a hundred letters are of its kind.
    kinds: Vec<(usize, Vec<Vec<u8>>)>,
}

impl Mix {
    pub fn new(kinds: Vec<(usize, Vec<Vec<u8>>)>) -> Mix {
        Mix { kinds }
    }

    /// Letter number so-and-so: the kinds in their shares, spread over every hundred.
    fn letter(&self, number: usize) -> &[u8] {
        let mut place = number * 37 % 100;
        for (share, letters) in &self.kinds {
            if place < *share {
                return &letters[number % letters.len()];
            }
            place -= share;
        }
        &self.kinds[0].1[0]
    }
}

/// How a scene ended.
#[derive(Debug, Default)]
pub struct Ending {
    pub samples: Vec<Sample>,
}

impl Ending {
    /// Letters whose reply was of this class; 0 is none at all.
    pub fn class(&self, class: u8) -> usize {
        self.samples.iter().filter(|sample| sample.class() == class).count()
    }

    /// From final dot to answer in ms: median, 95th, 99th percentile, longest.
    pub fn dots(&self) -> [f64; 4] {
        let mut dots: Vec<f64> = self.samples.iter().filter_map(|sample| sample.dot).collect();
        dots.sort_by(f64::total_cmp);
        [0.5, 0.95, 0.99, 1.0].map(|share| percentile(&dots, share))
    }

    /// The last reply of a class that was not hoped for.
    pub fn trouble(&self) -> Option<&str> {
        self.samples.iter().rev().find(|s| s.class() != 2).map(|s| s.reply.as_str())
    }
}

/// Runs a scene on this thread.
pub fn play<T>(scene: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, scene)
}

/// So many letters a second for so long, each from one of a hundred addresses. A letter that has
/// no answer after `patience` counts as having none.
pub async fn steady(
    to: SocketAddr,
    mix: &Rc<Mix>,
    rate: f64,
    length: Duration,
    patience: Duration,
) -> Ending {
    let samples = Rc::new(RefCell::new(Vec::new()));
    let (began, count) = (Instant::now(), (rate * length.as_secs_f64()).ceil() as usize);
    let mut letters = Vec::new();
    for number in 0..count {
        sleep_until(began + Duration::from_secs_f64(number as f64 / rate)).await;
        let (mix, samples) = (mix.clone(), samples.clone());
        letters.push(tokio::task::spawn_local(async move {
            let sent = one(to, &mix, number);
            let sample = timeout(patience, sent).await.unwrap_or_else(|_| Sample {
                reply: "0 no answer in time".to_owned(),
                dot: None,
                whole: patience.as_secs_f64() * 1e3,
            });
            samples.borrow_mut().push(sample);
        }));
    }
    for letter in letters {
        letter.await.unwrap();
    }
    Ending { samples: samples.take() }
}

/// Letters a second with so many connections that never pause: what the gate can do at most.
pub async fn capacity(to: SocketAddr, mix: &Rc<Mix>, connections: usize, length: Duration) -> f64 {
    let until = Instant::now() + length;
    let workers: Vec<_> = (0..connections)
        .map(|worker| {
            let mix = mix.clone();
            tokio::task::spawn_local(async move {
                let mut taken = 0;
                while Instant::now() < until {
                    let sample = one(to, &mix, worker + taken * connections).await;
                    taken += usize::from(sample.class() == 2);
                }
                taken
            })
        })
        .collect();
    let mut taken = 0;
    for worker in workers {
        taken += worker.await.unwrap();
    }
    taken as f64 / length.as_secs_f64()
}

async fn one(to: SocketAddr, mix: &Mix, number: usize) -> Sample {
    let first = format!("Message-ID: <{number}.{:p}@load.mail.example>\r\n", &number);
    let body = mix.letter(number);
    client::send(Letter { to, from: address(number), first: &first, body, pace: None }).await
}

/// One of a hundred clients.
fn address(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 1, 0, 1 + (number % 100) as u8)
}

/// Clients that say a byte now and then, until the future is dropped: a hundred addresses.
pub async fn trickle(to: SocketAddr, clients: usize, pause: Duration) {
    for number in 0..clients {
        tokio::task::spawn_local(async move {
            let client = async {
                let socket = TcpSocket::new_v4()?;
                socket.bind((address(number), 0).into())?;
                let mut stream = socket.connect(to).await?;
                let mut greeting = [0; 256];
                let _ = stream.read(&mut greeting).await?;
                for byte in b"EHLO slow.mail.example".iter().cycle() {
                    stream.write_all(&[*byte]).await?;
                    sleep(pause).await;
                }
                std::io::Result::Ok(())
            };
            // Being thrown out is the gate's right.
            let _ = client.await;
        });
    }
}

/// One letter at so many bytes a second.
pub async fn slow(to: SocketAddr, body: &[u8], pace: usize) -> Sample {
    let from = Ipv4Addr::LOCALHOST;
    client::send(Letter { to, from, first: "", body, pace: Some(pace) }).await
}
