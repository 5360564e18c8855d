#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "reference/server/delivery.h"
#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"

// xmlns `w:sync:app:state`: versioned collections of opaque patches. The server stores and orders;
// it cannot decrypt.
namespace doublecheck::server {
namespace {

constexpr auto kCollections = std::to_array<std::string_view>(
    {"critical_block", "critical_unblock_low", "regular_low", "regular_high", "regular"});

// An uploaded patch leaves its version to the server. A later field of a protobuf message wins, so
// appending SyncdPatch.version { version } is enough.
Bytes with_version(ByteView patch, std::uint64_t version) {
  Bytes varint;
  for (std::uint64_t rest = version;; rest >>= 7) {
    const auto low = static_cast<std::uint8_t>(rest & 0x7f);
    if (rest < 0x80) {
      varint.push_back(low);
      break;
    }
    varint.push_back(static_cast<std::uint8_t>(low | 0x80));
  }
  Bytes stored = to_bytes(patch);
  append(stored, Bytes{0x0a, static_cast<std::uint8_t>(varint.size() + 1), 0x08});
  append(stored, varint);
  return stored;
}

wire::Node collection_node(std::string_view name, const Collection& collection) {
  return element("collection", {{"name", wire::Text(name)},
                                {"version", wire::Text(std::to_string(collection.version()))}});
}

// The patches above `version`, as the content of an answer.
void add_patches(wire::Node& answer, const Collection& collection, std::uint64_t version) {
  std::vector<wire::Node> patches;
  for (std::uint64_t i = version; i < collection.version(); ++i) {
    patches.push_back(element("patch", {}, wire::Blob(ByteView(collection.patches[i]))));
  }
  if (patches.empty()) return;
  std::vector<wire::Node> children(answer.children().begin(), answer.children().end());
  children.push_back(parent("patches", std::move(patches)));
  answer.content = std::move(children);
}

wire::Node refused(std::string_view name, std::string_view code, std::string_view text) {
  wire::Node answer = element("collection", {{"name", wire::Text(name)}, {"type", "error"}});
  answer.content = std::vector<wire::Node>{
      element("error", {{"code", wire::Text(code)}, {"text", wire::Text(text)}})};
  return answer;
}

void notify_other_devices(IqRequest& request, std::string_view name, const Collection& collection) {
  for (auto& [number, device] : request.account.devices) {
    if (&device == &request.device) continue;
    deliver(request.turn, device,
            parent("notification", {collection_node(name, collection)},
                   {{"from", wire::Jid::of_server()},
                    {"type", "server_sync"},
                    {"id", wire::Text(request.turn.new_stanza_id())},
                    {"t", wire::Text(request.turn.timestamp())}}));
  }
}

wire::Node synchronise(IqRequest& request, const wire::Node& asked) {
  const std::string name(asked.text("name").value_or(""));
  if (std::ranges::find(kCollections, name) == kCollections.end()) {
    return refused(name, "400", "bad-request");
  }
  Collection& collection = request.account.app_state[name];
  const std::uint64_t base = asked.number("version").value_or(0);
  if (base > collection.version()) return refused(name, "400", "bad-request");

  const wire::Node* patch = asked.child("patch");
  if (patch == nullptr) {
    wire::Node answer = collection_node(name, collection);
    add_patches(answer, collection, base);
    return answer;
  }
  const auto bytes = patch->bytes();
  if (!bytes || bytes->empty() || collection.version() >= kMaxPatchesPerCollection) {
    return refused(name, "400", "bad-request");
  }
  if (base < collection.version()) {
    wire::Node answer = refused(name, "409", "conflict");
    answer.set("version", wire::Text(std::to_string(collection.version())));
    add_patches(answer, collection, base);
    return answer;
  }
  collection.patches.push_back(with_version(*bytes, base + 1));
  notify_other_devices(request, name, collection);
  return collection_node(name, collection);
}

}  // namespace

IqAnswer app_state_sync(IqRequest& request) {
  std::vector<wire::Node> answers;
  std::set<std::string_view> names;
  for (const wire::Node& asked : request.child->children()) {
    if (asked.tag != "collection")
      return std::unexpected(bad_request("<sync> holds something else than <collection>"));
    // Every mention is answered with all patches.
    if (!names.insert(asked.text("name").value_or("")).second)
      return std::unexpected(bad_request("<sync> holds a collection twice"));
    answers.push_back(synchronise(request, asked));
  }
  return std::vector<wire::Node>{parent("sync", std::move(answers))};
}

}  // namespace doublecheck::server
