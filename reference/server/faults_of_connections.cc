#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "reference/server/fault_kind.h"
#include "reference/server/node_edit.h"
#include "reference/server/stanzas.h"

// Faults below stanzas, and of what comes before a client is logged in.
namespace doublecheck::server {
namespace {

constexpr std::uint64_t kDaySeconds = 24 * 60 * 60;
constexpr std::uint64_t kYearSeconds = 365 * kDaySeconds;

// A chain as the server issues it, with parts changed before they are signed and after.
struct ChainChanges {
  void (*leaf)(noise::CertificateDetails&) = [](noise::CertificateDetails&) {};
  void (*chain)(noise::CertificateChain&) = [](noise::CertificateChain&) {};
  bool foreign_root = false;
};

Bytes make_chain(const HandshakeRun& run, const ChainChanges& changes) {
  const auto now = static_cast<std::uint64_t>(run.context.now.wall.seconds());
  const noise::Validity validity{.not_before = now - kDaySeconds, .not_after = now + kYearSeconds};
  noise::CertificateDetails leaf = run.authority.leaf_details(run.static_key, validity);
  changes.leaf(leaf);
  const KeyPair foreign = KeyPair::generate(run.context.random);
  const PrivateKey& root =
      changes.foreign_root ? foreign.private_key : run.authority.root.private_key;
  noise::CertificateChain chain;
  chain.intermediate = noise::sign_certificate(run.authority.intermediate_details(validity), root,
                                               run.context.random);
  chain.leaf =
      noise::sign_certificate(leaf, run.authority.intermediate.private_key, run.context.random);
  changes.chain(chain);
  return noise::encode_certificate_chain(chain);
}

// A client that resumes is shown no chain: so nobody may resume.
void show_chain(HandshakeChoices& choices, Bytes chain) {
  choices.certificate_chain = std::move(chain);
  choices.refuse_resumption = true;
}

void change_leaf(const HandshakeRun& run, HandshakeChoices& choices,
                 void (*change)(noise::CertificateDetails&)) {
  show_chain(choices, make_chain(run, {.leaf = change}));
}

void change_chain(const HandshakeRun& run, HandshakeChoices& choices,
                  void (*change)(noise::CertificateChain&)) {
  show_chain(choices, make_chain(run, {.chain = change}));
}

constexpr std::string_view kRefusesChain = "closes before it sends its ClientFinish";
constexpr std::string_view kFallsBack = "falls back to XX, and checks the new chain";
constexpr std::string_view kClosesOnFrame = "closes the connection";
constexpr std::string_view kRefusesPairing = "answers with an error and signs nothing";

std::optional<Replacement> fail_login(const wire::Node& stanza, std::string_view reason) {
  if (stanza.tag != "success") return std::nullopt;
  return Replacement{.now = {element("failure", {{"reason", wire::Text(reason)}})},
                     .later = {},
                     .delay = {},
                     .close = true};
}

bool is_marker(const wire::Node& stanza) {
  return stanza.tag == "ib" && stanza.child("offline") != nullptr;
}

constexpr auto kConnectionFaults = std::to_array<FaultKind>({
    {"noise.cert", "leaf-signature", "one bit of the leaf's signature is wrong", kRefusesChain,
     [](const HandshakeRun& run, HandshakeChoices& choices) {
       change_chain(run, choices,
                    [](noise::CertificateChain& chain) { chain.leaf->signature->back() ^= 0x01; });
     }},
    {"noise.cert", "intermediate-signature", "one bit of the intermediate's signature is wrong",
     kRefusesChain,
     [](const HandshakeRun& run, HandshakeChoices& choices) {
       change_chain(run, choices, [](noise::CertificateChain& chain) {
         chain.intermediate->signature->front() ^= 0x01;
       });
     }},
    {"noise.cert", "zero-signature", "the leaf's signature is all zeros", kRefusesChain,
     [](const HandshakeRun& run, HandshakeChoices& choices) {
       change_chain(run, choices,
                    [](noise::CertificateChain& chain) { chain.leaf->signature = Bytes(64, 0); });
     }},
    {"noise.cert", "foreign-root", "another root has signed the intermediate", kRefusesChain,
     [](const HandshakeRun& run, HandshakeChoices& choices) {
       show_chain(choices, make_chain(run, {.foreign_root = true}));
     }},
    {"noise.cert", "leaf-key", "the leaf is for another key than the server's", kRefusesChain,
     [](const HandshakeRun& run, HandshakeChoices& choices) {
       change_leaf(run, choices,
                   [](noise::CertificateDetails& leaf) { leaf.key->front() ^= 0x01; });
     }},
    {"noise.cert", "issuer-serial", "the leaf names another issuer", kRefusesChain,
     [](const HandshakeRun& run, HandshakeChoices& choices) {
       change_leaf(run, choices,
                   [](noise::CertificateDetails& leaf) { leaf.issuer_serial = 4711; });
     }},
    {"noise.cert", "expired", "the leaf's time is over", kRefusesChain,
     [](const HandshakeRun& run, HandshakeChoices& choices) {
       change_leaf(run, choices, [](noise::CertificateDetails& leaf) {
         leaf.not_after = *leaf.not_before + kDaySeconds / 2;
       });
     }},
    {"noise.cert", "not-yet-valid", "the leaf's time has not come", kRefusesChain,
     [](const HandshakeRun& run, HandshakeChoices& choices) {
       change_leaf(run, choices, [](noise::CertificateDetails& leaf) {
         leaf.not_before = *leaf.not_before + kYearSeconds / 2;
       });
     }},
    {"noise.cert", "no-chain", "ServerHello has an empty payload", kRefusesChain,
     [](const HandshakeRun&, HandshakeChoices& choices) { show_chain(choices, Bytes()); }},

    {"noise.ik", "refused", "a resumption is answered by XXfallback", kFallsBack,
     [](const HandshakeRun&, HandshakeChoices& choices) { choices.refuse_resumption = true; }},
    {"noise.ik", "other-chain", "the chain is of another root, also that of a resumption",
     "closes, or goes on with the key that it knows",
     [](const HandshakeRun& run, HandshakeChoices& choices) {
       choices.certificate_chain = make_chain(run, {.foreign_root = true});
     }},
    {"noise.ik", "rotated-key", "the server has another static key from now on", kFallsBack,
     [](const HandshakeRun&, HandshakeChoices& choices) { choices.rotate_static_key = true; }},

    {"noise.frame", "flipped-byte", "one bit of a frame is wrong", kClosesOnFrame,
     [](std::vector<Bytes>& frames) {
       frames.front().back() ^= 0x01;
       return true;
     }},
    {"noise.frame", "replayed", "a frame comes twice", kClosesOnFrame,
     [](std::vector<Bytes>& frames) {
       frames.insert(frames.begin(), frames.front());
       return true;
     }},
    {"noise.frame", "dropped", "a frame is left out", kClosesOnFrame,
     [](std::vector<Bytes>& frames) {
       frames.erase(frames.begin());
       return true;
     }},

    {"load", "slow-reads", "what the client sends is not looked at for a while",
     "waits, and loses nothing", ReadingFault{}, "delay_ms", 5'000, 600'000},
    {"load", "fragments", "a step's frames come in messages of one byte", "works",
     [](std::vector<Bytes>& frames) {
       std::vector<Bytes> pieces;
       for (const Bytes& frame : frames) {
         for (const std::uint8_t byte : frame) pieces.push_back({byte});
       }
       frames = std::move(pieces);
       return true;
     }},
    {"load", "packed", "all frames of a step come in one message", "works",
     [](std::vector<Bytes>& frames) {
       if (frames.size() < 2) return false;
       Bytes all;
       for (const Bytes& frame : frames) append(all, frame);
       frames = {std::move(all)};
       return true;
     }},

    {"pair", "wrong-hmac", "one bit of the HMAC of pair-success is wrong", kRefusesPairing,
     PairFault::kWrongHmac},
    {"pair", "wrong-signature", "one bit of the account signature is wrong", kRefusesPairing,
     PairFault::kWrongSignature},
    {"pair", "other-account-key", "the details are signed by another key than the one named",
     kRefusesPairing, PairFault::kOtherAccountKey},
    {"pair", "wrong-key-index", "the key index is another than the one that the server expects",
     "signs what it has got, and is not paired", PairFault::kWrongKeyIndex},
    {"pair", "missing-device", "pair-success has no device", kRefusesPairing,
     PairFault::kMissingDevice},

    {"login", "failure-401", "the login fails: logged out",
     "forgets its session, and does not come back",
     [](FaultRun&, const wire::Node& stanza) { return fail_login(stanza, "401"); }},
    {"login", "failure-403", "the login fails: the account is locked",
     "does not come back by itself",
     [](FaultRun&, const wire::Node& stanza) { return fail_login(stanza, "403"); }},
    {"login", "failure-503", "the login fails: not now", "comes back, later and later",
     [](FaultRun&, const wire::Node& stanza) { return fail_login(stanza, "503"); }},
    {"login", "restart", "the stream ends with 515 in the place of success",
     "connects again, not in a tight loop",
     [](FaultRun&, const wire::Node& stanza) -> std::optional<Replacement> {
       if (stanza.tag != "success") return std::nullopt;
       Replacement end = instead(element("stream:error", {{"code", "515"}}));
       end.close = true;
       return end;
     }},
    {"login", "replaced", "the stream ends after success: another connection has replaced it",
     "does not come back by itself",
     [](FaultRun&, const wire::Node& stanza) -> std::optional<Replacement> {
       if (stanza.tag != "success") return std::nullopt;
       return Replacement{
           .now = {stanza, parent("stream:error", {element("conflict", {{"type", "replaced"}})})},
           .later = {},
           .delay = {},
           .close = true};
     }},
    {"login", "no-lid", "success does not say which LID the account has", "works",
     [](FaultRun&, const wire::Node& stanza) -> std::optional<Replacement> {
       if (stanza.tag != "success") return std::nullopt;
       wire::Node changed = stanza;
       changed.remove("lid");
       return instead(std::move(changed));
     }},
    {"login", "late-marker", "the end of the offline phase is told late",
     "waits, or goes on by itself",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_marker(stanza)) return std::nullopt;
       return Replacement{.now = {},
                          .later = {stanza},
                          .delay = std::chrono::milliseconds(run.parameter()),
                          .close = false};
     },
     "delay_ms", 10'000, 600'000},
    {"login", "no-marker", "the end of the offline phase is never told", "goes on by itself",
     [](FaultRun&, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_marker(stanza)) return std::nullopt;
       return Replacement{};
     }},
});

}  // namespace

std::span<const FaultKind> faults_of_connections() { return kConnectionFaults; }

}  // namespace doublecheck::server
