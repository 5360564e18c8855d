#include "conformance/codec/node_steps.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::harness {
using namespace wire::literals;
using namespace conformance;

namespace {

wire::Node addressed_to(const wire::Jid& jid) {
  wire::Node node{.tag = "message"};
  node.attributes.push_back({"to", jid});
  return node;
}

wire::Jid device_at(std::string_view server, std::uint16_t device) {
  return {wire::Text(std::string("15550001111")), wire::Text(std::string(server)), device, 0};
}

// As an encoder has to write it: read back by the suite, since there are two forms for some.
wire::Node written(CodecBench& bench, const wire::Node& node) {
  const Bytes payload = accepted(bench.encode_payload(node), "a node with a JID is written");
  const auto read = wire::Stanza::decode(payload);
  check(read.has_value(), "what is written decodes strictly", to_hex(payload));
  return read->root();
}

}  // namespace

CODEC_CASE(jid, every_server_is_read, "JIDs of every server and device are read",
           .checks = {Rule::NODE_53, Rule::NODE_44, Rule::NODE_50}) {
  read_group(bench, "jid");
}

CODEC_CASE(jid, every_server_is_written, "JIDs of every server and device are written",
           .checks = {Rule::NODE_45, Rule::NODE_44, Rule::NODE_50, Rule::NODE_71}) {
  write_group(bench, "jid");
}

CODEC_CASE(
    jid, lid_devices_are_written_as_such,
    "A device of a LID, hosted or hosted.lid account is written with the domain of its server",
    .checks = {Rule::NODE_44, Rule::NODE_45}) {
  write_named(bench, "jid", {" on lid", " on hosted"});
}

CODEC_CASE(jid, typed_forms_are_read, "FB_JID, INTEROP_JID and AD_JID are read with their devices",
           .checks = {Rule::NODE_48, Rule::NODE_47, Rule::NODE_54}) {
  read_named(bench, "jid-typed", {"FB_JID", "INTEROP_JID", "hosted"});
}

CODEC_CASE(jid, device_0_is_the_account, "AD_JID with device 0 is the account's primary device",
           .checks = {Rule::NODE_54}) {
  read_named(bench, "jid-typed", {"AD_JID lid, device 0"});
}

CODEC_CASE(jid, longer_forms_are_read,
           "Users and servers of JIDs are read in every form of strings",
           .checks = {Rule::NODE_50, Rule::NODE_20}) {
  read_named(bench, "jid-typed", {"raw", "hex-packed", "as empty"});
}

CODEC_CASE(
    jid, jids_without_server_are_refused,
    "A JID without a server, with a JID or a list in its place, or for another server than its form has is refused",
    .checks = {Rule::NODE_51, Rule::NODE_52, Rule::NODE_48}) {
  refuse_category(bench, "jid");
}

CODEC_CASE(
    jid, server_of_a_typed_form_is_checked,
    "FB_JID with another server than msgr, and INTEROP_JID with another than interop, are refused",
    .checks = {Rule::NODE_48}) {
  refuse_category(bench, "jid", {"FB_JID", "INTEROP_JID"});
}

CODEC_CASE(jid, nested_jids_are_refused,
           "A JID inside a JID is refused, however deep they are nested",
           .checks = {Rule::NODE_52, Rule::NODE_60}) {
  refuse_category(bench, "jid", {"is a JID", "is an AD_JID"});
  refuse_category(bench, "depth", {"JID"});
}

CODEC_CASE(jid, call_server_is_read, "A JID at call is read", .checks = {Rule::NODE_53}) {
  read_accepted(bench, "jid");
}

CODEC_CASE(jid, device_256_is_refused,
           "A device number that AD_JID cannot hold is refused, not cut to another device's",
           .checks = {Rule::NODE_49}) {
  for (const std::string_view server : {"s.whatsapp.net", "lid", "hosted", "hosted.lid"}) {
    precondition("device 255 is written", [&] {
      const wire::Node node = addressed_to(device_at(server, 255));
      check(written(bench, node) == node, "device 255 is written as such");
    });
    for (const std::uint16_t device : std::initializer_list<std::uint16_t>{256, 300, 65535}) {
      check_refused(
          bench.encode_payload(addressed_to(device_at(server, device))),
          "device " + std::to_string(device) + " at " + std::string(server) + " is refused");
    }
  }
}

CODEC_CASE(jid, large_devices_of_msgr_are_written, "Device 65535 at msgr is written as FB_JID",
           .checks = {Rule::NODE_47, Rule::NODE_46}) {
  const wire::Node node = addressed_to(device_at("msgr", 65535));
  check(written(bench, node) == node, "the device at msgr is that device");
}

CODEC_CASE(jid, devices_elsewhere_do_not_become_accounts_of_users,
           "A device at a server that AD_JID cannot name is not written as one at another server",
           .checks = {Rule::NODE_46}) {
  precondition("a device of a user is written", [&] {
    const wire::Node node = addressed_to(device_at("s.whatsapp.net", 5));
    check(written(bench, node) == node, "a device of a user is written as such");
  });
  for (const std::string_view server : {"c.us", "bot", "g.us", "newsletter", "broadcast"}) {
    const auto payload = bench.encode_payload(addressed_to(device_at(server, 5)));
    if (!payload) continue;  // nor is it then
    const auto read = wire::Stanza::decode(*payload);
    check(read.has_value(), "what is written decodes strictly", to_hex(*payload));
    const wire::Jid* const to = read->root().jid("to");
    check(to == nullptr || to->server == server,
          "a device at " + std::string(server) + " stays there", to_hex(*payload));
  }
}

CODEC_CASE(jid, jids_and_texts_stay_what_they_are,
           "A JID is written as a JID, and a text of the same form as a text",
           .checks = {Rule::NODE_42, Rule::NODE_56}) {
  const wire::Node as_jid = R"(<x a=jid:"15550001111@s.whatsapp.net"/>)"_node;
  const wire::Node as_text = R"(<x a="15550001111@s.whatsapp.net"/>)"_node;
  check(written(bench, as_jid) == as_jid, "a JID is written as a JID");
  check(written(bench, as_text) == as_text, "a text is written as a text");
}

}  // namespace doublecheck::harness
