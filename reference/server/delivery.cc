#include "reference/server/delivery.h"

#include "reference/server/phone_mail.h"
#include "reference/server/presence.h"
#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

// The kinds that the preview announces.
constexpr std::string_view kPreviewed[] = {"message", "notification", "receipt"};

wire::Node preview(const std::vector<QueuedStanza*>& queued) {
  wire::Node node =
      element("offline_preview", {{"count", wire::Text(std::to_string(queued.size()))}});
  for (const std::string_view kind : kPreviewed) {
    std::size_t count = 0;
    for (const QueuedStanza* entry : queued) {
      if (entry->stanza.tag == kind) ++count;
    }
    node.set(kind, wire::Text(std::to_string(count)));
  }
  node.set("appdata", wire::Text("0"));
  return node;
}

wire::Node info(wire::Node child) {
  wire::Node node = element("ib", {{"from", wire::Jid::of_server()}});
  node.content = std::vector<wire::Node>{std::move(child)};
  return node;
}

}  // namespace

bool deliver(Turn& turn, Device& device, wire::Node stanza) {
  auto queued = device.queue.push(std::move(stanza));
  if (!queued) {
    turn.count("drop.queue_full");
    return false;
  }
  if (device.ready && device.connection) {
    (*queued)->sent_on = device.connection;
    turn.send(*device.connection, (*queued)->stanza);
  }
  return true;
}

void start_delivery(Turn& turn, Session& session) {
  LoggedInPhase& login = *session.in<LoggedInPhase>();
  Device* device = turn.state.directory.find_device(login.address);
  if (device == nullptr || device->connection != session.id) return;
  // A second `active` on one connection finds nothing unsent; the end marker belongs to the first.
  if (login.active && device->ready) return;
  const bool first_time = !login.active;
  login.active = true;
  device->ready = true;

  const std::vector<QueuedStanza*> queued = device->queue.unsent(session.id);
  if (first_time) turn.send(session.id, info(preview(queued)));
  for (QueuedStanza* entry : queued) {
    entry->sent_on = session.id;
    wire::Node stanza = entry->stanza;
    stanza.set("offline", wire::Text(std::to_string(entry->sequence)));
    turn.send(session.id, std::move(stanza));
  }
  if (!first_time) return;
  turn.send(session.id,
            info(element("offline", {{"count", wire::Text(std::to_string(queued.size()))}})));
  deliver_kept_chat_states(turn, *device);
  greet_from_phone(turn, login.address);
}

void settle(Turn& turn, Session& session, std::string_view stanza_class, std::string_view id,
            std::optional<std::string_view> type) {
  Device* device = turn.state.directory.find_device(session.in<LoggedInPhase>()->address);
  if (device == nullptr) return;
  if (!device->queue.settle(session.id, stanza_class, id, type)) {
    turn.count("settle.unknown." + std::string(stanza_class.substr(0, 20)));
  }
}

}  // namespace doublecheck::server
