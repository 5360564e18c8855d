#include "spec/noise/transport_cipher.h"

#include "spec/base/crypto.h"

namespace doublecheck::noise {

Result<Bytes> TransportCipher::seal(ByteView plaintext, const Guard& guard) {
  if (!guard.holds(Rule::NOISE_16, send_.frames < kMaxFramesPerKey)) {
    return fail("transport cipher", "the key to send with is used up");
  }
  return aes256_gcm_seal(send_.key, nonce(static_cast<std::uint32_t>(send_.frames++)), plaintext,
                         {});
}

Result<Bytes> TransportCipher::open(ByteView ciphertext, const Guard& guard) {
  if (!guard.holds(Rule::NOISE_16, receive_.frames < kMaxFramesPerKey)) {
    return fail("transport cipher", "the key to receive with is used up");
  }
  std::optional<Bytes> plaintext = aes256_gcm_open(
      receive_.key, nonce(static_cast<std::uint32_t>(receive_.frames)), ciphertext, {});
  if (plaintext || guard.holds(Rule::NOISE_07, true)) ++receive_.frames;
  if (!plaintext) return fail("transport cipher", "the frame is not authentic");
  return std::move(*plaintext);
}

}  // namespace doublecheck::noise
