#include "conformance/detection/explanations.h"

#include <algorithm>
#include <utility>

#include "harness/suite/filter.h"

namespace doublecheck::deviations {

std::string to_string(Survival survival) {
  switch (survival) {
    case Survival::kNoViolation:
      return "no violation";
    case Survival::kUnseen:
      return "unseen";
    case Survival::kSameAnyway:
      return "same anyway";
    case Survival::kHole:
      return "hole";
  }
  std::unreachable();
}

const std::vector<Explanation>& explanations() {
  using enum Survival;
  static const std::vector<Explanation> all{
      // ---- Guards
      {"client/guard/CONTROL-01/forced-open:client/guard/CONTROL-02/forced-shut:"
       "client/guard/CONTROL-03/forced-shut:client/guard/LOGIN-08/forced-shut:"
       "client/guard/LOGIN-09/forced-shut:client/guard/LOGIN-10/forced-open:"
       "client/guard/KEEP-03/forced-shut:client/guard/MESSAGE-05/forced-open:"
       "client/guard/STANZA-45/forced-open:client/guard/RETRY-15/forced-open:"
       "client/guard/RETRY-16/forced-open:client/guard/SESSION-15/forced-open:"
       "*/guard/SESSION-16/forced-open:*/guard/SESSION-24/forced-open:"
       "*/guard/SESSION-28/forced-open:*/guard/NOISE-07/forced-open:"
       "*/guard/NOISE-18/forced-open:*/guard/NOISE-21/forced-open:"
       "server/guard/PAIR-15/forced-open:server/guard/PAYLOAD-11/forced-open:"
       "server/guard/STANZA-14/forced-shut",
       kSameAnyway, "what the requirement demands is done without condition"},
      {"*/guard/NOISE-07/forced-shut", kNoViolation,
       "a connection may be closed upon a frame that is not authentic, and then it does not matter "
       "what its counter would have been (NOISE-14)"},
      {"client/guard/NOISE-17/forced-shut", kSameAnyway,
       "the guard is asked only when the time for the handshake is over"},
      {"client/guard/NOISE-19/forced-shut:client/guard/NOISE-22/forced-shut", kNoViolation,
       "no client has to resume"},
      {"codec/guard/NOISE-19/forced-open:codec/guard/NOISE-22/forced-open", kNoViolation,
       "when to resume is decided by a client with connections, and judged there"},
      {"codec/guard/NOISE-23/forced-open", kHole,
       "no codec is shown a resumption with a bad chain; clients are"},
      {"client/guard/CODE-07/forced-open:client/guard/CODE-08/forced-open", kUnseen,
       "what is let through is refused a step later"},
      {"*/guard/NOISE-16/*", kUnseen,
       "a key is used up after 2^32 frames, and nobody sends so many in a case; a test of the "
       "cipher starts just below"},
      {"*/guard/NOISE-10/forced-open:*/guard/NOISE-11/forced-open:*/guard/NOISE-13/forced-open",
       kUnseen,
       "what is missing or damaged is replaced by zeros, and the next field does not authenticate"},
      {"*/guard/CERT-03/forced-open:*/guard/CERT-07/forced-open", kUnseen,
       "a signature that is missing or cut is a wrong one, too (CERT-01)"},
      {"*/guard/CERT-08/forced-open", kNoViolation, "binds servers, and is judged there"},
      {"client/guard/KEY-03/forced-open:client/guard/KEY-04/forced-open:"
       "client/guard/KEY-06/forced-open:*/guard/KEY-11/forced-open:"
       "client/guard/MESSAGE-01/forced-open:client/guard/MESSAGE-03/forced-open:"
       "client/guard/SENDERKEY-03/forced-open:client/guard/SENDERKEY-06/forced-open:"
       "client/guard/SESSION-07/forced-open:client/guard/SESSION-10/forced-open",
       kNoViolation,
       "of bytes alone, and judged in the role of a codec; of a client it shows only that it "
       "refuses"},
      {"codec/guard/MESSAGE-01/forced-open", kNoViolation,
       "binds who writes a padding; who reads it may take a longer one"},
      {"codec/guard/SESSION-10/forced-open", kNoViolation,
       "binds who writes a message; who reads it may take an absent counter for 0"},
      {"*/guard/SESSION-22/forced-open", kUnseen,
       "keys beyond the limit are memory and no bytes; a test of the chain counts them"},
      {"*/guard/SESSION-28/forced-shut", kNoViolation,
       "in a conversation of one session there is only that to send on; where there are two, "
       "clients are judged"},
      {"client/guard/MESSAGE-06/forced-shut", kUnseen,
       "a copy of an own message that is dropped is confirmed all the same"},
      {"client/guard/RETRY-17/forced-shut", kNoViolation,
       "a session may be started anew more often than it has to"},
      {"server/guard/KEY-06/*:server/guard/SESSION-04/*", kUnseen,
       "of the phone that a server under test brings, which keeps its sessions to itself"},
      {"server/guard/PAYLOAD-01/forced-open:server/guard/PAYLOAD-03/forced-open:"
       "server/guard/PAYLOAD-06/forced-open:server/guard/PAYLOAD-07/forced-open",
       kNoViolation, "binds clients; no requirement says how a server treats one that violates it"},

      // ---- Stanzas
      {"*/stanza/*/reordered", kNoViolation,
       "what is sent at one moment and belongs to different things may come in any order"},
      {"client/stanza/ib unified_session/*:client/stanza/iq get digest/*:"
       "client/stanza/iq get privacy/*",
       kNoViolation, "no client has to send it, or within any time"},
      {"client/stanza/presence available/*", kNoViolation,
       "whether and when a client is available is its own affair"},
      {"server/stanza/stream?error code=401 conflict/doubled", kUnseen,
       "the first one ends the connection, and nobody reads the second"},
      {"client/stanza/ack class=message/*", kNoViolation,
       "the retry receipt before it has settled the message (STANZA-69)"},
      {"client/stanza/receipt sender/dropped:client/stanza/receipt sender/delayed", kNoViolation,
       "an ack settles the copy of an own message, too (STANZA-69)"},
      {"client/stanza/ack link_code_companion_reg class=notification/delayed:"
       "client/stanza/ack encrypt class=notification/*:client/stanza/iq set active/delayed:"
       "client/stanza/receipt hist_sync/delayed:client/stanza/receipt peer_msg/delayed:"
       "server/stanza/notification encrypt count/delayed",
       kNoViolation, "it comes with what is sent next, and nothing demands that it come sooner"},

      // ---- Closes
      {"client/close/the peer closed the connection/left-open", kSameAnyway,
       "the connection is closed"},
      {"client/close/nothing has arrived for kPingTimeout after a ping/left-open:"
       "client/close/the server ended the stream/left-open",
       kSameAnyway, "the reference's host closes a connection when the next one is opened"},
      {"client/close/transport cipher/left-open:client/close/stream/left-open", kNoViolation,
       "after a frame that is not authentic or not well-formed a connection may be kept"},
      {"client/close/disconnected/left-open", kNoViolation,
       "whether a client does what its application asks for is no matter of the protocol; without "
       "it a case is inconclusive"},
      {"client/close/failure*/left-open", kNoViolation,
       "the server closes after a failure (STANZA-119), and clients may wait for that"},
  };
  return all;
}

const Explanation* explanation_of(std::string_view mutant) {
  const auto found = std::ranges::find_if(explanations(), [&](const Explanation& one) {
    return harness::matches_filter(mutant, one.mutants);
  });
  return found == explanations().end() ? nullptr : &*found;
}

}  // namespace doublecheck::deviations
