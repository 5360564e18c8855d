#include "harness/actor/scripted_server.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "spec/base/text_encoding.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness {

void ScriptedServer::behave() {
  faults_ = {};
  hidden_.clear();
  edit_ = {};
  edit_frames_ = {};
  corrupt_ = false;
}

std::size_t ScriptedServer::handshake_frames(ConnectionId connection) const {
  const auto found = handshake_frames_.find(connection);
  return found == handshake_frames_.end() ? 0 : found->second;
}

namespace {

const Bytes& bytes_of(const std::map<ConnectionId, Bytes>& all, ConnectionId connection) {
  static const Bytes kNone;
  const auto found = all.find(connection);
  return found == all.end() ? kNone : found->second;
}

}  // namespace

const Bytes& ScriptedServer::hello(ConnectionId connection) const {
  return bytes_of(hellos_, connection);
}

const Bytes& ScriptedServer::first_bytes(ConnectionId connection) const {
  return bytes_of(first_bytes_, connection);
}

const ScriptedServer::End* ScriptedServer::end(ConnectionId connection) const {
  const auto found = ends_.find(connection);
  return found == ends_.end() ? nullptr : &found->second;
}

const ScriptedServer::Login* ScriptedServer::login(ConnectionId connection) const {
  const auto found = logins_.find(connection);
  return found == logins_.end() ? nullptr : &found->second;
}

void ScriptedServer::authenticated(ConnectionId connection, const noise::ClientPayload& payload,
                                   const PublicKey& static_key) {
  logins_[connection] = {payload, static_key};
}

bool ScriptedServer::received(ConnectionId connection, const wire::Node& stanza) {
  if (others_.contains(connection)) return true;
  received_.push_back({connection, stanza, latest_});
  return std::ranges::none_of(hidden_,
                              [&](const Matcher& matcher) { return matcher.matches(stanza); });
}

void ScriptedServer::sending(ConnectionId connection, std::vector<wire::Node>& stanzas) {
  if (edit_ && !others_.contains(connection)) edit_(stanzas);
}

void ScriptedServer::sealed(ConnectionId connection, std::vector<Bytes>& frames) {
  if (frames.empty() || others_.contains(connection)) return;
  if (edit_frames_) edit_frames_(frames);
  if (!corrupt_ || frames.empty()) return;
  corrupt_ = false;
  frames.front().back() ^= 0x01;
}

void ScriptedServer::record(trace::Record record) {
  latest_ = record.at;
  const ConnectionId connection = record.connection;
  if (others_expected_ && std::holds_alternative<trace::Opened>(record.event))
    others_.insert(connection);
  if (others_.contains(connection)) return;
  const std::string endpoint = "server #" + std::to_string(connection);
  std::visit(
      [&](auto& event) {
        using Event = std::decay_t<decltype(event)>;
        if constexpr (std::is_same_v<Event, trace::Opened>) {
          ++opened_;
          opened_at_.push_back(record.at);
          current_ = connection;
          transcript_.add(endpoint, "", "opened", event.carrier);
        } else if constexpr (std::is_same_v<Event, trace::Closed>) {
          if (current_ == connection) current_.reset();
          ends_.try_emplace(connection, End{.at = record.at, .by_client = !event.by_us});
          transcript_.add(endpoint, "", "closed", event.reason);
        } else if constexpr (std::is_same_v<Event, trace::Wire>) {
          if (event.direction == trace::Direction::kReceived)
            first_bytes_.try_emplace(connection, event.bytes);
        } else if constexpr (std::is_same_v<Event, trace::HandshakeFrame>) {
          const bool sent = event.direction == trace::Direction::kSent;
          if (!sent) {
            ++handshake_frames_[connection];
            hellos_.try_emplace(connection, event.payload);
          }
          transcript_.add(endpoint, sent ? "sent" : "received", "handshake",
                          std::to_string(event.payload.size()) + " bytes");
        } else if constexpr (std::is_same_v<Event, trace::StanzaFrame>) {
          const auto stanza = wire::Stanza::decode(event.plaintext);
          const bool sent = event.direction == trace::Direction::kSent;
          constexpr std::uint8_t kCompressed = 0x02;
          if (!sent && !compressed_stanza_ && !event.plaintext.empty() &&
              (event.plaintext.front() & kCompressed) != 0)
            compressed_stanza_ = stanza ? wire::print_node(stanza->root()) : "undecodable";
          if (stanza) {
            Exchange& exchange =
                exchanges_.try_emplace(connection, Exchange::Judged::kClient, violations_)
                    .first->second;
            sent ? exchange.told(stanza->root()) : exchange.said(stanza->root());
          }
          transcript_.add(endpoint, sent ? "sent" : "received", "stanza",
                          stanza ? wire::print_node(stanza->root())
                                 : "undecodable, hex " + to_hex(event.plaintext));
        }
      },
      record.event);
}

}  // namespace doublecheck::harness
