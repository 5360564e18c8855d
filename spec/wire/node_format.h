#pragma once

#include <cstdint>
#include <string_view>

#include "spec/wire/jid.h"

// The bytes that give the binary form of a node its structure. Everything between `kListEmpty` and
// `kDictionary0` is a single-byte token; 240 … 244 are unassigned (NODE-37).
namespace doublecheck::wire::format {

inline constexpr std::uint8_t kListEmpty = 0;
inline constexpr std::uint8_t kDictionary0 = 236;
inline constexpr std::uint8_t kDictionary3 = 239;
inline constexpr std::uint8_t kInteropJid =
    245;                                     // user, u16 device, u16 integrator, server `interop`
inline constexpr std::uint8_t kFbJid = 246;  // user, u16 device, server `msgr`
inline constexpr std::uint8_t kAdJid = 247;  // u8 domain, u8 device, user
inline constexpr std::uint8_t kList8 = 248;
inline constexpr std::uint8_t kList16 = 249;
inline constexpr std::uint8_t kJidPair = 250;  // user or LIST_EMPTY, server
inline constexpr std::uint8_t kHex8 = 251;
inline constexpr std::uint8_t kBinary8 = 252;
inline constexpr std::uint8_t kBinary20 = 253;  // a u24 of which the low 20 bits count
inline constexpr std::uint8_t kBinary32 = 254;
inline constexpr std::uint8_t kNibble8 = 255;

// In the length byte of a packed string: the last half-byte does not count, and how many bytes
// there are.
inline constexpr std::uint8_t kPackedOdd = 0x80;
inline constexpr std::uint8_t kPackedSizeMask = 0x7f;
inline constexpr std::uint32_t kBinary20Mask = 0xfffff;

// The payload of a transport frame starts with flags; only this one has a meaning (NODE-03).
inline constexpr std::uint8_t kFlagCompressed = 0x02;

// The servers that AD_JID can name, by its domain byte (NODE-44).
struct AdDomain {
  std::uint8_t byte;
  std::string_view server;
};
inline constexpr AdDomain kAdDomains[] = {
    {0, server_name::kUser},
    {1, server_name::kLid},
    {128, server_name::kHosted},
    {129, server_name::kHostedLid},
};

}  // namespace doublecheck::wire::format
