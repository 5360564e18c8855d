// The adapter's side to the library.
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, Weak};

use serde_json::json;
use tokio::sync::watch;
use whatsapp_rust::anyhow::{self, anyhow};
use whatsapp_rust::bytes::Bytes;
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse};
use whatsapp_rust::pair_code::PairCodeOptions;
use whatsapp_rust::prelude::*;
use whatsapp_rust::transport::{Transport, TransportEvent, TransportFactory};
use whatsapp_rust::{
    ChatStateType, GroupCreateOptions, GroupParticipantOptions, PresenceStatus, async_channel, async_trait, transport,
    wacore,
};

use crate::events::Reporter;
use crate::{Answer, Failure, Fields, emit, field, text, texts, unsupported};

// What `configure` sets.
pub struct Settings {
    url: String,
    push_name: String,
    store: Arc<SqliteStore>,
}

impl Settings {
    pub async fn new(wanted: &Fields) -> Result<Self, Failure> {
        let (url, state_dir) = (text(wanted, "url"), text(wanted, "state_dir"));
        let asks_for =
            |name: &&str| wanted.get(*name).is_some_and(|value| *value != json!(0) && *value != json!(false));
        match ["connect_timeout_ms", "keepalive_ms", "insecure_tls"].into_iter().find(asks_for) {
            Some(name) => return Err(unsupported(format!("the library has no setting for {name}"))),
            None if !url.starts_with("ws://") => return Err(unsupported(format!("no transport for {url}"))),
            None if state_dir.is_empty() => return Err("state_dir is missing".into()),
            None => std::fs::create_dir_all(state_dir)?,
        }
        let store = Arc::new(SqliteStore::new(&format!("{state_dir}/whatsapp.db")).await?);
        Ok(Settings { url: url.to_owned(), push_name: text(wanted, "push_name").to_owned(), store })
    }
}

// A client of the library and its run loop, which is over when `ended` has lost its sender.
pub struct Session {
    client: Arc<Client>,
    connection: Arc<Connection>,
    ended: watch::Receiver<()>,
}

impl Session {
    pub async fn begin(settings: &Settings) -> Result<Self, Failure> {
        let connection = Arc::new(Connection { url: settings.url.clone(), ..Connection::default() });
        let fresh = wacore::store::Device::new(); // for the version that the library starts with
        let mut builder = Bot::builder()
            .with_backend_arc(settings.store.clone())
            .with_transport_factory(Dialer(connection.clone()))
            .with_http_client(NoOtherServer)
            .with_version((fresh.app_version_primary, fresh.app_version_secondary, fresh.app_version_tertiary))
            .with_event_handler(Reporter(connection.clone()));
        if !settings.push_name.is_empty() {
            builder = builder.with_push_name(&settings.push_name);
        }
        let bot = builder.build().await?;
        let client = bot.client();
        let _ = connection.client.set(Arc::downgrade(&client));
        let (alive, ended) = watch::channel(());
        let of_the_loop = connection.clone();
        // On the thread of the command, which is answered before it lets another task run.
        tokio::task::spawn_local(async move {
            if tokio::spawn(bot.run()).await.is_err() {
                std::process::exit(101); // a panic in the run loop, which would end an application
            }
            of_the_loop.end(of_the_loop.up.load(SeqCst), "the library has stopped");
            drop(alive);
        });
        Ok(Session { client, connection, ended })
    }

    pub fn has_ended(&self) -> bool {
        self.ended.has_changed().is_err()
    }

    async fn disconnect(&self) {
        self.connection.is_last.store(true, SeqCst);
        self.connection.blame(0, "disconnected by command");
        self.client.disconnect().await; // writes out what the library keeps in memory
    }
}

// What the library tells of its connections by making and ending them: it has no event for most of that.
#[derive(Default)]
pub struct Connection {
    url: String,
    pub client: OnceLock<Weak<Client>>,
    dials: AtomicUsize,
    up: AtomicUsize, // the dial whose connection has not ended; 0: none
    pub is_last: AtomicBool,
    cause: Mutex<Option<(i32, String)>>, // of its end, if the library has named one
}

impl Connection {
    pub fn blame(&self, status: i32, reason: impl Display) {
        *self.cause.lock().unwrap() = Some((status, reason.to_string()));
    }

    fn end(&self, dial: usize, reason: impl Display) {
        if dial != 0 && self.up.compare_exchange(dial, 0, SeqCst, SeqCst).is_ok() {
            let (status, reason) = self.cause.lock().unwrap().take().unwrap_or((0, reason.to_string()));
            let client = self.client.get().and_then(Weak::upgrade);
            let again = client.is_some_and(|client| client.enable_auto_reconnect.load(SeqCst));
            let will_reconnect = again && !self.is_last.load(SeqCst);
            emit("closed", json!({ "status": status, "reason": reason, "will_reconnect": will_reconnect }));
        }
    }
}

struct Dialer(Arc<Connection>);

#[async_trait]
impl TransportFactory for Dialer {
    async fn create_transport(&self) -> anyhow::Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        self.0.end(self.0.up.load(SeqCst), "the library connects again");
        let dial = self.0.dials.fetch_add(1, SeqCst) + 1;
        self.0.cause.lock().unwrap().take();
        self.0.up.store(dial, SeqCst);
        let dialer = transport::TokioWebSocketTransportFactory::new().with_url(&self.0.url);
        match dialer.create_transport().await {
            Ok((transport, events)) => Ok((Arc::new(Watched { transport, dial, connection: self.0.clone() }), events)),
            Err(error) => {
                self.0.end(dial, format!("{error:#}"));
                Err(error)
            }
        }
    }
}

struct Watched {
    transport: Arc<dyn Transport>,
    dial: usize,
    connection: Arc<Connection>,
}

#[async_trait]
impl Transport for Watched {
    async fn send(&self, data: Bytes) -> anyhow::Result<()> {
        self.transport.send(data).await
    }

    async fn disconnect(&self) {
        self.transport.disconnect().await;
        self.connection.end(self.dial, "the library has let go of the connection");
    }
}

struct NoOtherServer;

#[async_trait]
impl HttpClient for NoOtherServer {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        Err(anyhow!("{} is not the server that was configured", request.url))
    }
}

// A command that is about a session, if there is one.
pub async fn run(session: Option<&Session>, name: &str, about: &Fields) -> Answer {
    let client = || session.map(|session| &session.client).ok_or("not connected");
    let jid = |field| text(about, field).parse::<Jid>();
    match name {
        "disconnect" | "exit" => {
            if let Some(session) = session {
                session.disconnect().await;
                if name == "disconnect" {
                    let _ = session.ended.clone().changed().await;
                }
            }
        }
        "logout" => client()?.logout().await,
        "pair_code" => {
            let phone_number = text(about, "phone").to_owned();
            let code = client()?.pair_with_code(PairCodeOptions { phone_number, ..Default::default() }).await?;
            emit("pairing_code", json!({ "code": code }));
        }
        "send_text" => {
            let mut options = SendOptions::default();
            if !text(about, "message_id").is_empty() {
                options = options.with_message_id(text(about, "message_id"));
            }
            let message = wa::Message::text(text(about, "text"));
            let sent = client()?.send_message_with_options(jid("to")?, message, options).await?;
            return Ok(field("message_id", sent.message_id));
        }
        "mark_read" => {
            let sender = if text(about, "sender").is_empty() { None } else { Some(jid("sender")?) };
            client()?.mark_as_read(&jid("chat")?, sender.as_ref(), &texts(about, "ids")).await?;
        }
        "send_presence" => {
            let status = PresenceStatus::try_from(text(about, "type")).map_err(|_| "no such presence")?;
            client()?.presence().set(status).await?;
        }
        "subscribe_presence" => client()?.presence().subscribe(jid("user")?).await?,
        "send_chat_state" => {
            let state = ChatStateType::try_from(text(about, "state")).map_err(|_| "no such chat state")?;
            client()?.chatstate().send(&jid("chat")?, state).await?;
        }
        "create_group" => {
            let others = jids(about, "participants")?.into_iter().map(GroupParticipantOptions::new).collect();
            let options = GroupCreateOptions::builder().subject(text(about, "subject")).participants(others).build();
            let group = client()?.groups().create_group(options).await?.metadata.id;
            return Ok(field("group", group.to_string()));
        }
        "update_group" => {
            let (group, others) = (jid("group")?, jids(about, "participants")?);
            let groups = client()?.groups();
            let changes = match text(about, "action") {
                "add" => groups.add_participants(group, &others).await?,
                "remove" => groups.remove_participants(group, &others).await?,
                "promote" => groups.promote_participants(group, &others).await?,
                "demote" => groups.demote_participants(group, &others).await?,
                action => return Err(unsupported(format!("no action {action}"))),
            };
            if let Some(refused) = changes.iter().find(|change| !change.is_ok()) {
                return Err(format!("{}: {}", refused.jid, refused.error.as_deref().unwrap_or_default()).into());
            }
        }
        "leave_group" => client()?.groups().leave(jid("group")?).await?,
        _ => return Err(unsupported(format!("no command {name}"))),
    }
    Ok(Fields::new())
}

fn jids(about: &Fields, name: &str) -> Result<Vec<Jid>, Failure> {
    texts(about, name).into_iter().map(|jid| Ok(jid.parse()?)).collect()
}
