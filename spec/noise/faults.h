#pragma once

#include <cstddef>
#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/wire/intro.h"

// Deliberate violations of the handshake, to see what the peer makes of them. Each is independent
// of the others, and the default is none. Violations of what we demand of the peer are forced
// guards instead.
namespace doublecheck::noise {

// What happens to one field of a message, or to all of it, as if on the way: nothing that was
// computed before takes notice.
struct FieldFault {
  bool omit = false;
  std::optional<Bytes> replace = {};

  // Cut off at the end, or filled up with zeros.
  std::optional<std::size_t> resize = {};

  // Bit 0 is the least significant bit of the first byte. One beyond the end is nowhere.
  std::optional<std::size_t> flip_bit = {};

  void apply(std::optional<Bytes>& field) const;
};

struct ServerHandshakeFaults {
  // ServerHello, on the way: its fields, and then the message as a whole, which may stay away
  // (NOISE-17) or be anything else (NOISE-10).
  FieldFault ephemeral;
  FieldFault static_key;
  FieldFault payload;
  bool unknown_fields = false;  // NOISE-18
  FieldFault message;

  // What the computation starts from; these messages are consistent in themselves.
  std::optional<KeyPair> ephemeral_key_pair;     // for example one that was used before (NOISE-09)
  std::optional<PublicKey> low_order_ephemeral;  // with the all-zero secrets of it (NOISE-12)
  std::optional<Bytes> static_plaintext;      // for example 31 bytes, properly encrypted (NOISE-11)
  std::optional<Bytes> certificate_chain;     // the plaintext of the payload (CERT-01 …)
  std::optional<wire::IntroHeader> prologue;  // instead of what the client sent (NOISE-02)
  bool answer_resumption_with_plain_xx = false;  // instead of XXfallback (NOISE-20, NOISE-22)
};

struct ClientHandshakeFaults {
  // ClientHello and ClientFinish, on the way.
  FieldFault hello_ephemeral;
  FieldFault hello_static_key;
  FieldFault hello_payload;
  FieldFault finish_static_key;
  FieldFault finish_payload;
  bool unknown_fields = false;  // NOISE-18

  // What the computation starts from.
  std::optional<KeyPair> ephemeral_key_pair;     // for example one that was used before (NOISE-09)
  std::optional<PublicKey> low_order_ephemeral;  // with the all-zero secrets of it (NOISE-12)
  std::optional<Bytes> static_plaintext;         // for example 31 bytes, properly encrypted
  std::optional<wire::IntroHeader> prologue;     // instead of what is sent (NOISE-02)
};

}  // namespace doublecheck::noise
