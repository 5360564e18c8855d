#include <array>

#include "harness/vectors/byte_expression.h"
#include "harness/vectors/generator.h"
#include "spec/base/text_encoding.h"
#include "spec/pairing/code.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/key_index_list.h"
#include "spec/pairing/qr.h"

namespace doublecheck::corpus {
namespace {

// ---- The key schedule of pairing by code

void add_wrapped_keys(Generator& generator) {
  for (std::size_t i = 0; i < 24; ++i) {
    const std::string code = pairing::generate_code(generator.random());
    const PublicKey key = KeyPair::generate(generator.random()).public_key;
    Bytes wrapped = pairing::wrap_ephemeral_key(code, key, generator.random());
    if (i < 16) {
      Vector& vector = generator.add("wrapped-key", "unwrap_pairing_key", {"CODE-02"});
      vector.input = {{"code", code}, {"wrapped", to_hex(wrapped)}};
      vector.output = {{"public_key", to_hex(key)}};
    } else {
      constexpr auto kSizes = std::to_array<std::size_t>({0, 16, 31, 32, 47, 48, 64, 79});
      wrapped.resize(kSizes.at(i - 16));
      Vector& vector = generator.add("short-wrapped-key", "unwrap_pairing_key", {"CODE-08"});
      vector.flag = kMustReject;
      vector.input = {{"code", code}, {"wrapped", to_hex(wrapped)}};
    }
  }
}

// ---- QR texts

pairing::QrContent draw_qr(Generator& generator) {
  pairing::QrContent content;
  content.ref =
      "2@" + generator.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=",
                            generator.between(1, 60));
  content.noise_key = KeyPair::generate(generator.random()).public_key;
  content.identity_key = KeyPair::generate(generator.random()).public_key;
  content.adv_secret = generator.random().array<32>();
  return content;
}

void add_qr_texts(Generator& generator) {
  for (std::size_t i = 0; i < 16; ++i) {
    pairing::QrContent content = draw_qr(generator);
    content.has_prefix = i % 2 == 0;
    if (i % 4 < 2) content.platform_id = std::to_string(i);
    Vector& vector = generator.add("qr", "parse_qr", {"PAIR-03", "PAIR-06"});
    vector.input = {{"text", pairing::format_qr(content)}};
    vector.output = {{"ref", content.ref},
                     {"noise_key", to_hex(content.noise_key)},
                     {"identity_key", to_hex(content.identity_key)},
                     {"adv_secret", to_hex(content.adv_secret)}};
  }
}

void add_wrong_qr_texts(Generator& generator) {
  // Which of the fields after the ref, and what is there instead.
  const auto spoiled = [](const pairing::QrContent& content, std::size_t at,
                          std::string_view instead) {
    std::string text = content.ref;
    const std::array<std::string, 3> fields = {to_base64(content.noise_key),
                                               to_base64(content.identity_key),
                                               to_base64(content.adv_secret)};
    for (std::size_t i = 0; i < fields.size(); ++i)
      text += "," + (i == at ? std::string(instead) : fields[i]);
    return text;
  };
  for (std::size_t i = 0; i < 12; ++i) {
    const pairing::QrContent content = draw_qr(generator);
    const Bytes short_key = generator.random().bytes(31);
    const Bytes long_key = generator.random().bytes(33);
    const std::array<std::string, 4> instead = {"", to_base64(short_key), to_base64(long_key),
                                                "!!!!"};
    constexpr auto kNotes = std::to_array<std::string_view>(
        {"an empty field", "a key of 31 bytes", "a key of 33 bytes", "no base64"});
    Vector& vector = generator.add("wrong-qr", "parse_qr", {"PAIR-06"});
    vector.flag = kMustReject;
    vector.input = {{"text", spoiled(content, i % 3, instead.at(i / 3))}};
    vector.notes = kNotes.at(i / 3);
  }
  for (std::size_t fields = 1; fields < 4; ++fields) {
    const std::string text = spoiled(draw_qr(generator), 3, "");
    std::size_t end = 0;
    for (std::size_t i = 0; i < fields; ++i) end = text.find(',', end + (i == 0 ? 0 : 1));
    Vector& vector = generator.add("wrong-qr", "parse_qr", {"PAIR-06"});
    vector.flag = kMustReject;
    vector.input = {{"text", text.substr(0, end)}};
    vector.notes = "too few fields";
  }
}

// ---- Device identities

struct IdentityParties {
  explicit IdentityParties(Generator& generator)
      : account(KeyPair::generate(generator.random())),
        companion(KeyPair::generate(generator.random())),
        secret(generator.random().array<32>()) {
    identity.raw_id = generator.random().u32();
    identity.timestamp = 1'600'000'000 + generator.size_below(200'000'000);
    identity.key_index = static_cast<std::uint32_t>(generator.size_below(100));
    signed_identity =
        pairing::sign_as_phone(identity, account, companion.public_key, generator.random());
  }

  Bytes container() const {
    return pairing::encode_device_identity_container(
        pairing::seal_device_identity(signed_identity, pairing::AccountType::kE2ee, secret));
  }

  KeyPair account;
  KeyPair companion;
  pairing::AdvSecret secret;
  pairing::DeviceIdentity identity;
  pairing::SignedDeviceIdentity signed_identity;
};

Vector& add_accepting(Generator& generator, std::string_view name,
                      std::vector<std::string> requirements, const IdentityParties& parties,
                      ByteView container) {
  Vector& vector = generator.add(name, "accept_identity", std::move(requirements));
  vector.input = {{"container", to_hex(container)},
                  {"adv_secret", to_hex(parties.secret)},
                  {"identity_private_key", to_hex(parties.companion.private_key)}};
  return vector;
}

void add_identities(Generator& generator) {
  for (std::size_t i = 0; i < 16; ++i) {
    const IdentityParties parties(generator);
    add_accepting(generator, "identity", {"PAIR-08", "PAIR-09", "PAIR-12"}, parties,
                  parties.container())
        .output = {{"key_index", parties.identity.key_index},
                   {"account_key", to_hex(parties.account.public_key)}};
  }
}

void add_wrong_identities(Generator& generator) {
  for (std::size_t i = 0; i < 30; ++i) {
    IdentityParties parties(generator);
    constexpr auto kNames = std::to_array<std::string_view>(
        {"changed-hmac", "other-secret", "changed-identity", "changed-account-signature",
         "other-account", "other-companion"});
    std::string requirement = "PAIR-08";
    Bytes container = parties.container();
    switch (i % kNames.size()) {
      case 0: {
        auto changed = pairing::decode_device_identity_container(container).value();
        changed.hmac = generator.flipped(changed.hmac);
        container = pairing::encode_device_identity_container(changed);
        break;
      }
      case 1:
        parties.secret = generator.random().array<32>();
        break;
      case 2: {
        auto changed = pairing::decode_device_identity_container(container).value();
        changed.details = generator.flipped(changed.details);
        container = pairing::encode_device_identity_container(changed);
        break;
      }
      case 3: {
        requirement = "PAIR-09";
        Bytes& signature = *parties.signed_identity.account_signature;
        signature = generator.flipped(signature, generator.size_below(63));
        container = parties.container();
        break;
      }
      case 4:
        requirement = "PAIR-09";
        parties.signed_identity.account_signature_key =
            to_bytes(KeyPair::generate(generator.random()).public_key);
        container = parties.container();
        break;
      default:
        requirement = "PAIR-09";
        parties.companion = KeyPair::generate(generator.random());
    }
    add_accepting(generator, kNames.at(i % kNames.size()), {requirement}, parties, container).flag =
        kMustReject;
  }
}

void add_verified_identities(Generator& generator) {
  for (std::size_t i = 0; i < 24; ++i) {
    const IdentityParties parties(generator);
    auto identity =
        pairing::accept_device_identity(parties.container(), parties.secret, parties.companion,
                                        {.now = {}, .random = generator.random(), .guard = {}})
            .value()
            .signed_identity;
    PublicKey account = parties.account.public_key;
    PublicKey companion = parties.companion.public_key;
    constexpr auto kNames = std::to_array<std::string_view>(
        {"peer-identity", "peer-account-signature", "peer-device-signature", "peer-other-account",
         "peer-other-companion", "peer-no-device-signature"});
    const std::size_t kind = i % kNames.size();
    switch (kind) {
      case 1:
        identity.account_signature =
            generator.flipped(*identity.account_signature, generator.size_below(63));
        break;
      case 2:
        identity.device_signature =
            generator.flipped(*identity.device_signature, generator.size_below(63));
        break;
      case 3:
        account = KeyPair::generate(generator.random()).public_key;
        break;
      case 4:
        companion = KeyPair::generate(generator.random()).public_key;
        break;
      case 5:
        identity.device_signature.reset();
        break;
      default:
        break;
    }
    Vector& vector = generator.add(kNames.at(kind), "verify_identity", {"DEVICE-07"});
    vector.input = {{"signed_identity", to_hex(pairing::encode_signed_device_identity(identity))},
                    {"account_key", to_hex(account)},
                    {"companion_key", to_hex(companion)}};
    if (kind == 0) {
      vector.output = {{"valid", true}};
    } else {
      vector.flag = kMustReject;
    }
  }
}

void add_key_index_lists(Generator& generator) {
  for (std::size_t i = 0; i < 24; ++i) {
    const KeyPair account = KeyPair::generate(generator.random());
    pairing::KeyIndexList list;
    list.raw_id = generator.random().u32();
    list.timestamp = 1'600'000'000 + generator.size_below(200'000'000);
    list.current_index = static_cast<std::uint32_t>(i);
    for (std::uint32_t index = 0; index <= list.current_index; ++index) {
      if (generator.chance(2)) list.valid_indexes.push_back(index);
    }
    auto signed_list = pairing::sign_key_index_list(list, account, generator.random());
    PublicKey key = account.public_key;
    if (i % 4 == 1)
      signed_list.account_signature =
          generator.flipped(signed_list.account_signature, generator.size_below(63));
    if (i % 4 == 2) signed_list.details = generator.flipped(signed_list.details);
    if (i % 4 == 3) key = KeyPair::generate(generator.random()).public_key;
    Vector& vector = generator.add(i % 4 == 0 ? "key-index-list" : "wrong-key-index-list",
                                   "verify_key_index_list", {"DEVICE-03"});
    vector.input = {{"signed_list", to_hex(pairing::encode_signed_key_index_list(signed_list))},
                    {"account_key", to_hex(key)}};
    if (i % 4 == 0) {
      vector.output = {{"raw_id", list.raw_id},
                       {"timestamp", list.timestamp},
                       {"current_index", list.current_index},
                       {"valid_indexes", list.valid_indexes}};
    } else {
      vector.flag = kMustReject;
    }
  }
}

}  // namespace

void generate_pairing(const RandomSource& seed, std::vector<Vector>& out) {
  Generator generator("pairing", seed, out);
  add_wrapped_keys(generator);
  add_qr_texts(generator);
  add_wrong_qr_texts(generator);
  add_identities(generator);
  add_wrong_identities(generator);
  add_verified_identities(generator);
  add_key_index_lists(generator);
}

}  // namespace doublecheck::corpus
