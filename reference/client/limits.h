#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

// Every limit and time of the client, in one place.
namespace doublecheck::client {

using std::chrono::minutes;
using std::chrono::seconds;

// ---- Connecting

inline constexpr seconds kConnectTimeout{20};
// From the end of the handshake to the first stanza that says what comes of it.
inline constexpr seconds kLoginTimeout{60};
// A paired companion connects again after this time, should the server forget to tell it to
// (PAIR-16).
inline constexpr seconds kRestartTimeout{20};

// Frames of a handshake are a few hundred bytes.
inline constexpr std::size_t kMaxHandshakeFrame = 64 * 1024;
// What is kept of the server's routing information. Real ones are tens of bytes.
inline constexpr std::size_t kMaxRoutingInfo = 4096;

// The first reconnection waits this long, each that follows twice as long, up to the limit; all are
// off by up to a tenth, drawn at random (RECONNECT-01).
inline constexpr seconds kFirstReconnectDelay{1};
inline constexpr minutes kMaxReconnectDelay{5};
inline constexpr std::uint64_t kReconnectJitterPercent = 10;
// A rate limit counts as so many failures (STANZA-118).
inline constexpr unsigned kRateLimitPenalty = 5;
// Stream errors count together unless the connection has lived for this long.
inline constexpr minutes kStableConnection{1};

// ---- Keepalive

inline constexpr seconds kKeepaliveInterval{30};
// Whatever is configured, a ping does not follow another at once.
inline constexpr std::chrono::milliseconds kMinKeepaliveInterval{10};
// A connection on which nothing has arrived for so long after a ping is dead (KEEP-03).
inline constexpr seconds kPingTimeout{20};

// ---- Queries

inline constexpr seconds kIqTimeout{60};
// For the steps between success and open, which the user waits for (LOGIN-06).
inline constexpr seconds kLoginStepTimeout{15};
inline constexpr seconds kLogoutTimeout{10};
inline constexpr std::size_t kMaxPendingQueries = 1000;

// ---- Pairing (PAIR-07)

inline constexpr seconds kFirstCodeLifetime{60};
inline constexpr seconds kNextCodeLifetime{20};
inline constexpr std::size_t kMaxPairingReferences = 20;
// Digits of the phone number that a pairing code is asked for.
inline constexpr std::size_t kMinPhoneDigits = 7;
inline constexpr std::size_t kMaxPhoneDigits = 15;

// ---- Prekeys

inline constexpr std::uint64_t kLowPrekeys =
    5;  // fewer than this on the server ask for an upload (PREKEY-08)
inline constexpr std::size_t kPrekeyBatch = 50;
// Private one-time keys kept. Beyond it the oldest go, which nobody has used.
inline constexpr std::size_t kMaxOneTimePrekeys = 2000;

// ---- Messages

// Messages that the server has not acknowledged.
inline constexpr std::size_t kMaxOutbox = 1000;
inline constexpr std::size_t kMaxTextBytes = 64 * 1024;
inline constexpr std::size_t kMaxMessageIdBytes = 256;
// How long a send may wait for its acknowledgement before the application is told that it has
// failed.
inline constexpr seconds kMessageAckTimeout{75};
// Messages received that are remembered, so that a repeated one is reported once.
inline constexpr std::size_t kMaxRememberedMessages = 10'000;
inline constexpr std::size_t kMaxMarkedRead = 1000;  // ids in one command

// Retry receipts sent for one message of one device (STANZA-93), and messages for which they are
// counted.
inline constexpr unsigned kMaxRetries = 5;
inline constexpr unsigned kFirstRetryWithKeys = 2;  // STANZA-94
inline constexpr std::size_t kMaxCountedRetries = 1000;

// Messages sent that can be sent again, how often one device may ask (RETRY-07), and the highest
// count of a request that is served (RETRY-06).
inline constexpr std::size_t kMaxRecentMessages = 256;
inline constexpr unsigned kMaxResends = 5;
inline constexpr std::uint64_t kMaxServedRetryCount = 5;

// ---- Peers

inline constexpr std::size_t kMaxSessions = 20'000;
inline constexpr std::size_t kMaxKnownUsers = 10'000;
inline constexpr std::size_t kMaxDevicesPerUser = 100;

// Groups that this device has written in, the senders in all groups whose keys are kept, and the
// members of one group that are read.
inline constexpr std::size_t kMaxGroups = 10'000;
inline constexpr std::size_t kMaxGroupSenders = 20'000;
inline constexpr std::size_t kMaxGroupMembers = 2'000;

inline constexpr std::size_t kMaxAppStateKeys = 1000;

// ---- The account

inline constexpr std::size_t kMaxPushNameBytes = 256;
inline constexpr std::size_t kMaxStatusBytes = 4096;
inline constexpr std::size_t kMaxBlockedUsers = 10'000;
inline constexpr std::size_t kMaxPrivacySettings = 100;

// A token is good in the period in which it was issued and in those that follow, so many in all.
inline constexpr seconds kPrivacyTokenPeriod{604'800};
inline constexpr std::int64_t kPrivacyTokenPeriods = 4;
inline constexpr std::size_t kMaxPrivacyTokenBytes = 1024;

}  // namespace doublecheck::client
