#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "harness/actor/peer.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node.h"

// What many cases against a server do or look for. Functions that wait or check fail the case.
namespace doublecheck::harness {

// ---- Building stanzas

wire::Node element(std::string_view tag, std::vector<wire::Attribute> attributes = {},
                   std::vector<wire::Node> children = {});
// An element whose content is bytes.
wire::Node element_of_bytes(std::string_view tag, ByteView content);
// A ping with that id.
wire::Node ping(std::string_view id);
std::string id_of(const wire::Node& stanza);

// ---- Looking at stanzas

// The attribute is there, travelled as a JID, and is this one.
bool names(const wire::Node& stanza, std::string_view attribute, const wire::Jid& jid);
// How many children have this tag.
std::size_t count_children(const wire::Node& node, std::string_view tag);
// The child that a path of tags leads to; fails the case when there is none.
const wire::Node& descend(const wire::Node& node, std::initializer_list<std::string_view> tags);
// … a copy of it, from a node that is about to go.
wire::Node descend(wire::Node&& node, std::initializer_list<std::string_view> tags);

void check_result(const wire::Node& answer);
// An error with this code and the text that belongs to it.
void check_error(const wire::Node& answer, std::string_view code, std::string_view text);

// A message, or a receipt, with that id.
Matcher message(std::string_view id);
Matcher receipt(std::string_view id);
// What the offline phase brings.
Matcher queued();

// ---- Things that happen

// Waits until everything that has been sent to `peer` is there, and settles all of it by acks:
// nothing is left of what a phone may have sent to a new companion.
void settle_everything(Peer& peer);

// Sends a message with one ciphertext for each of `devices`, and waits for the ack. Returns the id.
std::string send_message(Peer& from, const wire::Jid& to, const std::vector<wire::Jid>& devices);
// … for the device of one peer, at its phone number.
std::string send_message(Peer& from, const Peer& to);
// Sends this message, which must be accepted.
void accept(Peer& from, const wire::Node& message);

// Time in which something would have come, if the server had sent it.
void let_pass(ServerBench& bench, Duration duration = std::chrono::milliseconds(500));

// The server closes this connection and says nothing more on it.
void expect_closed_silently(Peer& peer);

// The queued messages that `peer` gets when it becomes active, in order, without what others than
// `from` sent.
std::vector<std::string> ids_from(const std::vector<wire::Node>& stanzas, const Peer& from);

}  // namespace doublecheck::harness
