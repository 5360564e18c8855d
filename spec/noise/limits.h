#pragma once

#include <cstddef>
#include <cstdint>

// Every limit of the Noise layer, in one place. Each is tested at the limit and one past it.
namespace doublecheck::noise {

// Frames that may be sent, or received, under one key: counters are 32 bits and never wrap
// (NOISE-16).
inline constexpr std::uint64_t kMaxFramesPerKey = std::uint64_t{1} << 32;

// One HandshakeMessage. Real ones are below 1 KiB; a frame could announce 16 MiB before anybody has
// authenticated.
inline constexpr std::size_t kMaxHandshakeMessage = std::size_t{1} << 20;

// The ClientPayload and the certificate chain are carried inside a HandshakeMessage.
inline constexpr std::size_t kMaxClientPayload = kMaxHandshakeMessage;
inline constexpr std::size_t kMaxCertificateChain = kMaxHandshakeMessage;

}  // namespace doublecheck::noise
