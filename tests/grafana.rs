//! Dashboards and alerts, held to a real Prometheus: every panel's query has data while mail flows,
//! every alert fires in its scenario, and each has its section in the runbook.

use crate::support::{Clamd, EICAR, GTUBE, Server, eventually, free_port};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// All dashboards: file and content.
fn dashboards() -> Vec<(PathBuf, Value)> {
    let entries = fs::read_dir("grafana").unwrap().map(|entry| entry.unwrap().path());
    let json = entries.filter(|path| path.extension().is_some_and(|e| e == "json"));
    json.map(|path| {
        let dashboard = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        (path, dashboard)
    })
    .collect()
}

/// Title and query of each target.
fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| {
        let title = panel["title"].as_str()?;
        Some(panel["targets"].as_array()?.iter().map(move |target| (title, target)))
    });
    let pair = |(title, target): (&str, &Value)| {
        (title.to_owned(), target["expr"].as_str().unwrap().to_owned())
    };
    targets.flatten().map(pair).collect()
}

/// Grafana's own types, in the version that `fixtures/grafana/package.json` pins; `None` and a reason
/// where npm has them not.
fn schema() -> Option<tempfile::TempDir> {
    let dir = tempfile::tempdir().unwrap();
    for file in ["package.json", "package-lock.json", "saved.ts"] {
        fs::copy(Path::new("fixtures/grafana").join(file), dir.path().join(file)).unwrap();
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]);
    match npm.args(["--fetch-timeout=20000"]).current_dir(dir.path()).output() {
        Ok(done) if done.status.success() => Some(dir),
        Ok(done) => {
            let error = String::from_utf8_lossy(&done.stderr);
            println!("skipped: npm cannot fetch @grafana/schema: {error}");
            None
        }
        Err(error) => {
            println!("skipped: no npm: {error}");
            None
        }
    }
}

/// What the compiler has against these dashboards.
fn complaints(schema: &Path, dashboards: &[(PathBuf, Value)]) -> String {
    let mut text = "import type { Saved } from './saved';\n".to_owned();
    for (path, dashboard) in dashboards {
        let name = path.file_stem().unwrap().to_str().unwrap().replace('-', "_");
        text += &format!("export const {name}: Saved = {dashboard:#};\n");
    }
    fs::write(schema.join("all.ts"), text).unwrap();
    let mut tsc = Command::new(schema.join("node_modules/.bin/tsc"));
    tsc.args(["--strict", "--noEmit", "--skipLibCheck", "--module", "esnext"]);
    tsc.args(["--moduleResolution", "bundler", "--target", "es2022", "all.ts"]);
    let done = tsc.current_dir(schema).output().unwrap();
    assert_eq!(done.status.success(), done.stdout.is_empty(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn dashboards_hold_against_grafanas_published_schema() {
    let Some(schema) = schema() else { return };
    assert_eq!(complaints(schema.path(), &dashboards()), "");
    // What Grafana would silently leave out or read otherwise.
    let wrong = [
        ("/refresh", Value::from(5)),
        ("/panels/1/type", Value::from("timesereis")),
        ("/panels/1/gridPos/w", Value::from("half")),
        ("/panels/1/options/footer", Value::from(true)),
        ("/panels/1/options/reduceOptions", serde_json::json!({"calcs": "last"})),
        ("/panels/1/fieldConfig/defaults/color", serde_json::json!({"mode": "of-its-own"})),
    ];
    for (place, value) in wrong {
        let (path, mut dashboard) = dashboards().pop().unwrap();
        let (above, key) = place.rsplit_once('/').unwrap();
        dashboard.pointer_mut(above).unwrap()[key] = value;
        let said = complaints(schema.path(), &[(path, dashboard)]);
        assert!(said.contains("error TS"), "{place} is taken");
    }
}

#[test]
fn each_alert_fires_in_its_scenario_and_has_a_runbook() {
    let promtool = |arguments: &[&str]| {
        let run = Command::new("promtool").args(arguments).current_dir("grafana").output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
    };
    promtool(&["check", "rules", "alerts.yml"]);
    promtool(&["test", "rules", "alerts_test.yml"]);
    let runbook = fs::read_to_string("grafana/README.md").unwrap();
    let scenarios = fs::read_to_string("grafana/alerts_test.yml").unwrap();
    let alerts = fs::read_to_string("grafana/alerts.yml").unwrap();
    for alert in alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(runbook.contains(&format!("### {alert}\n")), "no section for {alert}");
        assert!(scenarios.contains(&format!("alertname: {alert}\n")), "no scenario for {alert}");
        let silent = format!("{{alertname: {alert}, eval_time: 110m, exp_alerts: []}}");
        assert!(scenarios.contains(&silent), "{alert}: is it silent while all is well?");
    }
}

/// Every metric that dashboards and alerts name exists.
#[test]
fn only_metrics_that_exist_are_named() {
    let known: Vec<&str> = congthu::metrics::METRICS.iter().map(|metric| metric.name).collect();
    let mut texts: Vec<String> = dashboards().iter().map(|(_, d)| d.to_string()).collect();
    texts.push(fs::read_to_string("grafana/alerts.yml").unwrap());
    for text in texts {
        for (at, _) in text.match_indices("congthu_") {
            let name: String =
                text[at..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let bare = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            assert!(
                known.contains(&name.as_str()) || bare.is_some_and(|b| known.contains(&b)),
                "{name}"
            );
        }
    }
}

/// A clamd that tells only its version, with fresh signatures; for scans the gate goes on to the
/// real one behind it, which has no database with a date.
fn dated_clamd() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut asked = [0; 9];
            if stream.read_exact(&mut asked).is_ok() && asked.starts_with(b"zVERSION") {
                let now = jiff::Zoned::now().strftime("%a %b %e %H:%M:%S %Y").to_string();
                let _ = stream.write_all(format!("ClamAV 1.0.7/27450/{now}\0").as_bytes());
            }
        }
    });
    address
}

/// The gate with everything that has a metric: an engine, a certificate.
fn gate(clamd: &Clamd) -> (Server, u16, u16) {
    let (server, (smtp, http)) = Server::start("congthu", |dir| {
        let (smtp, http) = (free_port(), free_port());
        for (from, to) in [("ec.pem", "cert.pem"), ("ec.key", "key.pem")] {
            fs::copy(Path::new("fixtures/smtp/tls").join(from), dir.join(to)).unwrap();
        }
        let config = format!(
            "[http]\nlisten = \"127.0.0.1:{http}\"\n[smtp]\nlisten = [\"127.0.0.1:{smtp}\"]\n\
             tls = {{ cert = [\"cert.pem\"], key = [\"key.pem\"] }}\n\
             [engine.clamav]\naddress = [\"{}\", \"{}\"]\n",
            dated_clamd(),
            clamd.address
        );
        fs::write(dir.join("congthu.toml"), config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
        command.arg("serve").current_dir(dir).stdout(Stdio::null());
        (command, vec![smtp, http], (smtp, http))
    });
    (server, smtp, http)
}

fn prometheus(scraped: u16) -> (Server, u16) {
    Server::start("prometheus", |dir| {
        let port = free_port();
        let config = format!(
            "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: congthu\n    \
             static_configs: [{{targets: ['127.0.0.1:{scraped}']}}]\n"
        );
        fs::write(dir.join("prometheus.yml"), config).unwrap();
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", dir.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"));
        (command, vec![port], port)
    })
}

/// The result of an instant query.
fn ask(port: u16, query: &str) -> Vec<Value> {
    let escaped: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET /api/v1/query?query={escaped} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let answer: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{body}"));
    assert_eq!(answer["status"], "success", "{query}: {answer}");
    answer["data"]["result"].as_array().unwrap().clone()
}

/// One letter of each kind.
fn traffic(port: u16) {
    let exe = fs::read("fixtures/files/exe-in-zip.zip").unwrap();
    let attached = |name: &str, bytes: &[u8]| {
        format!(
            "Subject: thu\r\nContent-Type: application/octet-stream; name=\"{name}\"\r\n\
             Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            crate::support::base64(bytes).replace('\n', "\r\n")
        )
    };
    let letters = [
        "Subject: thu\r\n\r\nxin chao\r\n".to_owned(),
        format!("Subject: thu\r\n\r\n{EICAR}\r\n"),
        format!("Subject: thu\r\n\r\n{GTUBE}\r\n"),
        attached("hoso.zip", &exe),
        attached("khoa.zip", &fs::read("fixtures/files/encrypted.zip").unwrap()),
        attached("anh.bin", &[0x55; 70_000]),
    ];
    for to in ["ai@tiengiang.gov.vn", "ai@angiang.gov.vn", "ai@bdt.binhthuan.gov.vn"] {
        for letter in &letters {
            send(port, to, letter);
        }
    }
}

fn send(port: u16, to: &str, letter: &str) {
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap());
    let mut answer = String::new();
    stream.read_line(&mut answer).unwrap();
    let rcpt = format!("RCPT TO:<{to}>");
    for line in ["HELO client.example", "MAIL FROM:<a@client.example>", &rcpt, "DATA"] {
        write!(stream.get_mut(), "{line}\r\n").unwrap();
        stream.read_line(&mut answer).unwrap();
    }
    write!(stream.get_mut(), "{letter}.\r\n").unwrap();
    stream.read_line(&mut answer).unwrap();
}

#[test]
fn every_panel_has_data_while_mail_flows() {
    let clamd = Clamd::start("");
    let (_gate, smtp, http) = gate(&clamd);
    let (_prometheus, port) = prometheus(http);
    traffic(smtp);
    eventually("the first letters scraped", || {
        (!ask(port, "congthu_messages_total").is_empty()).then_some(())
    });
    // A rate needs a second look at a counter that has moved.
    traffic(smtp);
    let moved = "sum(increase(congthu_messages_total[1m])) > 10";
    eventually("an increase", || (!ask(port, moved).is_empty()).then_some(()));
    let mut empty = Vec::new();
    for (file, dashboard) in dashboards() {
        for (title, query) in queries(&dashboard) {
            let query = query.replace("$__range", "1m").replace("$__rate_interval", "30s");
            if ask(port, &query).is_empty() {
                empty.push(format!("{}: {title}: {query}", file.display()));
            }
        }
    }
    assert!(empty.is_empty(), "without data:\n{}", empty.join("\n"));
}
