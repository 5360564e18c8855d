#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"

// App state: versioned collections of patches, which the server stores and orders without being
// able to read them.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

wire::Node sync_regular(Peer& peer, std::uint64_t version, std::vector<wire::Node> patch = {}) {
  return peer.ask(element("iq", {{"type", "set"}, {"xmlns", "w:sync:app:state"}},
                          {element("sync", {},
                                   {element("collection",
                                            {{"name", "regular"},
                                             {"return_snapshot", "false"},
                                             {"version", wire::Text(std::to_string(version))}},
                                            std::move(patch))})}));
}

}  // namespace

SERVER_CASE(app_state, app_state_patch_is_remembered,
            "A patch is given to another device, and raises the version", .checks = {Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  check_result(sync_regular(alice, 0, {element_of_bytes("patch", Bytes{0x12, 0x00})}));
  const wire::Node answer = sync_regular(second, 0);
  const wire::Node& collection = descend(answer, {"sync", "collection"});
  check(collection.number("version") == 1, "the version has risen by one");
  check(count_children(descend(collection, {"patches"}), "patch") == 1, "the patch is there");
  check(descend(sync_regular(second, 1), {"sync", "collection"}).child("patches") == nullptr,
        "there is nothing above the new version");
}

SERVER_CASE(app_state, app_state_conflict,
            "A patch on an old version is refused as a conflict, and changes nothing",
            .checks = {Rule::STANZA_13, Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  const std::vector<wire::Node> patch = {element_of_bytes("patch", Bytes{0x12, 0x00})};
  precondition("a patch is taken", [&] { check_result(sync_regular(alice, 0, patch)); });
  const wire::Node answer = sync_regular(alice, 0, patch);
  check(descend(answer, {"sync", "collection", "error"}).text("code") == "409",
        "the collection has error 409");
  check(descend(sync_regular(alice, 1), {"sync", "collection"}).child("patches") == nullptr,
        "the refused patch is not stored");
}

SERVER_CASE(app_state, app_state_of_others, "App state is the account's own",
            .checks = {Rule::DEVICE_21}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("a patch is taken", [&] {
    check_result(sync_regular(alice, 0, {element_of_bytes("patch", Bytes{0x12, 0x00})}));
  });
  check(descend(sync_regular(bob, 0), {"sync", "collection"}).child("patches") == nullptr,
        "another account has no patch");
}

}  // namespace doublecheck::harness
