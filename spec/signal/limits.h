#pragma once

#include <cstddef>
#include <cstdint>

// Every limit of the signal layer, in one place. Each is tested at the limit and one past it.
namespace doublecheck::signal {

// What is encrypted or decrypted at once, and any encoded message: no frame can carry more.
inline constexpr std::size_t kMaxMessageSize = 0xffffff;

// How many messages of a chain may be missing in front of one that is accepted. Libraries stand
// between 1999 and 25000 (SESSION-20, SESSION-21); this is the largest jump whose skipped keys can
// all be kept.
inline constexpr std::uint32_t kMaxForwardJump = 2000;

// Keys kept for messages of one chain that have not come yet; the oldest are dropped first
// (SESSION-22, SESSION-23).
inline constexpr std::size_t kMaxSkippedKeys = 2000;

// Chains of the peer that are kept in one session, the oldest dropped first (SESSION-22). Libraries
// keep five or all (SESSION-23); the published conversations have a message that comes when it is
// in the seventh.
inline constexpr std::size_t kMaxReceivingChains = 8;

// Sessions kept for one peer device: the current one and 40 archived ones (SESSION-29).
inline constexpr std::size_t kMaxSessions = 41;

// Sender keys kept of one device in one group, the oldest dropped first (SENDERKEY-07).
inline constexpr std::size_t kMaxSenderKeys = 5;

// The last counter that a chain uses, so that the one after it is still a number.
inline constexpr std::uint32_t kMaxCounter = 0xfffffffe;

// Ids of prekeys, signed or one-time, are 24 bits wide and not 0 (KEY-15).
inline constexpr std::uint32_t kMinPrekeyId = 1;
inline constexpr std::uint32_t kMaxPrekeyId = 0xffffff;

// Registration ids that `LocalIdentity::generate` draws: not 0, and from 14 bits (KEY-14).
inline constexpr std::uint32_t kMinRegistrationId = 1;
inline constexpr std::uint32_t kMaxRegistrationId = 16380;

// A serialised record. 41 sessions of 8 chains of 2000 skipped keys fit.
inline constexpr std::size_t kMaxRecordSize = std::size_t{32} * 1024 * 1024;

}  // namespace doublecheck::signal
