#include "conformance/interop/message_tap.h"

#include <algorithm>
#include <iterator>
#include <variant>

namespace doublecheck::harness {
namespace {

// After the ciphertext come a MAC of 8 bytes and, in a message that starts a session, two short
// numbers. The ciphertext has 16 bytes or more.
constexpr std::size_t kFromTheEnd = 20;

void damage_ciphertexts(wire::Node& message) {
  auto* children = std::get_if<std::vector<wire::Node>>(&message.content);
  if (children == nullptr) return;
  for (wire::Node& child : *children) {
    if (child.tag != "enc") continue;
    Bytes bytes = to_bytes(child.bytes().value_or(ByteView{}));
    if (bytes.size() <= kFromTheEnd) continue;
    bytes[bytes.size() - kFromTheEnd] ^= 0x01;
    child.content = wire::Blob(ByteView(bytes));
  }
}

}  // namespace

std::vector<wire::Node> MessageTap::sent(std::string_view tag, std::string_view id) const {
  std::vector<wire::Node> found;
  std::ranges::copy_if(sent_, std::back_inserter(found), [&](const wire::Node& stanza) {
    return stanza.tag == tag && stanza.text("id") == id;
  });
  return found;
}

bool MessageTap::received(server::ConnectionId, const wire::Node& stanza) {
  if (stanza.tag == "message" || stanza.tag == "receipt") sent_.push_back(stanza);
  return true;
}

void MessageTap::sending(server::ConnectionId connection, std::vector<wire::Node>& stanzas) {
  if (connection != reader_) return;
  for (wire::Node& stanza : stanzas) {
    if (stanza.tag != "message" || stanza.text("category") == "peer") continue;
    const std::string id(stanza.text("id").value_or(""));
    std::size_t& left = left_.try_emplace(id, copies_).first->second;
    if (left == 0) continue;
    --left;
    damage_ciphertexts(stanza);
  }
}

}  // namespace doublecheck::harness
