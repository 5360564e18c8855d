#include "conformance/client/client_and_bob.h"

#include <algorithm>
#include <chrono>

#include "spec/wire/node_text.h"

namespace doublecheck::harness {

using std::chrono::minutes;

Matcher about(std::string_view tag, const std::string& id) { return stanza(tag, {{"id", id}}); }

Matcher delivery_receipt(const std::string& id) {
  return {"a delivery receipt for " + id, [id](const wire::Node& node) {
            const auto type = node.text("type");
            return node.tag == "receipt" && node.text("id") == id && (!type || type == "inactive");
          }};
}

Matcher device_query() {
  return {"a query for devices", [](const wire::Node& node) {
            const wire::Node* usync = node.child("usync");
            const wire::Node* query = usync == nullptr ? nullptr : usync->child("query");
            return node.tag == "iq" && query != nullptr && query->child("devices") != nullptr;
          }};
}

Matcher key_query() {
  return {"a query for keys", [](const wire::Node& node) {
            return node.tag == "iq" && node.text("xmlns") == "encrypt" &&
                   node.child("key") != nullptr;
          }};
}

Matcher prekey_upload() {
  return {"an upload of prekeys", [](const wire::Node& node) {
            return node.tag == "iq" && node.text("xmlns") == "encrypt" &&
                   node.text("type") == "set" && node.child("list") != nullptr;
          }};
}

std::string id_in(const wire::Node& stanza) { return std::string(stanza.text("id").value_or("")); }

bool starts_session(const wire::Node* ciphertext) {
  return ciphertext != nullptr && ciphertext->text("type") == "pkmsg";
}

// ---- A conversation

ClientAndBob::ClientAndBob(ClientBench& at) : bench(at) {
  bench.need("send_text");
  own = bench.come_online();
  bob = &bench.contact("bob");
  const std::string greeting = from_bob("hello");
  precondition("the client reads the first message", [&] { expect_read(greeting); });
  to_bob("welcome");
}

std::string ClientAndBob::from_bob(const std::string& text) {
  return bench.run(*bob->client, client::SendText{.to = own.jid.account(), .text = text})
      .message_id;
}

wire::Node ClientAndBob::write(const wire::Jid& to, const std::string& text) {
  const std::string id =
      bench.run(bench.client(), client::SendText{.to = to, .text = text}).message_id;
  // An earlier one may have been sent again meanwhile.
  return bench.expect(id.empty() ? chat_message() : about("message", id));
}

void ClientAndBob::expect_read(const std::string& id) { bench.expect(delivery_receipt(id)); }

void ClientAndBob::expect_not_read(const std::string& id) {
  bench.expect(Matcher{"a retry receipt or an ack for " + id, [&](const wire::Node& node) {
                         return node.text("id") == id &&
                                (node.tag == "ack" ||
                                 (node.tag == "receipt" && node.text("type") == "retry"));
                       }});
  bench.barrier();
  bench.expect_none(delivery_receipt(id));
}

const server::Account& ClientAndBob::account_of(const DeviceNames& device) {
  const server::Account* account =
      bench.server().state().directory.look_up(std::string(device.jid.user.view()));
  if (account == nullptr) inconclusive("the server knows no account of " + device.jid.to_string());
  return *account;
}

// ---- Losing the connection

void let_time_pass(ClientBench& bench, Duration on_a_virtual_clock, Duration on_a_real_one) {
  if (bench.has_clock()) return bench.pass(on_a_virtual_clock);
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, on_a_real_one);
}

void cut(ClientBench& bench) {
  if (!bench.script().current()) return;
  const DeviceNames own = bench.own_device();
  const ConnectionId connection = bench.current();
  const auto is_over = [&] { return bench.script().current() != connection; };
  const auto close = [&] {
    return bench
        .admin(server::DisconnectDevice{.account = std::string(own.jid.user.view()),
                                        .device = own.jid.device,
                                        .how = server::DisconnectHow::kClose,
                                        .code = {}})
        .has_value();
  };
  if (!close()) {
    // A login by a resumed handshake counts once the client has said something, if only a ping.
    const std::size_t before = bench.script().received_stanzas().size();
    bench.driver().run_until(
        [&] { return is_over() || bench.script().received_stanzas().size() > before; },
        seconds(60));
    if (!is_over()) close();
  }
  bench.driver().run_until(is_over, seconds(10));
  if (bench.script().current() == connection) inconclusive("the connection cannot be closed");
}

void come_back(ClientBench& bench, std::size_t connections_before) {
  const auto closed = wait_for<client::Closed>(bench.driver(), bench.client(), seconds(60));
  if (!closed) inconclusive("the client does not tell that its connection is gone");
  if (!closed->will_reconnect) {
    bench.start_connecting();
  } else {
    bench.driver().run_until(
        [&] { return bench.script().opened() > connections_before || bench.client().ended(); },
        minutes(6));
  }
  const auto opened = wait_for<client::Opened>(bench.driver(), bench.client(), seconds(60));
  if (!opened) {
    inconclusive("the client does not come online again; " +
                 bench.client().ended().value_or("it runs"));
  }
}

void reconnect(ClientBench& bench) {
  const std::size_t before = bench.script().opened();
  // What was told of earlier connections.
  std::erase_if(bench.client().events(), [](const client::Event& event) {
    return std::holds_alternative<client::Closed>(event) ||
           std::holds_alternative<client::Opened>(event);
  });
  cut(bench);
  come_back(bench, before);
}

}  // namespace doublecheck::harness
