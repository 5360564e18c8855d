#include "harness/certification/dsse.h"

#include <nlohmann/json.hpp>

#include "spec/base/text_encoding.h"

namespace doublecheck::harness {

std::string pre_authentication_encoding(std::string_view type, std::string_view payload) {
  return "DSSEv1 " + std::to_string(type.size()) + " " + std::string(type) + " " +
         std::to_string(payload.size()) + " " + std::string(payload);
}

std::string seal_envelope(std::string_view type, std::string_view payload, const SigningKey& key) {
  const Bytes signature = key.sign(as_bytes(pre_authentication_encoding(type, payload)));
  const nlohmann::json envelope{
      {"payloadType", type},
      {"payload", to_base64(as_bytes(payload))},
      {"signatures", {{{"keyid", key.verifying_key().id()}, {"sig", to_base64(signature)}}}}};
  return envelope.dump(2) + "\n";
}

Result<std::string> open_envelope(std::string_view text, std::string_view type,
                                  const VerifyingKey& key) {
  if (text.size() > kMaxEnvelopeBytes)
    return fail("envelope", "the file is larger than kMaxEnvelopeBytes");
  try {
    const nlohmann::json envelope = nlohmann::json::parse(text);
    if (envelope.at("payloadType").get<std::string>() != type)
      return fail("envelope", "its payload is not of type " + std::string(type));
    const auto payload = from_base64(envelope.at("payload").get<std::string>());
    if (!payload) return fail("envelope", "its payload is not in base64");
    const std::string signed_bytes = pre_authentication_encoding(type, as_text(*payload));
    // The key is given, whatever `keyid` says: that is a hint and not signed.
    for (const nlohmann::json& one : envelope.at("signatures")) {
      const auto signature = from_base64(one.at("sig").get<std::string>());
      if (signature && key.verifies(as_bytes(signed_bytes), *signature)) return to_text(*payload);
    }
    return fail("envelope", "no signature of it is by this key");
  } catch (const nlohmann::json::exception& error) {
    return fail("envelope", std::string("it is not one: ") + error.what());
  }
}

}  // namespace doublecheck::harness
