#include "reference/client/prekey_nodes.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "reference/client/stanzas.h"

namespace doublecheck::client {
namespace {

constexpr std::size_t kIdSize = 3;
constexpr std::size_t kRegistrationIdSize = 4;

// The content of a required child, of exactly `size` bytes.
Result<ByteView> child_bytes(const wire::Node& node, std::string_view tag, std::size_t size) {
  const wire::Node* child = node.child(tag);
  const auto bytes = child == nullptr ? std::nullopt : child->bytes();
  if (!bytes || bytes->size() != size) {
    return fail("published keys", "<" + std::string(tag) + "> must be there and have " +
                                      std::to_string(size) + " bytes");
  }
  return *bytes;
}

std::uint32_t big_endian(ByteView bytes) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

Result<signal::PrekeyBundle::OneTime> read_prekey(const wire::Node& node) {
  auto id = child_bytes(node, "id", kIdSize);
  if (!id) return propagate(id);
  auto value = child_bytes(node, "value", sizeof(PublicKey));
  if (!value) return propagate(value);
  return signal::PrekeyBundle::OneTime{big_endian(*id), *to_public_key(*value)};
}

}  // namespace

wire::Node prekey_node(const signal::OneTimePrekey& prekey) {
  return parent("key", {bytes_element("id", u24_bytes(prekey.id)),
                        bytes_element("value", prekey.key.public_key)});
}

wire::Node signed_prekey_node(const signal::SignedPrekey& prekey) {
  return parent("skey", {bytes_element("id", u24_bytes(prekey.id)),
                         bytes_element("value", prekey.key.public_key),
                         bytes_element("signature", prekey.signature)});
}

std::optional<std::uint32_t> read_registration_id(const wire::Node& parent) {
  const auto bytes = child_bytes(parent, "registration", kRegistrationIdSize);
  if (!bytes) return std::nullopt;
  return big_endian(*bytes);
}

Result<PublishedKeys> read_published_keys(const wire::Node& keys,
                                          const wire::Node& registration_parent) {
  PublishedKeys published;
  const auto registration_id = read_registration_id(registration_parent);
  if (!registration_id)
    return fail("published keys", "<registration> must be there and have 4 bytes");
  published.bundle.registration_id = *registration_id;

  auto identity = child_bytes(keys, "identity", sizeof(PublicKey));
  if (!identity) return propagate(identity);
  published.bundle.identity_key = *to_public_key(*identity);

  const wire::Node* signed_node = keys.child("skey");
  if (signed_node == nullptr) return fail("published keys", "<skey> is missing");
  auto signed_prekey = read_prekey(*signed_node);
  if (!signed_prekey) return propagate(signed_prekey);
  auto signature = child_bytes(*signed_node, "signature", sizeof(Signature));
  if (!signature) return propagate(signature);
  published.bundle.signed_prekey.id = signed_prekey->id;
  published.bundle.signed_prekey.key = signed_prekey->key;
  std::ranges::copy(*signature, published.bundle.signed_prekey.signature.begin());

  if (const wire::Node* one_time_node = keys.child("key")) {
    auto one_time = read_prekey(*one_time_node);
    if (!one_time) return propagate(one_time);
    published.bundle.one_time_prekey = *one_time;
  }
  if (const wire::Node* device_identity = keys.child("device-identity")) {
    const auto bytes = device_identity->bytes();
    if (!bytes) return fail("published keys", "<device-identity> has no content");
    published.device_identity = to_bytes(*bytes);
  }
  return published;
}

}  // namespace doublecheck::client
