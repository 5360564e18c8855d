#pragma once

#include <string>
#include <string_view>

#include "conformance/client/steps.h"
#include "harness/actor/matcher.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node.h"

// What many cases against a client begin with: it is online, and it and a contact have heard from
// each other; and how such a client loses its connection and comes back.
namespace doublecheck::harness {

// A stanza of this tag about that id.
Matcher about(std::string_view tag, const std::string& id);
// A receipt by which the client says that it has read that message: of no type, or `inactive`.
Matcher delivery_receipt(const std::string& id);
// A question for the devices of users, and one for the keys of devices.
Matcher device_query();
Matcher key_query();
// An upload of one-time prekeys.
Matcher prekey_upload();

std::string id_in(const wire::Node& stanza);
bool starts_session(const wire::Node* ciphertext);

struct ClientAndBob {
  explicit ClientAndBob(ClientBench& at);

  // Bob writes to the client. Returns the id.
  std::string from_bob(const std::string& text);
  // The client writes to a user, who takes it. Returns the stanza.
  wire::Node write(const wire::Jid& to, const std::string& text);
  wire::Node to_bob(const std::string& text) { return write(bob->user(), text); }

  // The client reads the message …
  void expect_read(const std::string& id);
  // … or it does not, and says so.
  void expect_not_read(const std::string& id);

  // The account of a device, as the server knows it.
  const server::Account& account_of(const DeviceNames& device);

  ClientBench& bench;
  client::Opened own;
  Contact* bob = nullptr;
};

// Time in which something would have happened: this long on a virtual clock, and for a client
// beside us no longer than anybody wants to wait.
void let_time_pass(ClientBench& bench, Duration on_a_virtual_clock, Duration on_a_real_one);

// The server closes the connection, unless the client was faster.
void cut(ClientBench& bench);
// The client is online again after it has lost its connection: by itself, or because it is told to.
void come_back(ClientBench& bench, std::size_t connections_before);
// Both.
void reconnect(ClientBench& bench);

}  // namespace doublecheck::harness
