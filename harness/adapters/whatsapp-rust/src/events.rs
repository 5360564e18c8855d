// What the library tells, as the suite's events.
use std::sync::{Arc, Weak, atomic::Ordering::SeqCst};

use serde_json::json;
use whatsapp_rust::prelude::*;
use whatsapp_rust::wacore::stanza::groups::GroupNotificationAction as Action;
use whatsapp_rust::wacore::types::presence::{ChatPresence, ChatPresenceMedia, ReceiptType};

use crate::emit;
use crate::session::Connection;

pub struct Reporter(pub Arc<Connection>);

impl EventHandler for Reporter {
    fn handle_event(&self, event: Arc<Event>) {
        match &*event {
            Event::PairingQrCode(qr) => emit("qr", json!({ "text": qr.code })),
            Event::PairingQrCodesExhausted(codes) if codes.disconnected => {
                self.0.is_last.store(true, SeqCst);
                self.0.blame(0, "no code was scanned in time");
            }
            Event::PairSuccess(pair) => emit("paired", json!({ "jid": written(&pair.id), "lid": written(&pair.lid) })),
            Event::PairError(pair) => emit("error", json!({ "what": format!("not paired: {}", pair.error) })),
            Event::Connected(_) => {
                if let Some(client) = self.0.client.get().and_then(Weak::upgrade) {
                    emit(
                        "open",
                        json!({ "jid": written(client.pn().as_ref()), "lid": written(client.lid().as_ref()) }),
                    );
                }
            }
            Event::LoggedOut(end) => self.0.blame(end.reason.code(), "logged out"),
            Event::StreamReplaced(_) => self.0.blame(0, "replaced by another connection"),
            Event::ClientOutdated(_) => self.0.blame(405, "the version is refused"),
            Event::TemporaryBan(ban) => self.0.blame(402, &ban.code),
            Event::ConnectFailure(end) => self.0.blame(end.reason.code(), end.message.as_deref().unwrap_or("refused")),
            Event::Messages(batch) => batch.iter().for_each(report_message),
            Event::UndecryptableMessage(lost) => {
                let MessageInfo { source, id, .. } = &*lost.info;
                emit(
                    "undecryptable",
                    json!({ "chat": written(&source.chat), "sender": written(&source.sender), "id": id }),
                );
            }
            Event::Receipt(receipt) if !receipt.source.is_from_me => {
                let kind = match receipt.r#type {
                    ReceiptType::Delivered | ReceiptType::Inactive => "delivered", // inactive: not available
                    ReceiptType::Read => "read",
                    ReceiptType::Played => "played",
                    _ => return,
                };
                for id in &receipt.message_ids {
                    let (chat, from) = (written(&receipt.source.chat), written(&receipt.source.sender));
                    emit("receipt", json!({ "chat": chat, "id": id, "type": kind, "from": from }));
                }
            }
            Event::ServerAck(ack) if ack.class.as_deref() == Some("message") => {
                let chat = written(ack.from.as_ref());
                match &ack.error {
                    Some(reason) => emit("rejected", json!({ "chat": chat, "id": ack.id, "reason": reason })),
                    None => emit("receipt", json!({ "chat": chat, "id": ack.id, "type": "server", "from": chat })),
                }
            }
            Event::Presence(user) => {
                let last_seen = user.last_seen.map_or(0, |time| time.timestamp());
                let (user, available) = (written(&user.from), !user.unavailable);
                emit("presence", json!({ "user": user, "available": available, "last_seen": last_seen }));
            }
            Event::ChatPresence(update) => {
                let state = match (update.state, update.media) {
                    (ChatPresence::Paused, _) => "paused",
                    (ChatPresence::Composing, ChatPresenceMedia::Audio) => "recording",
                    (ChatPresence::Composing, ChatPresenceMedia::Text) => "composing",
                };
                let (chat, sender) = (written(&update.source.chat), written(&update.source.sender));
                emit("chat_state", json!({ "chat": chat, "sender": sender, "state": state }));
            }
            Event::GroupUpdate(update) => {
                let participants: Vec<_> = match &update.action {
                    Action::Add { participants, .. }
                    | Action::Remove { participants, .. }
                    | Action::Promote { participants }
                    | Action::Demote { participants }
                    | Action::Modify { participants } => participants.iter().map(|one| written(&one.jid)).collect(),
                    _ => Vec::new(),
                };
                emit(
                    "group_changed",
                    json!({
                        "group": written(&update.group_jid), "change": update.action.wire_tag(),
                        "actor": written(update.participant.as_ref()),
                        "participants": participants,
                    }),
                );
            }
            _ => (),
        }
    }
}

// A JID as text; empty, if there is none.
fn written<'a>(jid: impl Into<Option<&'a Jid>>) -> String {
    jid.into().map(Jid::to_string).unwrap_or_default()
}

fn report_message(InboundMessage { message, info, .. }: &InboundMessage) {
    let alt = if info.source.is_from_me { &info.source.recipient_alt } else { &info.source.sender_alt };
    let content = message.get_base_message();
    let extended = || content.extended_text_message.as_option()?.text.as_deref();
    if let Some(text) = content.conversation.as_deref().or_else(extended) {
        emit(
            "message",
            json!({
                "chat": written(&info.source.chat), "sender": written(&info.source.sender), "id": info.id, "text": text,
                "push_name": info.push_name, "from_me": info.source.is_from_me, "offline": info.is_offline,
                "chat_alt": written(alt.as_ref().map(Jid::to_non_ad).as_ref()),
            }),
        );
    }
}
