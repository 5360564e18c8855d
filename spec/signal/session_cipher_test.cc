#include "spec/signal/session_cipher.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spec/signal/key_derivation.h"
#include "spec/signal/limits.h"
#include "spec/signal/message.h"
#include "spec/signal/test_device.h"

namespace doublecheck::signal {
namespace {

using testing::Device;
using testing::failure_of;
using testing::Force;
using testing::Pair;
using testing::text_of;

Bytes with_bit_flipped(Bytes bytes, std::size_t bit) {
  bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
  return bytes;
}

// Everything that a device remembers and a message could change.
std::string state_of(const Device& device) {
  std::string state = to_hex(device.record.serialize());
  for (const auto& [id, prekey] : device.one_time_prekeys) state += " " + std::to_string(id);
  return state;
}

TEST(Initiate, RefusesABundleThatIsNotSigned) {
  Device alice(1);
  const Device bob(2);
  PrekeyBundle bundle = bob.bundle();
  bundle.signed_prekey.signature[5] ^= 1;
  EXPECT_FALSE(alice.initiate(bundle));
  EXPECT_EQ(alice.record.current(), nullptr);
  Force any_signature(Rule::SESSION_04, true);
  alice.guard = Guard(any_signature);
  EXPECT_TRUE(alice.initiate(bundle));
}

TEST(Initiate, RefusesKeysOfLowOrder) {
  Device alice(1);
  const Device bob(2);
  PrekeyBundle bundle = bob.bundle();
  bundle.one_time_prekey->key = {};
  EXPECT_FALSE(alice.initiate(bundle));
  EXPECT_EQ(alice.record.current(), nullptr);
}

TEST(Encrypt, NeedsACurrentSession) {
  Device alice(1);
  EXPECT_FALSE(encrypt(alice.record, as_bytes("x")));
  ASSERT_TRUE(alice.initiate(Device(2).bundle()));
  EXPECT_TRUE(encrypt(alice.record, as_bytes("x")));
  alice.record.archive_current();
  EXPECT_FALSE(encrypt(alice.record, as_bytes("x")));
}

TEST(Encrypt, RepeatsPrekeysUntilTheFirstAnswer) {
  Device alice(1);
  Device bob(2);
  ASSERT_TRUE(alice.initiate(bob.bundle()));
  PrekeySignalMessage first = decode_prekey_signal_message(alice.encrypt("1").bytes, {}).value();
  PrekeySignalMessage second = decode_prekey_signal_message(alice.encrypt("2").bytes, {}).value();
  EXPECT_EQ(decode_signal_message(first.message, {})->counter, 0U);
  EXPECT_EQ(decode_signal_message(second.message, {})->counter, 1U);
  first.message.clear();
  second.message.clear();
  EXPECT_EQ(first, second);

  const Encrypted third = alice.encrypt("3");
  EXPECT_EQ(third.type, MessageType::kPrekey);
  EXPECT_EQ(text_of(bob.decrypt(third)), "3");
  const Encrypted answer = bob.encrypt("answer");
  EXPECT_EQ(answer.type, MessageType::kSignal);
  EXPECT_EQ(text_of(alice.decrypt(answer)), "answer");
  EXPECT_EQ(alice.encrypt("4").type, MessageType::kSignal);
}

TEST(Encrypt, NamesTheLastCounterOfThePreviousChain) {
  Pair pair;
  const auto previous = [](const Encrypted& encrypted) {
    return decode_signal_message(encrypted.bytes, {}).value().previous_counter;
  };
  // Alice's first chain had one message, with counter 0.
  EXPECT_EQ(previous(pair.alice.encrypt("a")), 0U);
  pair.alice.encrypt("b");
  pair.alice.encrypt("c");
  const Encrypted last = pair.alice.encrypt("d");
  EXPECT_EQ(previous(last), 0U);
  EXPECT_EQ(decode_signal_message(last.bytes, {})->counter, 3U);
  EXPECT_EQ(text_of(pair.bob.decrypt(last)), "d");
  EXPECT_EQ(text_of(pair.alice.decrypt(pair.bob.encrypt("e"))), "e");
  EXPECT_EQ(previous(pair.alice.encrypt("f")), 3U);
}

TEST(Encrypt, IsLimitedInSize) {
  Pair pair;
  const Bytes before = pair.alice.record.serialize();
  EXPECT_FALSE(encrypt(pair.alice.record, Bytes(kMaxMessageSize + 1)));
  EXPECT_FALSE(encrypt(pair.alice.record, Bytes(kMaxMessageSize)));
  EXPECT_EQ(pair.alice.record.serialize(), before);
  // Key, counters, lengths and MAC take 57 bytes; ciphertexts are multiples of 16.
  const auto largest = encrypt(pair.alice.record, Bytes((kMaxMessageSize - 57) / 16 * 16 - 1));
  ASSERT_TRUE(largest);
  EXPECT_LE(largest->bytes.size(), kMaxMessageSize);
  EXPECT_GT(largest->bytes.size() + 16, kMaxMessageSize);
  EXPECT_TRUE(pair.bob.decrypt(*largest));
}

TEST(Encrypt, EndsWithTheChain) {
  Pair pair;
  pair.alice.record.current()->sending.next = kMaxCounter;
  EXPECT_TRUE(encrypt(pair.alice.record, as_bytes("last")));
  const Bytes before = pair.alice.record.serialize();
  EXPECT_FALSE(encrypt(pair.alice.record, as_bytes("too late")));
  EXPECT_EQ(pair.alice.record.serialize(), before);
}

TEST(Decrypt, TellsWhatAFirstMessageStarted) {
  Device alice(1);
  Device bob(2);
  ASSERT_TRUE(alice.initiate(bob.bundle()));
  const auto first =
      decrypt(bob.record, bob, MessageType::kPrekey, alice.encrypt("1").bytes, bob.context());
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, (Decrypted{.plaintext = to_bytes("1"),
                               .remote_identity = alice.local.identity_key.public_key,
                               .remote_registration_id = alice.local.registration_id,
                               .new_session = true,
                               .consumed_one_time_prekey = Device::kOneTimePrekeyId}));
  const auto second =
      decrypt(bob.record, bob, MessageType::kPrekey, alice.encrypt("2").bytes, bob.context());
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->new_session);
  EXPECT_FALSE(second->consumed_one_time_prekey);
}

TEST(Decrypt, WorksWithoutOneTimePrekey) {
  Device alice(1);
  Device bob(2);
  ASSERT_TRUE(alice.initiate(bob.bundle(false)));
  const Encrypted first = alice.encrypt("hello");
  EXPECT_FALSE(decode_prekey_signal_message(first.bytes, {})->one_time_prekey_id);
  EXPECT_EQ(text_of(bob.decrypt(first)), "hello");
  EXPECT_EQ(bob.one_time_prekeys.size(), 1U);
}

TEST(Decrypt, UsesAOneTimePrekeyOnce) {
  Device alice(1);
  Device eve(3);
  Device bob(2);
  const PrekeyBundle bundle = bob.bundle();
  ASSERT_TRUE(alice.initiate(bundle));
  ASSERT_TRUE(eve.initiate(bundle));
  EXPECT_EQ(text_of(bob.decrypt(alice.encrypt("first"))), "first");
  EXPECT_EQ(failure_of(bob.decrypt(eve.encrypt("second"))), DecryptFailure::kUnknownPrekey);
}

TEST(Decrypt, FindsTheSignedPrekeyByItsId) {
  Device alice(1);
  Device bob(2);
  ASSERT_TRUE(alice.initiate(bob.bundle()));
  const Encrypted first = alice.encrypt("to the old prekey");
  const SignedPrekey old = bob.signed_prekeys.at(Device::kSignedPrekeyId);
  bob.add(SignedPrekey::generate(8, bob.local.identity_key, *bob.random));
  bob.signed_prekeys.erase(Device::kSignedPrekeyId);
  EXPECT_EQ(failure_of(bob.decrypt(first)), DecryptFailure::kUnknownPrekey);
  bob.add(old);
  EXPECT_EQ(text_of(bob.decrypt(first)), "to the old prekey");
}

TEST(Decrypt, TakesMessagesInAnyOrderAcrossTurns) {
  Pair pair;
  const Encrypted a1 = pair.alice.encrypt("a1");
  const Encrypted a2 = pair.alice.encrypt("a2");
  EXPECT_EQ(text_of(pair.bob.decrypt(a2)), "a2");
  EXPECT_EQ(text_of(pair.alice.decrypt(pair.bob.encrypt("b"))), "b");
  const Encrypted a3 = pair.alice.encrypt("a3");
  const Encrypted a4 = pair.alice.encrypt("a4");
  EXPECT_EQ(text_of(pair.bob.decrypt(a4)), "a4");
  EXPECT_EQ(text_of(pair.bob.decrypt(a1)), "a1");
  EXPECT_EQ(text_of(pair.bob.decrypt(a3)), "a3");
  for (const Encrypted& again : {a1, a2, a3, a4}) {
    const std::string before = state_of(pair.bob);
    EXPECT_EQ(failure_of(pair.bob.decrypt(again)), DecryptFailure::kDuplicate);
    EXPECT_EQ(state_of(pair.bob), before);
  }
}

TEST(Decrypt, RepeatedFirstMessageIsADuplicate) {
  Device alice(1);
  Device bob(2);
  ASSERT_TRUE(alice.initiate(bob.bundle()));
  const Encrypted first = alice.encrypt("once");
  EXPECT_EQ(text_of(bob.decrypt(first)), "once");
  const std::string before = state_of(bob);
  EXPECT_EQ(failure_of(bob.decrypt(first)), DecryptFailure::kDuplicate);
  EXPECT_EQ(state_of(bob), before);
}

TEST(Decrypt, RefusesEveryBitFlipAndStaysAsItWas) {
  Pair pair;
  const Encrypted message = pair.alice.encrypt("precious");
  const std::string before = state_of(pair.bob);
  for (std::size_t bit = 0; bit < 8 * message.bytes.size(); ++bit) {
    EXPECT_TRUE(failure_of(pair.bob.decrypt(message.type, with_bit_flipped(message.bytes, bit))))
        << bit;
    ASSERT_EQ(state_of(pair.bob), before) << bit;
  }
  EXPECT_EQ(text_of(pair.bob.decrypt(message)), "precious");
}

TEST(Decrypt, RefusesEveryBitFlipOfAFirstMessageButInTheRegistrationId) {
  Device alice(1);
  Device bob(2);
  alice.local.registration_id = 0x1234;
  ASSERT_TRUE(alice.initiate(bob.bundle()));
  const Encrypted message = alice.encrypt("precious");
  const PrekeySignalMessage genuine = decode_prekey_signal_message(message.bytes, {}).value();
  const std::string before = state_of(bob);
  std::size_t unnoticed = 0;
  for (std::size_t bit = 0; bit < 8 * message.bytes.size(); ++bit) {
    const Bytes changed = with_bit_flipped(message.bytes, bit);
    SessionRecord record = bob.record;
    const auto decrypted = decrypt(record, bob, MessageType::kPrekey, changed, bob.context());
    if (!decrypted) {
      ASSERT_EQ(to_hex(record.serialize()), to_hex(bob.record.serialize())) << bit;
      continue;
    }
    // Nothing authenticates it. All else must be what was sent.
    ++unnoticed;
    PrekeySignalMessage read = decode_prekey_signal_message(changed, {}).value();
    EXPECT_NE(read.registration_id, genuine.registration_id) << bit;
    read.registration_id = genuine.registration_id;
    EXPECT_EQ(read, genuine) << bit;
    EXPECT_EQ(text_of(decrypted), "precious");
  }
  EXPECT_GT(unnoticed, 0U);
  EXPECT_LE(unnoticed, 8U * 3U);  // tag and value of the registration id
  EXPECT_EQ(state_of(bob), before);
  EXPECT_EQ(text_of(bob.decrypt(message)), "precious");
}

TEST(Decrypt, ForgedFirstMessageDoesNotHarmAWorkingSession) {
  Pair pair;
  Device forger(9);
  ASSERT_TRUE(forger.initiate(pair.bob.bundle()));
  PrekeySignalMessage forged = decode_prekey_signal_message(forger.encrypt("x").bytes, {}).value();
  forged.identity_key = pair.alice.local.identity_key.public_key;
  const std::string before = state_of(pair.bob);
  EXPECT_EQ(
      failure_of(pair.bob.decrypt(MessageType::kPrekey, encode_prekey_signal_message(forged))),
      DecryptFailure::kBadMac);
  EXPECT_EQ(state_of(pair.bob), before);
  EXPECT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("genuine"))), "genuine");
}

TEST(Decrypt, FailedTryDrawsNothing) {
  Pair pair;
  EXPECT_EQ(text_of(pair.alice.decrypt(pair.bob.encrypt("turn"))), "turn");
  const Encrypted message = pair.alice.encrypt("x");
  const auto plain_random = [&] { return dynamic_cast<SeededRandom&>(*pair.bob.random); };
  SeededRandom before = plain_random();
  EXPECT_TRUE(failure_of(pair.bob.decrypt(message.type, with_bit_flipped(message.bytes, 8 * 50))));
  SeededRandom after = plain_random();
  EXPECT_EQ(before.bytes(32), after.bytes(32));
}

TEST(Decrypt, WrongPaddingUnderARightMacKeepsTheCounterUsable) {
  Pair pair;
  const Session& sender = *pair.alice.record.current();
  const MessageKeys keys = derive_message_keys(message_seed(sender.sending.key));
  const Bytes forged = encode_signal_message(
      {.ratchet_key = sender.ratchet_key.public_key,
       .counter = sender.sending.next,
       .previous_counter = sender.previous_counter,
       .ciphertext = Bytes(15)},
      keys.mac_key, {.sender = sender.local_identity, .receiver = sender.remote_identity});
  const std::string before = state_of(pair.bob);
  EXPECT_EQ(failure_of(pair.bob.decrypt(MessageType::kSignal, forged)),
            DecryptFailure::kBadPadding);
  EXPECT_EQ(state_of(pair.bob), before);
  EXPECT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("genuine"))), "genuine");
}

TEST(Decrypt, RefusesARatchetKeyOfLowOrder) {
  Pair pair;
  const Bytes forged =
      encode_signal_message({.ratchet_key = {}, .ciphertext = Bytes(16)}, Bytes(32), {});
  EXPECT_EQ(failure_of(pair.bob.decrypt(MessageType::kSignal, forged)),
            DecryptFailure::kInvalidKey);
}

TEST(Decrypt, JumpsAsFarAsTheLimit) {
  Pair pair;
  for (std::uint32_t i = 0; i < kMaxForwardJump; ++i) pair.alice.record.current()->sending.take();
  Pair other = Pair();
  EXPECT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("at the limit"))), "at the limit");
  for (std::uint32_t i = 0; i < kMaxForwardJump + 1; ++i)
    other.alice.record.current()->sending.take();
  const std::string before = state_of(other.bob);
  EXPECT_EQ(failure_of(other.bob.decrypt(other.alice.encrypt("past it"))),
            DecryptFailure::kTooFarAhead);
  EXPECT_EQ(state_of(other.bob), before);
}

TEST(Decrypt, KeepsTheLastSkippedKeys) {
  Pair pair;
  const Encrypted oldest = pair.alice.encrypt("oldest");
  const Encrypted second = pair.alice.encrypt("second");
  SendingChain& sending = pair.alice.record.current()->sending;
  while (sending.next < kMaxSkippedKeys) sending.take();
  EXPECT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("now"))), "now");
  const SessionRecord full = pair.bob.record;
  EXPECT_EQ(text_of(pair.bob.decrypt(oldest)), "oldest");  // at the limit

  pair.bob.record = full;
  sending.take();
  EXPECT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("one skipped more"))), "one skipped more");
  EXPECT_EQ(pair.bob.record.current()->receiving.back().chain.skipped.size(), kMaxSkippedKeys);
  EXPECT_EQ(failure_of(pair.bob.decrypt(oldest)), DecryptFailure::kTooOld);
  EXPECT_EQ(text_of(pair.bob.decrypt(second)), "second");
}

TEST(Decrypt, KeepsTheLastReceivingChains) {
  Pair pair;
  std::vector<Encrypted> late;
  for (std::size_t turn = 0; turn < kMaxReceivingChains + 1; ++turn) {
    late.push_back(pair.alice.encrypt("late"));
    ASSERT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("now"))), "now");
    ASSERT_EQ(text_of(pair.alice.decrypt(pair.bob.encrypt("turn"))), "turn");
  }
  EXPECT_EQ(pair.bob.record.current()->receiving.size(), kMaxReceivingChains);
  EXPECT_EQ(failure_of(pair.bob.decrypt(late[0])), DecryptFailure::kBadMac);
  for (std::size_t turn = 1; turn < late.size(); ++turn) {
    EXPECT_EQ(text_of(pair.bob.decrypt(late[turn])), "late") << turn;
  }
}

TEST(Decrypt, KeepsArchivedSessions) {
  Device alice(1);
  Device bob(2);
  const PrekeyBundle bundle = bob.bundle(false);
  std::vector<Encrypted> late;
  for (std::size_t i = 0; i < kMaxSessions + 1; ++i) {
    ASSERT_TRUE(alice.initiate(bundle));
    late.push_back(alice.encrypt("first"));
    // The second message is what is read late: it cannot start the session again.
    late.back() = {
        .type = MessageType::kSignal,
        .bytes = decode_prekey_signal_message(alice.encrypt("second").bytes, {})->message};
    ASSERT_EQ(text_of(bob.decrypt(alice.encrypt("third"))), "third");
  }
  EXPECT_EQ(bob.record.sessions().size(), kMaxSessions);
  EXPECT_EQ(failure_of(bob.decrypt(late[0])), DecryptFailure::kBadMac);
  for (std::size_t i = 1; i < late.size(); ++i) {
    EXPECT_EQ(text_of(bob.decrypt(late[i])), "second") << i;
    EXPECT_EQ(bob.record.sessions().size(), kMaxSessions);
  }
}

TEST(Decrypt, SessionUsedLastIsTheOneToSendOn) {
  Device alice(1);
  Device bob(2);
  ASSERT_TRUE(alice.initiate(bob.bundle(false)));
  Device old_alice(1);
  old_alice.local = alice.local;
  old_alice.record = alice.record;
  ASSERT_TRUE(alice.initiate(bob.bundle(false)));
  EXPECT_EQ(text_of(bob.decrypt(old_alice.encrypt("old"))), "old");
  EXPECT_EQ(text_of(bob.decrypt(alice.encrypt("new"))), "new");
  EXPECT_EQ(text_of(alice.decrypt(bob.encrypt("on the new"))), "on the new");
  EXPECT_EQ(text_of(bob.decrypt(old_alice.encrypt("old again"))), "old again");
  EXPECT_EQ(text_of(old_alice.decrypt(bob.encrypt("on the old"))), "on the old");
  EXPECT_EQ(bob.record.sessions().size(), 2U);
}

TEST(Decrypt, ArchivedSessionCanBeReadAndBecomesCurrentAgain) {
  Pair pair;
  pair.bob.record.archive_current();
  EXPECT_EQ(pair.bob.record.current(), nullptr);
  EXPECT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("still"))), "still");
  EXPECT_NE(pair.bob.record.current(), nullptr);
}

TEST(Decrypt, ReportsTheFailureOfTheSessionThatItBelongsTo) {
  Device alice(1);
  Device bob(2);
  ASSERT_TRUE(alice.initiate(bob.bundle(false)));
  const Encrypted first = alice.encrypt("first");
  EXPECT_EQ(text_of(bob.decrypt(first)), "first");
  const Encrypted second = {.type = MessageType::kSignal,
                            .bytes = decode_prekey_signal_message(first.bytes, {})->message};
  ASSERT_TRUE(alice.initiate(bob.bundle(false)));
  EXPECT_EQ(text_of(bob.decrypt(alice.encrypt("newer session"))), "newer session");
  EXPECT_EQ(failure_of(bob.decrypt(second)), DecryptFailure::kDuplicate);
}

TEST(Decrypt, HasNoSessionToBeginWith) {
  Device alice(1);
  Pair pair;
  EXPECT_EQ(failure_of(alice.decrypt(pair.alice.encrypt("x"))), DecryptFailure::kNoSession);
  EXPECT_EQ(failure_of(alice.decrypt(MessageType::kSignal, {})), DecryptFailure::kMalformed);
  EXPECT_EQ(failure_of(alice.decrypt(MessageType::kPrekey, {})), DecryptFailure::kMalformed);
}

// Both start at the same time, and go on speaking at the same time.
TEST(Decrypt, SimultaneousInitiationLosesNothing) {
  Device alice(1);
  Device bob(2);
  const PrekeyBundle alice_bundle = alice.bundle();
  ASSERT_TRUE(alice.initiate(bob.bundle()));
  ASSERT_TRUE(bob.initiate(alice_bundle));
  for (int round = 0; round < 10; ++round) {
    const Encrypted from_alice = alice.encrypt("from alice");
    const Encrypted from_bob = bob.encrypt("from bob");
    EXPECT_EQ(text_of(bob.decrypt(from_alice)), "from alice") << round;
    EXPECT_EQ(text_of(alice.decrypt(from_bob)), "from bob") << round;
  }
  // Speaking in turns, both end up on one session.
  EXPECT_EQ(text_of(bob.decrypt(alice.encrypt("1"))), "1");
  EXPECT_EQ(text_of(alice.decrypt(bob.encrypt("2"))), "2");
  EXPECT_EQ(alice.record.current()->base_key, bob.record.current()->base_key);
}

TEST(Decrypt, MacCanBeOverruled) {
  Pair pair;
  Encrypted message = pair.alice.encrypt("x");
  message.bytes.back() ^= 1;
  Force any_mac(Rule::SESSION_08, true);
  pair.bob.guard = Guard(any_mac);
  EXPECT_EQ(text_of(pair.bob.decrypt(message)), "x");
}

// A scripted stand-in for chance: many short conversations over a network that delays, repeats and
// loses.
TEST(Decrypt, RulesAboutWhatIsKeptCanBeOverruled) {
  Force no_deletion(Rule::SESSION_24, false);
  Pair pair;
  pair.bob.guard = Guard(no_deletion);
  const Encrypted late = pair.alice.encrypt("late");
  EXPECT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("in time"))), "in time");
  EXPECT_EQ(text_of(pair.bob.decrypt(late)), "late");
  EXPECT_EQ(text_of(pair.bob.decrypt(late)), "late");

  Force no_promotion(Rule::SESSION_28, false);
  Pair other;
  other.bob.guard = Guard(no_promotion);
  const Encrypted on_the_first = other.alice.encrypt("on the first");
  ASSERT_TRUE(other.alice.initiate(other.bob.bundle(false)));
  EXPECT_EQ(text_of(other.bob.decrypt(other.alice.encrypt("on another"))), "on another");
  const PublicKey current = other.bob.record.current()->base_key;
  EXPECT_EQ(text_of(other.bob.decrypt(on_the_first)), "on the first");
  EXPECT_EQ(other.bob.record.current()->base_key, current);

  Force no_memory(Rule::SESSION_16, false);
  Device alice(10);
  Device bob(11);
  bob.guard = Guard(no_memory);
  ASSERT_TRUE(alice.initiate(bob.bundle()));
  EXPECT_EQ(text_of(bob.decrypt(alice.encrypt("first"))), "first");
  EXPECT_EQ(failure_of(bob.decrypt(alice.encrypt("second"))), DecryptFailure::kUnknownPrekey);
}

TEST(Decrypt, ChainsAreBoundedUnlessThatIsOverruled) {
  Force no_bound(Rule::SESSION_22, true);
  Pair pair;
  pair.bob.guard = Guard(no_bound);
  for (std::size_t turn = 0; turn < 2 * kMaxReceivingChains; ++turn) {
    EXPECT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("turn"))), "turn");
    EXPECT_EQ(text_of(pair.alice.decrypt(pair.bob.encrypt("turn"))), "turn");
  }
  EXPECT_GT(pair.bob.record.current()->receiving.size(), kMaxReceivingChains);
  EXPECT_EQ(pair.alice.record.current()->receiving.size(), kMaxReceivingChains);
}

TEST(Decrypt, LongConversationOverABadNetwork) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    Pair pair(seed + 100);
    SeededRandom network(seed);
    struct Sent {
      Device* receiver;
      Encrypted message;
      std::string text;
      bool read = false;
    };
    std::vector<Sent> sent;
    for (int step = 0; step < 60; ++step) {
      if (network.below(2) == 0) {
        const bool from_alice = network.below(2) == 0;
        const std::string text = "message " + std::to_string(step);
        Device& sender = from_alice ? pair.alice : pair.bob;
        sent.push_back({.receiver = from_alice ? &pair.bob : &pair.alice,
                        .message = sender.encrypt(text),
                        .text = text});
      } else if (!sent.empty()) {
        // One of the last few, so that its chain is still there.
        const std::size_t recent = std::min<std::size_t>(sent.size(), 5);
        Sent& one = sent[sent.size() - 1 - static_cast<std::size_t>(network.below(recent))];
        const auto decrypted = one.receiver->decrypt(one.message);
        if (one.read) {
          EXPECT_EQ(failure_of(decrypted), DecryptFailure::kDuplicate);
        } else {
          EXPECT_EQ(text_of(decrypted), one.text);
        }
        one.read = true;
      }
    }
  }
}

}  // namespace
}  // namespace doublecheck::signal
