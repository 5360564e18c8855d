#include "fuzz/support/node_maker.h"

#include <array>
#include <string>
#include <string_view>

namespace doublecheck::fuzz {
namespace {

constexpr std::size_t kMaxAttributes = 6;
constexpr std::size_t kMaxChildren = 5;
constexpr std::size_t kMaxLevels = 5;

constexpr auto kStanzaTags = std::to_array<std::string_view>(
    {"iq", "message", "receipt", "ack", "presence", "call", "chatstate", "ib", "xmlstreamend"});

constexpr auto kTags =
    std::to_array<std::string_view>({"active",
                                     "category",
                                     "clean",
                                     "collection",
                                     "companion_identity_public",
                                     "companion_server_auth_key_pub",
                                     "contact",
                                     "count",
                                     "device",
                                     "device-identity",
                                     "devices",
                                     "digest",
                                     "enc",
                                     "error",
                                     "id",
                                     "identity",
                                     "item",
                                     "key",
                                     "lid",
                                     "link_code_companion_reg",
                                     "link_code_pairing_ref",
                                     "link_code_pairing_wrapped_companion_ephemeral_pub",
                                     "link_code_pairing_wrapped_key_bundle",
                                     "list",
                                     "pair-device-sign",
                                     "participants",
                                     "passive",
                                     "patch",
                                     "ping",
                                     "privacy",
                                     "props",
                                     "query",
                                     "registration",
                                     "remove-companion-device",
                                     "rotate",
                                     "signature",
                                     "skey",
                                     "sync",
                                     "to",
                                     "type",
                                     "user",
                                     "usync",
                                     "value",
                                     "x"});

constexpr auto kNames = std::to_array<std::string_view>(
    {"action", "category", "class", "code",      "count", "device_fanout", "edit",      "error",
     "from",   "id",       "jid",   "key-index", "name",  "participant",   "recipient", "stage",
     "t",      "to",       "type",  "v",         "value", "version",       "xmlns"});

constexpr auto kWords = std::to_array<std::string_view>({"",
                                                         "0",
                                                         "1",
                                                         "2",
                                                         "18446744073709551615",
                                                         "abt",
                                                         "all",
                                                         "block",
                                                         "blocklist",
                                                         "companion_finish",
                                                         "companion_hello",
                                                         "critical_block",
                                                         "dirty",
                                                         "enc_rekey_retry",
                                                         "encrypt",
                                                         "error",
                                                         "false",
                                                         "get",
                                                         "hist_sync",
                                                         "inactive",
                                                         "last",
                                                         "md",
                                                         "message",
                                                         "msg",
                                                         "none",
                                                         "off",
                                                         "passive",
                                                         "peer",
                                                         "peer_msg",
                                                         "pkmsg",
                                                         "played",
                                                         "privacy",
                                                         "read",
                                                         "read-self",
                                                         "receipt",
                                                         "regular",
                                                         "result",
                                                         "retry",
                                                         "server-error",
                                                         "set",
                                                         "text",
                                                         "unblock",
                                                         "urn:xmpp:whatsapp:dirty",
                                                         "usync",
                                                         "w:p",
                                                         "w:sync:app:state"});

class NodeMaker {
 public:
  NodeMaker(Input& input, const Vocabulary& vocabulary) : input_(input), vocabulary_(vocabulary) {}

  wire::Node stanza() { return node(input_.one_of(kStanzaTags), 1); }

 private:
  wire::Node node(std::string_view tag, std::size_t level) {
    wire::Node made{.tag = tag};
    for (std::size_t rest = input_.below(kMaxAttributes + 1); rest > 0; --rest) {
      const std::string_view name = input_.one_of(kNames);
      made.set(name, value());
    }
    made.content = content(level);
    return made;
  }

  wire::Value value() {
    switch (input_.below(5)) {
      case 0:
        return wire::Text(raw_text());
      case 1:
        if (!vocabulary_.jids.empty()) return input_.one_of(vocabulary_.jids);
        break;
      case 2:
        if (!vocabulary_.received.empty()) {
          const wire::Value* id = input_.one_of(vocabulary_.received).attribute("id");
          if (id != nullptr) return *id;
        }
        break;
      case 3:
        // A JID as text, which some clients send.
        if (!vocabulary_.jids.empty()) {
          return wire::Text(input_.one_of(vocabulary_.jids).to_string());
        }
        break;
      default:
        break;
    }
    return wire::Text(input_.one_of(kWords));
  }

  wire::Content content(std::size_t level) {
    switch (input_.below(5)) {
      case 0:
        return {};
      case 1:
        return wire::Blob(input_.short_bytes());
      case 2:
        return wire::Text(raw_text());
      default:
        break;
    }
    if (level == kMaxLevels) return {};
    std::vector<wire::Node> children;
    for (std::size_t rest = input_.below(kMaxChildren + 1); rest > 0; --rest) {
      const std::string_view tag = input_.one_of(kTags);
      children.push_back(node(tag, level + 1));
    }
    return children;
  }

  // Text that is not UTF-8 could not be encoded; bytes that are not text get there as blobs.
  std::string raw_text() {
    const ByteView bytes = input_.short_bytes();
    return is_utf8(bytes) ? to_text(bytes) : std::string("?");
  }

  Input& input_;
  const Vocabulary& vocabulary_;
};

}  // namespace

wire::Node make_node(Input& input, const Vocabulary& vocabulary) {
  return NodeMaker(input, vocabulary).stanza();
}

}  // namespace doublecheck::fuzz
