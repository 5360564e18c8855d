#include "reference/server/key_directory.h"

#include <algorithm>
#include <set>

#include "reference/server/limits.h"
#include "spec/base/writer.h"

namespace doublecheck::server {
namespace {

constexpr std::uint8_t kCurve25519Type = 0x05;

wire::Node bytes_element(std::string_view tag, ByteView content) {
  return {.tag = tag, .attributes = {}, .content = wire::Blob(content)};
}

Bytes u24(std::uint32_t value) {
  Writer writer;
  writer.u24(value);
  return writer.take();
}

Bytes u32(std::uint32_t value) {
  Writer writer;
  writer.u32(value);
  return writer.take();
}

wire::Node prekey_node(const PublicPrekey& key) {
  return {.tag = "key",
          .attributes = {},
          .content = std::vector<wire::Node>{bytes_element("id", u24(key.id)),
                                             bytes_element("value", key.value)}};
}

// The content of a required child, of exactly `size` bytes.
Result<ByteView> child_bytes(const wire::Node& parent, std::string_view tag, std::size_t size) {
  const wire::Node* child = parent.child(tag);
  if (child == nullptr) {
    return fail("prekeys", std::string("<") + std::string(tag) + "> is missing");
  }
  const auto bytes = child->bytes();
  if (!bytes || bytes->size() != size) {
    return fail("prekeys", "<" + std::string(tag) + "> must be " + std::to_string(size) + " bytes");
  }
  return *bytes;
}

std::uint32_t big_endian(ByteView bytes) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

Result<PublicPrekey> read_prekey(const wire::Node& node) {
  auto id = child_bytes(node, "id", 3);
  if (!id) return propagate(id);
  auto value = child_bytes(node, "value", 32);
  if (!value) return propagate(value);
  return PublicPrekey{big_endian(*id), *to_public_key(*value)};
}

struct SignedPrekey {
  PublicPrekey key;
  Signature signature{};
};

Result<SignedPrekey> read_signed_prekey(const wire::Node& node, const PublicKey& identity,
                                        const Guard& guard) {
  auto key = read_prekey(node);
  if (!key) return propagate(key);
  auto signature = child_bytes(node, "signature", 64);
  if (!signature) return propagate(signature);
  const std::uint8_t type[] = {kCurve25519Type};
  if (!guard.holds(Rule::PREKEY_16,
                   xeddsa_verify(identity, concat({type, key->value}), *signature))) {
    return fail("prekeys", "the signature of the signed prekey does not verify");
  }
  SignedPrekey read{.key = *key};
  std::ranges::copy(*signature, read.signature.begin());
  return read;
}

}  // namespace

wire::Node KeyDirectory::signed_prekey_node() const {
  return {.tag = "skey",
          .attributes = {},
          .content = std::vector<wire::Node>{bytes_element("id", u24(signed_prekey.id)),
                                             bytes_element("value", signed_prekey.value),
                                             bytes_element("signature", signature)}};
}

std::vector<wire::Node> KeyDirectory::take_bundle() {
  std::vector<wire::Node> bundle{bytes_element("registration", u32(registration_id)),
                                 bytes_element("type", Bytes{kCurve25519Type}),
                                 bytes_element("identity", identity), signed_prekey_node()};
  if (!one_time.empty()) {
    bundle.push_back(prekey_node(one_time.front()));
    one_time.pop_front();
  }
  return bundle;
}

wire::Node KeyDirectory::digest() const {
  Bytes hashed = concat({identity, signed_prekey.value, signature});
  std::vector<wire::Node> ids;
  for (const PublicPrekey& key : one_time) {
    append(hashed, key.value);
    ids.push_back(bytes_element("id", u24(key.id)));
  }
  return {.tag = "digest",
          .attributes = {},
          .content = std::vector<wire::Node>{
              bytes_element("registration", u32(registration_id)),
              bytes_element("type", Bytes{kCurve25519Type}),
              bytes_element("identity", identity),
              signed_prekey_node(),
              {.tag = "list", .attributes = {}, .content = std::move(ids)},
              bytes_element("hash", sha1(hashed)),
          }};
}

Result<> KeyDirectory::upload(const wire::Node& iq, const Guard& guard) {
  auto new_registration = child_bytes(iq, "registration", 4);
  if (!new_registration) return propagate(new_registration);
  auto type = child_bytes(iq, "type", 1);
  if (!type) return propagate(type);
  if ((*type)[0] != kCurve25519Type) return fail("prekeys", "<type> must be 05");
  auto new_identity = child_bytes(iq, "identity", 32);
  if (!new_identity) return propagate(new_identity);

  const wire::Node* signed_node = iq.child("skey");
  if (signed_node == nullptr) return fail("prekeys", "<skey> is missing");
  auto new_signed = read_signed_prekey(*signed_node, *to_public_key(*new_identity), guard);
  if (!new_signed) return propagate(new_signed);

  const wire::Node* list = iq.child("list");
  if (list == nullptr) return fail("prekeys", "<list> is missing");
  std::set<std::uint32_t> ids;
  for (const PublicPrekey& key : one_time) ids.insert(key.id);
  std::deque<PublicPrekey> added;
  for (const wire::Node& node : list->children()) {
    if (node.tag != "key") return fail("prekeys", "<list> holds something else than <key>");
    auto key = read_prekey(node);
    if (!key) return propagate(key);
    // A repeated upload of a key, as after a lost answer, leaves it where it is (IQ-06).
    if (ids.insert(key->id).second) added.push_back(*key);
  }
  if (one_time.size() + added.size() > kMaxOneTimePrekeys) {
    return fail("prekeys", "more than kMaxOneTimePrekeys one-time keys");
  }

  registration_id = big_endian(*new_registration);
  identity = *to_public_key(*new_identity);
  signed_prekey = new_signed->key;
  signature = new_signed->signature;
  one_time.insert(one_time.end(), added.begin(), added.end());
  return {};
}

Result<> KeyDirectory::rotate(const wire::Node& rotate, const Guard& guard) {
  const wire::Node* signed_node = rotate.child("skey");
  if (signed_node == nullptr) return fail("prekeys", "<skey> is missing");
  auto replacement = read_signed_prekey(*signed_node, identity, guard);
  if (!replacement) return propagate(replacement);
  signed_prekey = replacement->key;
  signature = replacement->signature;
  return {};
}

}  // namespace doublecheck::server
