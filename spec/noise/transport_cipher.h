#pragma once

#include <cstdint>

#include "spec/base/bytes.h"
#include "spec/base/guard.h"
#include "spec/base/result.h"
#include "spec/noise/limits.h"
#include "spec/noise/symmetric_state.h"

// Encryption of frames once the handshake is over: AES-256-GCM with empty associated data and one
// counter for each direction.
namespace doublecheck::noise {

class TransportCipher {
 public:
  TransportCipher(const CipherKey& send_key, const CipherKey& receive_key)
      : TransportCipher(send_key, receive_key, 0, 0) {}

  // Starts in the middle of a connection, after this many frames each way.
  TransportCipher(const CipherKey& send_key, const CipherKey& receive_key, std::uint64_t sent,
                  std::uint64_t received)
      : send_{send_key, sent}, receive_{receive_key, received} {}

  // The ciphertext of the next frame, 16 bytes longer. Fails once kMaxFramesPerKey frames have been
  // sent; the connection must then be closed (NOISE-16).
  Result<Bytes> seal(ByteView plaintext, const Guard& guard = {});

  // The plaintext of the next frame received. Every frame counts, valid or not (NOISE-07): after a
  // failure the frame with the next counter can be opened, should the caller choose to go on
  // (NOISE-15). Fails for a frame that is not authentic, and for any once kMaxFramesPerKey frames
  // have been received.
  Result<Bytes> open(ByteView ciphertext, const Guard& guard = {});

  std::uint64_t sent() const { return send_.frames; }
  std::uint64_t received() const { return receive_.frames; }
  const CipherKey& send_key() const { return send_.key; }
  const CipherKey& receive_key() const { return receive_.key; }

 private:
  struct Direction {
    CipherKey key;
    std::uint64_t frames;
  };
  Direction send_;
  Direction receive_;
};

}  // namespace doublecheck::noise
