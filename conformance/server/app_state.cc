#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/base/bytes.h"
#include "spec/wire/node_text.h"

// App state: versioned collections of patches, which the server stores and orders without being
// able to read them.
namespace doublecheck::harness {
namespace {

wire::Node sync_of(std::vector<wire::Node> collections) {
  return element("iq", {{"type", "set"}, {"xmlns", "w:sync:app:state"}},
                 {element("sync", {}, std::move(collections))});
}

wire::Node collection_at(std::string_view name, std::uint64_t version,
                         std::vector<wire::Node> patch = {}) {
  return element("collection",
                 {{"name", wire::Text(name)},
                  {"return_snapshot", "false"},
                  {"version", wire::Text(std::to_string(version))}},
                 std::move(patch));
}

wire::Node sync_regular(Peer& peer, std::uint64_t version, std::vector<wire::Node> patch = {}) {
  return peer.ask(sync_of({collection_at("regular", version, std::move(patch))}));
}

// SyncdPatch { mutations: {} }: nothing more is needed, for a server reads no patch.
const Bytes kPatch = {0x12, 0x00};

void push(Peer& peer, std::uint64_t base) {
  check_result(sync_regular(peer, base, {element_of_bytes("patch", kPatch)}));
}

// The same patch with its version, which a server may put in front of it or behind.
bool is_patch_of_version(const wire::Node& patch, std::uint8_t version) {
  const Bytes field = {0x0a, 0x02, 0x08, version};
  const Bytes sent = to_bytes(patch.bytes().value_or(ByteView{}));
  return sent == concat({field, kPatch}) || sent == concat({kPatch, field});
}

}  // namespace

SERVER_CASE(app_state, app_state_patch_is_remembered,
            "A patch is given to every device, and raises the version",
            .checks = {Rule::APPSTATE_46, Rule::APPSTATE_50, Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  const wire::Node pushed = sync_regular(alice, 0, {element_of_bytes("patch", kPatch)});
  check_result(pushed);
  const wire::Node& stored = descend(pushed, {"sync", "collection"});
  check(stored.text("type") != "error" && stored.number("version") == 1,
        "the patch is taken as version 1");
  for (Peer* peer : {&second, &alice}) {
    const wire::Node answer = sync_regular(*peer, 0);
    const wire::Node& collection = descend(answer, {"sync", "collection"});
    check(collection.number("version") == 1, "the version has risen by one");
    check(count_children(descend(collection, {"patches"}), "patch") == 1, "the patch is there");
  }
  check(descend(sync_regular(second, 1), {"sync", "collection"}).child("patches") == nullptr,
        "there is nothing above the new version");
}

SERVER_CASE(app_state, patches_in_order,
            "A pull brings what is above the version that it names, in order and with versions",
            .checks = {Rule::APPSTATE_41, Rule::APPSTATE_42, Rule::APPSTATE_43,
                       Rule::APPSTATE_44}) {
  Peer& alice = bench.online_peer("alice");
  for (std::uint64_t base = 0; base < 3; ++base) push(alice, base);
  std::uint8_t version = 1;
  bool has_more = true;
  while (has_more && version < 3) {  // a server may send them one at a time
    const wire::Node answer = sync_regular(alice, version);
    const wire::Node& collection = descend(answer, {"sync", "collection"});
    check(collection.child("snapshot") == nullptr, "no snapshot, for none was asked for");
    for (const wire::Node& patch : descend(collection, {"patches"}).children()) {
      check(is_patch_of_version(patch, ++version), "the next patch, with its version",
            wire::print_node(answer));
    }
    has_more = collection.text("has_more_patches") == "true";
  }
  check(version == 3 && !has_more, "the patches of versions 2 and 3 have come, and no others");
}

SERVER_CASE(app_state, several_collections, "A sync of several collections is answered for each",
            .checks = {Rule::APPSTATE_40}) {
  Peer& alice = bench.online_peer("alice");
  push(alice, 0);
  const wire::Node answer =
      alice.ask(sync_of({collection_at("critical_block", 0), collection_at("regular", 0),
                         collection_at("regular_low", 0)}));
  check_result(answer);
  const wire::Node& sync = descend(answer, {"sync"});
  for (const std::string_view name : {"critical_block", "regular", "regular_low"}) {
    std::size_t found = 0;
    for (const wire::Node& collection : sync.children()) {
      if (collection.text("name") != name) continue;
      ++found;
      check((collection.child("patches") != nullptr) == (name == "regular") &&
                collection.text("type") != "error",
            "there is a patch in regular alone", wire::print_node(answer));
    }
    check(found == 1, "each collection has one answer", wire::print_node(answer));
  }
}

SERVER_CASE(app_state, app_state_conflict,
            "A patch on an old version is refused as a conflict, and changes nothing",
            .checks = {Rule::APPSTATE_47, Rule::STANZA_13, Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  precondition("a patch is taken", [&] { push(alice, 0); });
  const wire::Node answer = sync_regular(alice, 0, {element_of_bytes("patch", kPatch)});
  const wire::Node& collection = descend(answer, {"sync", "collection"});
  check(collection.text("type") == "error" && descend(collection, {"error"}).text("code") == "409",
        "the collection has error 409");
  check(descend(sync_regular(alice, 1), {"sync", "collection"}).child("patches") == nullptr,
        "the refused patch is not stored");
}

SERVER_CASE(app_state, conflict_brings_what_is_missing,
            "Who is refused for an old version gets the patches above it",
            .checks = {Rule::APPSTATE_48}) {
  Peer& alice = bench.online_peer("alice");
  precondition("two patches are taken", [&] {
    push(alice, 0);
    push(alice, 1);
  });
  const wire::Node answer = sync_regular(alice, 1, {element_of_bytes("patch", kPatch)});
  const wire::Node& patches = descend(answer, {"sync", "collection", "patches"});
  check(patches.children().size() == 1 && is_patch_of_version(patches.children()[0], 2),
        "the patch of version 2", wire::print_node(answer));
}

SERVER_CASE(app_state, collections_that_there_are_not,
            "An unknown collection, and a version above the present one, are errors",
            .checks = {Rule::APPSTATE_49}) {
  Peer& alice = bench.online_peer("alice");
  precondition("a patch is taken", [&] { push(alice, 0); });
  for (const auto& [name, version] : {std::pair{"no_such", 0}, std::pair{"regular", 2}}) {
    const wire::Node answer =
        alice.ask(sync_of({collection_at(name, static_cast<std::uint64_t>(version))}));
    const wire::Node& collection = descend(answer, {"sync", "collection"});
    check(
        collection.text("type") == "error" && descend(collection, {"error"}).text("code") == "400",
        "the collection has error 400", wire::print_node(answer));
  }
}

SERVER_CASE(app_state, other_devices_are_told,
            "Other devices hear of a patch, the one that sent it not",
            .checks = {Rule::APPSTATE_51, Rule::APPSTATE_52}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  push(alice, 0);
  const Matcher news = stanza("notification", {{"type", "server_sync"}});
  const wire::Node told = second.expect(news);
  check(told.children().size() == 1 && descend(told, {"collection"}).text("name") == "regular" &&
            descend(told, {"collection"}).number("version") == 1,
        "it names the collection and its version", wire::print_node(told));
  for (Peer* other : {&alice, &bob}) {
    other->barrier();
    other->expect_none(news);
  }
}

SERVER_CASE(app_state, app_state_of_others, "App state is the account's own",
            .checks = {Rule::DEVICE_21}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("a patch is taken", [&] { push(alice, 0); });
  check(descend(sync_regular(bob, 0), {"sync", "collection"}).child("patches") == nullptr,
        "another account has no patch");
}

}  // namespace doublecheck::harness
