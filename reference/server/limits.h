#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

// Every limit of the server, in one place: a peer that passes one is refused with an error that
// names it, and harms no other.
namespace doublecheck::server {

using std::chrono::seconds;

// From the opening of a connection to the end of its handshake (NOISE-17), and for an announced
// frame to be complete (FRAME-09).
inline constexpr seconds kHandshakeTimeout{30};
inline constexpr seconds kFrameTimeout{60};

// After `<stream:error>` and `<failure>` the peer may close first. A client whose reader and
// handler are two threads can lose a last stanza that arrives together with the close.
inline constexpr std::chrono::milliseconds kErrorLinger{500};

// Frames of a handshake are a few hundred bytes.
inline constexpr std::size_t kMaxHandshakeFrame = 16 * 1024;

// The plaintext of one stanza. Below what a frame can carry, so that a message with the attributes
// of its delivery still fits one.
inline constexpr std::size_t kMaxStanzaBytes = 15 * 1024 * 1024;

inline constexpr std::size_t kMaxAccounts = 10'000;
inline constexpr std::size_t kMaxDevicesPerAccount = 100;  // 99 is the number of hosted devices
inline constexpr std::size_t kMaxOneTimePrekeys = 10'000;
inline constexpr std::size_t kMaxQueuedStanzas =
    100'000;  // per device; beyond it a sender gets an error
inline constexpr std::size_t kMaxBlocklist = 10'000;
inline constexpr std::size_t kMaxPatchesPerCollection = 10'000;
inline constexpr std::size_t kMaxUsersPerQuery = 5'000;
inline constexpr std::size_t kMaxProtocolsPerQuery = 16;  // each is answered for each user
inline constexpr std::size_t kMaxRecipientsPerMessage = 5'000;
inline constexpr std::size_t kMaxPushNameBytes = 256;
inline constexpr std::size_t kMaxMessageIdBytes = 256;
inline constexpr std::size_t kMaxRememberedMessages =
    10'000;  // per account, to recognise an identical re-send
inline constexpr std::size_t kMaxSubscriptions = 1'000;  // to presence, per connection
inline constexpr std::size_t kMaxChatStates = 100;       // kept per device that is away
inline constexpr std::size_t kMaxWatchers = 1'000;       // per account
inline constexpr std::size_t kMaxStatusBytes = 1'024;
inline constexpr std::size_t kMaxPictureBytes = std::size_t{5} * 1024 * 1024;
inline constexpr std::size_t kMaxTokensPerQuery = 1'000;
inline constexpr std::size_t kMaxPhoneMessages = 1'000;  // read and kept by the phone of an account
inline constexpr std::size_t kMaxSaltBytes = 64;
inline constexpr std::uint64_t kMaxDisappearingSeconds = 366 * 86'400;
// With fewer one-time prekeys a device is told to upload more.
inline constexpr std::size_t kLowPrekeys = 10;

// Groups.
inline constexpr std::size_t kMaxGroups = 10'000;
inline constexpr std::size_t kMaxGroupMembers = 1'024;
inline constexpr std::size_t kMaxLinkedGroups = 100;  // to one community
inline constexpr std::size_t kMaxSubjectCharacters = 100;
inline constexpr std::size_t kMaxDescriptionCharacters = 2'048;
inline constexpr std::size_t kMaxOldInviteCodes = 100;
inline constexpr std::size_t kMaxSeedGroups = 10;             // of each new account
inline constexpr std::size_t kMaxMembershipRequests = 1'000;  // per group

// Newsletters. What is posted in one goes to each follower.
inline constexpr std::size_t kMaxNewsletters = 10'000;
inline constexpr std::size_t kMaxFollowers = 1'024;
inline constexpr std::size_t kMaxFollowed = 500;  // newsletters that one account follows
inline constexpr std::size_t kMaxNewsletterNameCharacters = 100;
inline constexpr std::size_t kMaxNewsletterDescriptionCharacters = 2'048;
inline constexpr std::size_t kMaxNewsletterPictureBytes = std::size_t{256} * 1024;
inline constexpr std::size_t kMaxPosts = 1'000;  // kept per newsletter
inline constexpr std::size_t kMaxPostBytes = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxPostAttributeBytes = 64;  // its type, and that of its media
inline constexpr std::size_t kMaxPostsPerPage = 100;       // what is asked for beyond is left out
inline constexpr std::size_t kMaxReactionBytes = 64;
inline constexpr std::size_t kMaxReactionCodes = 100;  // different ones, to one post
inline constexpr std::size_t kMaxLiveUpdates = 100;    // newsletters, per connection
inline constexpr seconds kLiveUpdates{300};            // that one wish for them lasts

// GraphQL.
inline constexpr std::size_t kMaxMexBytes = std::size_t{512} * 1024;  // of a query
inline constexpr std::size_t kMaxMexIds = 500;                        // that are configured

inline constexpr std::size_t kMaxTraceRecords = 10'000;

// What waits for a store on account of one connection, beyond which it is closed.
inline constexpr std::size_t kMaxWaitingBytes = std::size_t{64} * 1024 * 1024;

inline constexpr std::size_t kPairingReferences = 6;

}  // namespace doublecheck::server
