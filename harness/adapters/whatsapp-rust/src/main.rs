// Drives whatsapp-rust, unmodified, for the suite; the contract is harness/iut/README.md. This file speaks with the
// suite, session.rs and events.rs with the library.
mod events;
mod session;

use std::fmt::Display;
use std::io::{BufRead, Write};
use std::rc::Rc;

use serde_json::{Map, Value, json};
use session::{Session, Settings};
use tokio::sync::Mutex;

const PROTOCOL: u64 = 1;
const CAPABILITIES: [&str; 13] = [
    "websocket",
    "push_name",
    "qr_pairing",
    "code_pairing",
    "logout",
    "send_text",
    "receive_text",
    "receipts",
    "mark_read",
    "presence",
    "groups",
    "presence_of_others",
    "reconnects",
];

// Why a command failed.
pub struct Failure {
    reason: String,
    unsupported: bool,
}

impl<E: Display> From<E> for Failure {
    fn from(reason: E) -> Self {
        Failure { reason: format!("{reason:#}"), unsupported: false }
    }
}

pub fn unsupported(what: impl Display) -> Failure {
    Failure { unsupported: true, ..Failure::from(what) }
}

// The fields of a command, or those that `done` has besides the id.
pub type Fields = Map<String, Value>;
pub type Answer = Result<Fields, Failure>;

pub fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub fn texts<'a>(fields: &'a Fields, name: &str) -> Vec<&'a str> {
    fields.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

pub fn field(name: &str, value: String) -> Fields {
    Fields::from_iter([(name.to_owned(), value.into())])
}

pub fn emit(event: &str, about: Value) {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{}", json!({ event: about })).and_then(|()| stdout.flush());
    written.unwrap_or_else(|_| std::process::exit(1)) // the suite is gone
}

struct Command {
    id: u64,
    name: String,
    fields: Fields,
}

fn parse(line: &[u8]) -> Result<Command, String> {
    let mut parts: Fields = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let id = parts.remove("id").and_then(|id| id.as_u64()).unwrap_or_default();
    match (parts.len(), parts.into_iter().next()) {
        (1, Some((name, Value::Object(fields)))) if id > 0 => Ok(Command { id, name, fields }),
        _ => Err("an id and one command are needed".to_owned()),
    }
}

// What `configure` has set, and the connection that was asked for last.
#[derive(Default)]
struct Adapter {
    settings: Option<Settings>,
    session: Option<Rc<Session>>,
}

impl Adapter {
    fn no_connection(&self) -> Result<(), Failure> {
        match &self.session {
            Some(session) if !session.has_ended() => Err("connected already".into()),
            _ => Ok(()),
        }
    }

    async fn configure(&mut self, fields: &Fields) -> Result<(), Failure> {
        self.no_connection()?;
        self.settings = Some(Settings::new(fields).await?);
        Ok(())
    }

    async fn connect(&mut self) -> Result<(), Failure> {
        self.no_connection()?;
        let settings = self.settings.as_ref().ok_or("not configured")?;
        self.session = Some(Rc::new(Session::begin(settings).await?));
        Ok(())
    }
}

async fn run(adapter: &Mutex<Adapter>, Command { name, fields, .. }: &Command) -> Answer {
    match name.as_str() {
        "hello" => hello(fields)?,
        "configure" => adapter.lock().await.configure(fields).await?,
        "connect" => adapter.lock().await.connect().await?,
        _ => {
            let session = adapter.lock().await.session.clone(); // the lock is not held while the command runs
            return session::run(session.as_deref(), name, fields).await;
        }
    }
    Ok(Fields::new())
}

fn hello(fields: &Fields) -> Result<(), Failure> {
    if fields.get("protocol").and_then(Value::as_u64) != Some(PROTOCOL) {
        return Err(format!("only protocol {PROTOCOL} is spoken").into());
    }
    let lock = include_str!("../Cargo.lock");
    let version = lock.split("\"whatsapp-rust\"\nversion = \"").nth(1).and_then(|rest| rest.split('"').next());
    emit(
        "ready",
        json!({
            "protocol": PROTOCOL, "library": "whatsapp-rust", "version": version, "capabilities": CAPABILITIES,
        }),
    );
    Ok(())
}

async fn execute(adapter: Rc<Mutex<Adapter>>, command: Command) {
    match run(&adapter, &command).await {
        Ok(mut done) => {
            done.insert("id".to_owned(), command.id.into());
            emit("done", done.into());
        }
        Err(Failure { reason, unsupported }) => {
            emit("failed", json!({ "id": command.id, "reason": reason, "unsupported": unsupported }));
        }
    }
    if command.name == "exit" {
        std::process::exit(0);
    }
}

#[tokio::main]
async fn main() {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init(); // to stderr
    let (line, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let sent = |read: std::io::Result<Vec<u8>>| read.is_ok_and(|bytes| line.send(bytes).is_ok());
        std::io::stdin().lock().split(b'\n').all(sent)
    });
    let adapter = Rc::<Mutex<Adapter>>::default();
    let on_this_thread = tokio::task::LocalSet::new(); // so that commands start in the order they come
    on_this_thread
        .run_until(async {
            while let Some(line) = lines.recv().await {
                if line.trim_ascii().is_empty() {
                    continue;
                }
                match parse(&line) {
                    // Not waited for: a later command may end what this one waits for.
                    Ok(command) => drop(tokio::task::spawn_local(execute(adapter.clone(), command))),
                    Err(error) => emit("error", json!({ "what": format!("not a command: {error}") })),
                }
            }
            let end = Command { id: 0, name: "exit".to_owned(), fields: Fields::new() };
            drop(run(&adapter, &end).await);
        })
        .await;
    std::process::exit(0);
}
