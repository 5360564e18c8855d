// The adapter by itself: what it answers, and what it does when nobody answers it. Loopback only.
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(10);

// A running adapter: lines in, events out. It does not outlive its test.
struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    events: Receiver<String>,
    last_id: u64,
}

impl Process {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_adapter"));
        command.env("RUST_LOG", "off").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (event, events) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || stdout.lines().all(|line| line.is_ok_and(|line| event.send(line).is_ok())));
        Process { stdin: child.stdin.take(), child, events, last_id: 0 }
    }

    fn configured(url: &str, test: &str) -> Self {
        let mut process = Self::start();
        process.does("configure", settings(url, test));
        process
    }

    fn write(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    fn send(&mut self, name: &str, about: Value) -> u64 {
        self.last_id += 1;
        self.write(&json!({ "id": self.last_id, name: about }).to_string());
        self.last_id
    }

    // The fields of the next event, which must be this one.
    fn next(&self, name: &str) -> Value {
        let line = self.events.recv_timeout(PATIENCE).expect("no event came");
        let mut event: Value = serde_json::from_str(&line).expect(&line);
        assert_eq!(event.as_object().unwrap().len(), 1, "{line}");
        assert!(event[name].is_object(), "not {name}: {line}");
        event[name].take()
    }

    fn does(&mut self, name: &str, about: Value) {
        let id = self.send(name, about);
        assert_eq!(self.next("done")["id"], id);
    }

    fn refuses(&mut self, name: &str, about: Value, unsupported: bool) {
        let id = self.send(name, about);
        let failed = self.next("failed");
        assert_eq!((&failed["id"], &failed["unsupported"]), (&json!(id), &json!(unsupported)), "{name}: {failed}");
    }

    fn exits(&mut self) {
        drop(self.stdin.take());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn state_dir(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn settings(url: &str, test: &str) -> Value {
    json!({ "url": url, "trust_root_hex": "01".repeat(32), "state_dir": state_dir(test), "push_name": "alice" })
}

fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/ws/chat", listener.local_addr().unwrap());
    (listener, url)
}

const NOWHERE: &str = "ws://127.0.0.1:1/ws/chat";

#[test]
fn hello_is_answered_by_ready_and_done() {
    let mut process = Process::start();
    process.send("hello", json!({ "protocol": 1 }));
    let ready = process.next("ready");
    assert_eq!((&ready["protocol"], &ready["library"]), (&json!(1), &json!("whatsapp-rust")));
    assert!(ready["capabilities"].as_array().unwrap().contains(&json!("qr_pairing")));
    let manifest = include_str!("../Cargo.toml");
    assert!(manifest.contains(&format!("version = \"={}\"", ready["version"].as_str().unwrap())), "{ready}");
    assert_eq!(process.next("done")["id"], 1);
}

#[test]
fn another_protocol_version_is_refused() {
    Process::start().refuses("hello", json!({ "protocol": 2 }), false);
}

#[test]
fn a_malformed_line_is_reported_and_the_adapter_goes_on() {
    let mut process = Process::start();
    for line in [
        r#"{"#,
        r#"hello"#,
        r#"[]"#,
        r#"5"#,
        r#"null"#,
        r#"{}"#,
        r#"{"id":1}"#,
        r#"{"hello":{"protocol":1}}"#,
        r#"{"id":0,"exit":{}}"#,
        r#"{"id":"1","exit":{}}"#,
        r#"{"id":1,"exit":5}"#,
        r#"{"id":1,"exit":{},"connect":{}}"#,
    ] {
        process.write(line);
        assert!(process.next("error")["what"].is_string(), "{line}");
    }
    process.write("");
    process.does("disconnect", json!({}));
}

#[test]
fn what_the_library_cannot_do_is_unsupported() {
    let mut process = Process::start();
    process.refuses("advance_clock", json!({ "ms": 1 }), true);
    process.refuses("no_such_command", json!({}), true);
    for url in ["wss://127.0.0.1:1/ws/chat", "tcp://127.0.0.1:1"] {
        process.refuses("configure", settings(url, "cannot"), true);
    }
    for (name, value) in
        [("connect_timeout_ms", json!(1000)), ("keepalive_ms", json!(1)), ("insecure_tls", json!(true))]
    {
        let mut wanted = settings(NOWHERE, "cannot");
        wanted[name] = value;
        process.refuses("configure", wanted, true);
    }
}

#[test]
fn commands_that_come_too_early_fail() {
    let mut process = Process::start();
    for name in [
        "connect",
        "pair_code",
        "logout",
        "send_text",
        "mark_read",
        "send_presence",
        "create_group",
        "update_group",
        "leave_group",
        "subscribe_presence",
        "send_chat_state",
    ] {
        process.refuses(name, json!({}), false);
    }
}

#[test]
fn a_configuration_that_cannot_be_used_fails() {
    let mut process = Process::start();
    process.refuses("configure", json!({ "url": NOWHERE }), false);
    process.refuses("connect", json!({}), false);
    let mut complete = settings(NOWHERE, "configured");
    for default in ["connect_timeout_ms", "keepalive_ms"] {
        complete[default] = json!(0);
    }
    process.does("configure", complete);
}

#[test]
fn a_closed_port_is_reported_as_closed_each_time() {
    let (listener, url) = listen();
    drop(listener);
    let mut process = Process::configured(&url, "closed");
    for _ in 0..2 {
        process.does("connect", json!({}));
        for _ in 0..2 {
            let closed = process.next("closed"); // again and again: the library does not give up
            assert!(closed["reason"].as_str().unwrap().contains("Connection refused"), "{closed}");
            assert_eq!(closed["will_reconnect"], true);
        }
        process.does("disconnect", json!({}));
    }
}

#[test]
fn the_configured_server_is_spoken_to_and_its_hanging_up_is_reported() {
    let (listener, url) = listen();
    let mut process = Process::configured(&url, "spoken_to");
    process.does("connect", json!({}));
    for _ in 0..2 {
        let (stream, _) = listener.accept().unwrap();
        let request: Vec<_> =
            BufReader::new(&stream).lines().map_while(Result::ok).take_while(|l| !l.is_empty()).collect();
        assert_eq!(request[0], "GET /ws/chat HTTP/1.1");
        assert!(request.contains(&format!("Host: {}", listener.local_addr().unwrap())), "{request:?}");
        process.refuses("connect", json!({}), false);
        process.refuses("configure", settings(NOWHERE, "elsewhere"), false);
        drop(stream);
        assert_eq!(process.next("closed")["will_reconnect"], true);
    }
}

#[test]
fn exit_is_answered_and_ends_the_process() {
    let mut process = Process::configured(NOWHERE, "exit");
    process.does("exit", json!({}));
    process.exits();
}

#[test]
fn the_end_of_input_ends_the_process() {
    Process::start().exits();
    Process::configured(NOWHERE, "end").exits();
}
