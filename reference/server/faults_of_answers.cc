#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "reference/server/fault_kind.h"
#include "reference/server/node_edit.h"
#include "reference/server/stanzas.h"

// Faults of the answers to queries.
namespace doublecheck::server {
namespace {

bool answers(const FaultRun& run, std::string_view xmlns, std::string_view child) {
  return run.query != nullptr && run.query->text("xmlns") == xmlns &&
         run.query->child(child) != nullptr;
}

bool is_answer(const FaultRun& run, const wire::Node& stanza) {
  return stanza.tag == "iq" && run.query != nullptr;
}

// Changes every element with this tag of the answer to such a query.
template <typename Change>
std::optional<Replacement> change_in_answer(const FaultRun& run, const wire::Node& stanza,
                                            std::string_view xmlns, std::string_view child,
                                            std::string_view tag, Change change) {
  if (!is_answer(run, stanza) || !answers(run, xmlns, child)) return std::nullopt;
  wire::Node changed = stanza;
  if (edit_elements(changed, tag, change) == 0) return std::nullopt;
  return instead(std::move(changed));
}

// Changes a part of each bundle of keys.
template <typename Change>
std::optional<Replacement> change_bundles(const FaultRun& run, const wire::Node& stanza,
                                          Change change) {
  return change_in_answer(run, stanza, "encrypt", "key", "user", change);
}
template <typename Change>
std::optional<Replacement> change_devices(const FaultRun& run, const wire::Node& stanza,
                                          std::string_view tag, Change change) {
  return change_in_answer(run, stanza, "usync", "usync", tag, change);
}
template <typename Change>
std::optional<Replacement> change_collections(const FaultRun& run, const wire::Node& stanza,
                                              std::string_view tag, Change change) {
  return change_in_answer(run, stanza, "w:sync:app:state", "sync", tag, change);
}

wire::Node listed_device(std::string_view number, std::string_view key_index) {
  return element("device", {{"id", wire::Text(number)}, {"key-index", wire::Text(key_index)}});
}

constexpr std::string_view kRejects = "fails the query, or waits until it times out";
constexpr std::string_view kNoSession = "starts no session with that device";
constexpr std::string_view kIgnoresDevice = "does not believe the list, or ignores that device";
constexpr std::string_view kKeepsState = "keeps its state, and asks again or for keys";

constexpr auto kAnswerFaults = std::to_array<FaultKind>({
    {"iq", "delay", "an answer comes late", kRejects,
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_answer(run, stanza)) return std::nullopt;
       return Replacement{.now = {},
                          .later = {stanza},
                          .delay = std::chrono::milliseconds(run.parameter()),
                          .close = false};
     },
     "delay_ms", 5'000, 600'000},
    {"iq", "silence", "there is no answer", kRejects,
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_answer(run, stanza)) return std::nullopt;
       return Replacement{};
     }},
    {"iq", "error", "the answer is an error", "fails the query, and does not loop",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_answer(run, stanza)) return std::nullopt;
       wire::Node error = stanza;
       error.set("type", "error");
       error.content = std::vector<wire::Node>{
           element("error", {{"code", wire::Text(std::to_string(run.parameter()))},
                             {"text", "asked-for-by-a-test"}})};
       return instead(std::move(error));
     },
     "code", 500, 999},
    {"iq", "other-sender", "the answer comes from somebody else, before the real one",
     "takes no answer from elsewhere",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_answer(run, stanza)) return std::nullopt;
       wire::Node forged = stanza;
       forged.set("from", nobody());
       forged.content = {};
       return Replacement{.now = {std::move(forged), stanza}, .later = {}, .delay = {}, .close = false};
     }},
    {"iq", "other-tag", "another stanza has the id of the query, before the answer",
     "takes only an iq for the answer",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_answer(run, stanza)) return std::nullopt;
       wire::Node other =
           element("ack", {{"id", *stanza.attribute("id")}, {"from", wire::Jid::of_server()}});
       return Replacement{.now = {std::move(other), stanza}, .later = {}, .delay = {}, .close = false};
     }},
    {"iq", "duplicate", "the answer comes twice", "takes one of them",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_answer(run, stanza)) return std::nullopt;
       return Replacement{.now = {stanza, stanza}, .later = {}, .delay = {}, .close = false};
     }},
    {"iq", "malformed", "the answer has another child than it should", kRejects,
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_answer(run, stanza)) return std::nullopt;
       wire::Node changed = stanza;
       changed.content = std::vector<wire::Node>{element("unexpected")};
       return instead(std::move(changed));
     }},

    {"keys.bundle", "bad-signature", "one bit of the signed prekey's signature is wrong",
     kNoSession,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_bundles(run, stanza, [](wire::Node& user) {
         edit_elements(user, "signature", [](wire::Node& node) { flip_last_bit(node); });
       });
     }},
    {"keys.bundle", "low-order-identity", "the identity key is of low order", kNoSession,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_bundles(run, stanza, [](wire::Node& user) {
         edit_elements(user, "identity",
                       [](wire::Node& node) { node.content = wire::Blob(Bytes(32, 0)); });
       });
     }},
    {"keys.bundle", "changed-identity", "the identity key is another", kNoSession,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_bundles(run, stanza, [&](wire::Node& user) {
         const KeyPair other = KeyPair::generate(run.context.random);
         edit_elements(user, "identity",
                       [&](wire::Node& node) { node.content = wire::Blob(other.public_key); });
       });
     }},
    {"keys.bundle", "no-one-time-key", "there is no one-time key", "starts a session without",
     [](FaultRun& run, const wire::Node& stanza) {
       return change_bundles(run, stanza, [](wire::Node& user) { remove_children(user, "key"); });
     }},
    {"keys.bundle", "error", "each device has an error in the place of its keys", kNoSession,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_bundles(run, stanza, [](wire::Node& user) {
         user.content = std::vector<wire::Node>{
             element("error", {{"code", "404"}, {"text", "item-not-found"}})};
       });
     }},

    {"devices", "forged-list", "one bit of the signed key-index list is wrong", kIgnoresDevice,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_devices(run, stanza, "key-index-list",
                             [](wire::Node& node) { flip_last_bit(node); });
     }},
    {"devices", "unsigned-list", "there is no key-index list", kIgnoresDevice,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_devices(run, stanza, "devices", [](wire::Node& devices) {
         remove_children(devices, "key-index-list");
       });
     }},
    {"devices", "unlisted-device", "a device is named that the signed list does not know",
     kIgnoresDevice,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_devices(run, stanza, "device-list", [](wire::Node& list) {
         children_of(list).push_back(listed_device("77", "77"));
       });
     }},
    {"devices", "removed-device", "a device is named whose key index is not valid any more",
     kIgnoresDevice,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_devices(run, stanza, "device-list", [](wire::Node& list) {
         children_of(list).push_back(listed_device("78", "0"));
       });
     }},
    {"devices", "own-device", "the client's own device is named among those to write to",
     "never encrypts for itself",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!run.recipient) return std::nullopt;
       const Account* own = run.state.directory.look_up(run.recipient->phone_number);
       if (own == nullptr) return std::nullopt;
       const auto device = own->devices.find(run.recipient->device);
       if (device == own->devices.end()) return std::nullopt;
       return change_devices(run, stanza, "list", [&](wire::Node& list) {
         children_of(list).push_back(parent(
             "user",
             {parent("devices",
                     {parent("device-list",
                             {listed_device(std::to_string(device->first),
                                            std::to_string(device->second.key_index))})})},
             {{"jid", own->pn()}}));
       });
     }},

    {"appstate", "flipped-patch", "one bit of each patch is wrong", kKeepsState,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_collections(run, stanza, "patch",
                                 [](wire::Node& patch) { flip_last_bit(patch); });
     }},
    {"appstate", "version-gap", "the version is ahead of the patches", kKeepsState,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_collections(run, stanza, "collection", [](wire::Node& collection) {
         const std::uint64_t version = collection.number("version").value_or(0);
         collection.set("version", wire::Text(std::to_string(version + 5)));
       });
     }},
    {"appstate", "version-back", "the version is 0 again", kKeepsState,
     [](FaultRun& run, const wire::Node& stanza) {
       return change_collections(run, stanza, "collection",
                                 [](wire::Node& collection) { collection.set("version", "0"); });
     }},
    {"appstate", "endless", "there are always more patches to come", "stops asking at some time",
     [](FaultRun& run, const wire::Node& stanza) {
       return change_collections(run, stanza, "collection", [](wire::Node& collection) {
         collection.set("has_more_patches", "true");
       });
     }},
    {"appstate", "conflict", "a write is refused: somebody else was faster",
     "reads, and writes again or reports it",
     [](FaultRun&, const wire::Node& stanza) -> std::optional<std::vector<wire::Node>> {
       const wire::Node* sync = stanza.child("sync");
       const wire::Node* collection = sync == nullptr ? nullptr : sync->child("collection");
       const bool writes = stanza.text("xmlns") == "w:sync:app:state" && collection != nullptr &&
                           collection->child("patch") != nullptr && stanza.has("id") &&
                           collection->has("name");
       if (!writes) return std::nullopt;
       wire::Node refused = parent(
           "collection", {element("error", {{"code", "409"}, {"text", "conflict"}})},
           {{"name", *collection->attribute("name")}, {"type", "error"}});
       if (const wire::Value* version = collection->attribute("version"))
         refused.set("version", *version);
       return std::vector<wire::Node>{parent("iq", {parent("sync", {std::move(refused)})},
                                             {{"id", *stanza.attribute("id")},
                                              {"from", wire::Jid::of_server()},
                                              {"type", "result"}})};
     }},
});

}  // namespace

std::span<const FaultKind> faults_of_answers() { return kAnswerFaults; }

}  // namespace doublecheck::server
