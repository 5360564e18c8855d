#include "reference/server/pairing.h"

#include <algorithm>
#include <utility>

#include "reference/server/account_changes.h"
#include "reference/server/limits.h"
#include "reference/server/login.h"
#include "reference/server/seed_groups.h"
#include "reference/server/stanzas.h"
#include "spec/base/text_encoding.h"
#include "spec/pairing/code.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/qr.h"

namespace doublecheck::server {
namespace {

constexpr std::size_t kReferenceBytes = 24;  // random bytes of a pairing reference

std::unexpected<ScanError> scan_error(ScanFailure failure, std::string why) {
  return std::unexpected(ScanError{failure, std::move(why)});
}

std::uint16_t free_device_number(const State& state, const Account& account) {
  std::uint16_t number = state.config.first_device;
  while (account.devices.contains(number)) ++number;
  return number;
}

// The signed identity and its container with one deliberate fault in it.
struct SealedOffer {
  pairing::SignedDeviceIdentity identity;
  pairing::DeviceIdentityContainer container;
};

SealedOffer seal_offer(const Account& account, const pairing::DeviceIdentity& details,
                       const PublicKey& companion_identity, const pairing::AdvSecret& secret,
                       PairFault fault, Context& context) {
  const KeyPair signer = fault == PairFault::kOtherAccountKey ? KeyPair::generate(context.random)
                                                              : account.phone.identity_key();
  SealedOffer offer;
  offer.identity = pairing::sign_as_phone(details, signer, companion_identity, context.random);
  if (fault == PairFault::kOtherAccountKey) {
    offer.identity.account_signature_key = to_bytes(account.phone.identity_key().public_key);
  }
  if (fault == PairFault::kWrongSignature) offer.identity.account_signature->front() ^= 0x01;
  offer.container = pairing::seal_device_identity(offer.identity, details.account_type, secret);
  if (fault == PairFault::kWrongHmac) offer.container.hmac.front() ^= 0x01;
  return offer;
}

// The phone has accepted the companion: signs its identity under `secret` and has pair-success
// sent.
PairedDevice offer_pairing(Turn& turn, Session& session, Account& account,
                           const pairing::AdvSecret& secret, PairFault fault) {
  PairingPhase& phase = *session.in<PairingPhase>();
  const auto identity = to_public_key(*phase.registration.device_pairing_data->identity_key);
  const std::uint16_t number = free_device_number(turn.state, account);
  const std::uint32_t key_index = account.next_key_index++;
  const pairing::DeviceIdentity details{
      .raw_id = account.phone.raw_id(),
      .timestamp = static_cast<std::uint64_t>(turn.context.now.wall.seconds()),
      .key_index = key_index,
      .account_type = pairing::AccountType::kE2ee,
      .device_type = pairing::AccountType::kE2ee};
  const SealedOffer offer = seal_offer(account, details, *identity, secret, fault, turn.context);

  phase.offer =
      PairingOffer{.iq_id = turn.new_stanza_id(),
                   .phone_number = account.phone_number,
                   .device = number,
                   .key_index = key_index,
                   .signed_identity = pairing::encode_signed_device_identity(offer.identity)};
  std::vector<wire::Node> children{
      element("device-identity", {},
              wire::Blob(pairing::encode_device_identity_container(offer.container))),
      element("device", {{"jid", account.pn(number)}, {"lid", account.lid_jid(number)}}),
      element("platform", {{"name", "android"}})};
  if (fault == PairFault::kMissingDevice) children.erase(children.begin() + 1);
  turn.send(session.id, parent("iq", {parent("pair-success", std::move(children))},
                               {{"from", wire::Jid::of_server()},
                                {"type", "set"},
                                {"id", wire::Text(phase.offer->iq_id)},
                                {"xmlns", "md"},
                                {"t", wire::Text(turn.timestamp())}}));
  return {account.phone_number, account.lid, account.push_name, number};
}

// Which account a companion joins.
std::expected<Account*, ScanError> choose_account(Turn& turn, const PairingPhase& phase,
                                                  const std::optional<std::string>& wanted) {
  Account* account = nullptr;
  if (wanted) {
    account = turn.state.directory.find(*wanted);
    if (account == nullptr)
      return scan_error(ScanFailure::kRefused, "there is no account " + *wanted);
  } else {
    auto named = account_for_name(turn, phase.registration.push_name.value_or(""));
    if (!named) return scan_error(ScanFailure::kRefused, named.error().to_string());
    account = *named;
  }
  if (account->devices.size() >= kMaxDevicesPerAccount) {
    return scan_error(ScanFailure::kRefused, "the account has kMaxDevicesPerAccount devices");
  }
  return account;
}

// The companion's answer to pair-success: a device from now on, if everything is as it was signed.
void companion_signed(Turn& turn, Session& session, const wire::Node& iq) {
  PairingPhase& phase = *session.in<PairingPhase>();
  const PairingOffer offer = *phase.offer;
  const auto refuse = [&](const std::string& why) {
    turn.count("pairing.refused");
    turn.close(session, "pairing refused: " + why);
  };
  if (iq.text("type") == "error") return refuse("the companion answered with an error");

  const wire::Node* sign = iq.child("pair-device-sign");
  const wire::Node* content = sign == nullptr ? nullptr : sign->child("device-identity");
  const auto bytes = content == nullptr ? std::nullopt : content->bytes();
  if (!bytes) return refuse("the answer has no device-identity");
  if (content->number("key-index") != offer.key_index)
    return refuse("key-index is not the one that was signed");
  auto returned = pairing::decode_signed_device_identity(*bytes);
  if (!returned) return refuse(returned.error().to_string());
  const auto issued = pairing::decode_signed_device_identity(offer.signed_identity);
  const auto identity = to_public_key(*phase.registration.device_pairing_data->identity_key);
  const auto verified =
      pairing::verify_returned_identity(*returned, *issued, *identity, turn.context.guard);
  if (!verified) return refuse(verified.error().to_string());

  Account* account = turn.state.directory.by_phone_number(offer.phone_number);
  if (account == nullptr || account->devices.contains(offer.device))
    return refuse("the account has changed meanwhile");
  pairing::SignedDeviceIdentity complete = *issued;
  complete.device_signature = returned->device_signature;

  const auto registration = noise::validate_registration(phase.registration, {});
  Device device{.number = offer.device,
                .key_index = offer.key_index,
                .noise_key = phase.noise_key,
                .signed_identity = pairing::encode_signed_device_identity(complete),
                .keys = {},
                .queue = {},
                .connection = {},
                .ready = false,
                .greeted = false,
                .chat_states = {}};
  if (registration) {
    device.keys.registration_id = registration->registration_id;
    device.keys.identity = registration->identity_key;
    device.keys.signed_prekey = {registration->signed_prekey_id, registration->signed_prekey};
    device.keys.signature = registration->signed_prekey_signature;
  }
  account->devices.emplace(offer.device, std::move(device));
  tell_of_device(turn, *account, "add", offer.device, offer.key_index);
  turn.log(session.id, "paired " + account->pn(offer.device).to_string());
  // Without 515 some clients never come back (PAIR-16).
  turn.stream_error(session, "515", {}, "paired: the client has to connect again");
}

// companion_hello: keeps the wrapped key for the phone and answers with a reference.
void code_hello(Turn& turn, Session& session, const wire::Node& iq, const wire::Node& hello) {
  PairingPhase& phase = *session.in<PairingPhase>();
  const auto jid = lenient_jid(hello, "jid");
  const wire::Node* wrapped = hello.child("link_code_pairing_wrapped_companion_ephemeral_pub");
  const wire::Node* key = hello.child("companion_server_auth_key_pub");
  const auto wrapped_bytes = wrapped == nullptr ? std::nullopt : wrapped->bytes();
  const auto key_bytes = key == nullptr ? std::nullopt : key->bytes();
  const bool good = jid && !jid->user.empty() && wrapped_bytes &&
                    wrapped_bytes->size() == pairing::kWrappedKeySize && key_bytes &&
                    turn.context.guard.holds(Rule::CODE_03, equal(*key_bytes, phase.noise_key));
  wire::Node answer = element("iq", {{"from", wire::Jid::of_server()}});
  if (const wire::Value* id = iq.attribute("id")) answer.set("id", *id);
  if (!good) {
    answer.set("type", "error");
    answer.content =
        std::vector<wire::Node>{element("error", {{"code", "400"}, {"text", "bad-request"}})};
    turn.send(session.id, std::move(answer));
    return;
  }
  phase.code = CodePairing{.reference = to_base64(turn.context.random.bytes(kReferenceBytes)),
                           .phone_number = std::string(jid->user.view()),
                           .wrapped_companion_key = to_bytes(*wrapped_bytes),
                           .phone_ephemeral = {},
                           .companion_ephemeral = {}};
  answer.set("type", "result");
  answer.content = std::vector<wire::Node>{
      parent("link_code_companion_reg",
             {element("link_code_pairing_ref", {}, text_content(phase.code->reference))},
             {{"stage", "companion_hello"}})};
  turn.send(session.id, std::move(answer));
}

// companion_finish: the phone opens the key bundle and, if the code was right, signs the
// companion's identity.
void code_finish(Turn& turn, Session& session, const wire::Node& iq, const wire::Node& finish) {
  PairingPhase& phase = *session.in<PairingPhase>();
  const auto answer = [&](bool worked) {
    wire::Node node =
        element("iq", {{"from", wire::Jid::of_server()}, {"type", worked ? "result" : "error"}});
    if (const wire::Value* id = iq.attribute("id")) node.set("id", *id);
    if (!worked)
      node.content =
          std::vector<wire::Node>{element("error", {{"code", "400"}, {"text", "bad-request"}})};
    turn.send(session.id, std::move(node));
  };
  const wire::Node* bundle = finish.child("link_code_pairing_wrapped_key_bundle");
  const wire::Node* identity = finish.child("companion_identity_public");
  const wire::Node* reference = finish.child("link_code_pairing_ref");
  const auto bundle_bytes = bundle == nullptr ? std::nullopt : bundle->bytes();
  const auto identity_key =
      identity == nullptr ? std::nullopt : to_public_key(identity->bytes().value_or(ByteView{}));
  const auto reference_bytes = reference == nullptr ? std::nullopt : reference->bytes();
  Account* account =
      phase.code ? turn.state.directory.by_phone_number(phase.code->phone_number) : nullptr;
  if (account == nullptr || !phase.code->phone_ephemeral || !bundle_bytes || !identity_key ||
      !reference_bytes || as_text(*reference_bytes) != phase.code->reference || phase.offer) {
    return answer(false);
  }
  const auto secret = pairing::finish_as_phone(
      *phase.code->phone_ephemeral, account->phone.identity_key(), phase.code->companion_ephemeral,
      *identity_key, *bundle_bytes, turn.context.guard);
  if (!secret) {
    turn.log(session.id, "code pairing failed: " + secret.error().to_string());
    return answer(false);
  }
  answer(true);
  offer_pairing(turn, session, *account, *secret, PairFault::kNone);
}

}  // namespace

void begin_pairing(Turn& turn, Session& session, const noise::ClientPayload& payload,
                   const PublicKey& client_static) {
  const auto registration = noise::validate_registration(payload, turn.context.guard);
  if (!registration) {
    turn.count("registration.refused");
    turn.login_failure(session, "400", "registration refused: " + registration.error().to_string());
    return;
  }
  PairingPhase phase{.noise_key = client_static,
                     .registration = payload,
                     .pair_device_iq = turn.new_stanza_id(),
                     .references = {},
                     .offer = {},
                     .code = {}};
  const Config& config = turn.state.config;
  std::vector<wire::Node> references;
  Instant from = turn.context.now.steady;
  for (std::size_t i = 0; i < kPairingReferences; ++i) {
    const Instant until = from + (i == 0 ? config.first_reference_ttl : config.next_reference_ttl);
    phase.references.push_back(
        {.text = "2@" + to_base64(turn.context.random.bytes(kReferenceBytes)),
         .shown_from = from,
         .valid_until = until,
         .used = false});
    references.push_back(element("ref", {}, text_content(phase.references.back().text)));
    from = until;
  }
  session.deadline = from;
  turn.send(session.id, parent("iq", {parent("pair-device", std::move(references))},
                               {{"from", wire::Jid::of_server()},
                                {"type", "set"},
                                {"id", wire::Text(phase.pair_device_iq)},
                                {"xmlns", "md"}}));
  session.phase = std::move(phase);
}

void pairing_stanza(Turn& turn, Session& session, const wire::Node& stanza) {
  PairingPhase& phase = *session.in<PairingPhase>();
  if (stanza.tag != "iq") return;
  const auto type = stanza.text("type");
  if (type == "result" || type == "error") {
    if (phase.offer && stanza.text("id") == phase.offer->iq_id)
      companion_signed(turn, session, stanza);
    return;
  }
  const wire::Node* code = stanza.child("link_code_companion_reg");
  const auto stage = code == nullptr ? std::nullopt : code->text("stage");
  if (stage == "companion_hello") return code_hello(turn, session, stanza, *code);
  if (stage == "companion_finish") return code_finish(turn, session, stanza, *code);

  // Keepalive works from the handshake on (KEEP-06); nothing else is for a client without an
  // account.
  const bool ping = stanza.text("xmlns") == "w:p" && type == "get";
  wire::Node answer =
      element("iq", {{"from", wire::Jid::of_server()}, {"type", ping ? "result" : "error"}});
  if (const wire::Value* id = stanza.attribute("id")) answer.set("id", *id);
  if (!ping) {
    answer.content =
        std::vector<wire::Node>{element("error", {{"code", "401"}, {"text", "not-authorized"}})};
  }
  turn.send(session.id, std::move(answer));
}

void pairing_deadline(Turn& turn, Session& session) {
  turn.close(session, "no reference was scanned while it was valid");
}

std::expected<PairedDevice, ScanError> scan(Turn& turn, std::string_view qr_text,
                                            const std::optional<std::string>& account,
                                            PairFault fault) {
  const auto qr = pairing::parse_qr(qr_text);
  if (!qr) return scan_error(ScanFailure::kMalformed, qr.error().to_string());
  for (auto& [id, session] : turn.state.sessions) {
    PairingPhase* phase = session.in<PairingPhase>();
    if (phase == nullptr) continue;
    const auto reference = std::ranges::find_if(
        phase->references, [&](const PairingReference& r) { return r.text == qr->ref; });
    if (reference == phase->references.end()) continue;

    if (!turn.context.guard.holds(Rule::PAIR_23, !reference->used && !phase->offer))
      return scan_error(ScanFailure::kUnknownReference, "the reference was used already");
    if (turn.context.now.steady > reference->valid_until) {
      return scan_error(ScanFailure::kExpired, "the reference has expired");
    }
    const bool same_keys =
        qr->noise_key == phase->noise_key &&
        equal(qr->identity_key, *phase->registration.device_pairing_data->identity_key);
    if (!turn.context.guard.holds(Rule::PAIR_04, same_keys)) {
      return scan_error(ScanFailure::kMalformed,
                        "the QR code shows other keys than the connection has");
    }
    const auto chosen = choose_account(turn, *phase, account);
    if (!chosen) return std::unexpected(chosen.error());
    reference->used = true;
    return offer_pairing(turn, session, **chosen, qr->adv_secret, fault);
  }
  return scan_error(ScanFailure::kUnknownReference, "no waiting companion has this reference");
}

std::expected<PairedDevice, ScanError> enter_code(Turn& turn, std::string_view phone_number,
                                                  std::string_view code) {
  const auto parsed = pairing::parse_code(code);
  if (!parsed) return scan_error(ScanFailure::kMalformed, parsed.error().to_string());
  for (auto& [id, session] : turn.state.sessions) {
    PairingPhase* phase = session.in<PairingPhase>();
    if (phase == nullptr || !phase->code || phase->code->phone_number != phone_number) continue;
    Account* account = turn.state.directory.by_phone_number(phone_number);
    if (account == nullptr) {
      auto created =
          make_account(turn, {.name = std::string(phase->registration.push_name.value_or("")),
                              .phone_number = std::string(phone_number),
                              .lid = {}});
      if (!created) return scan_error(ScanFailure::kRefused, created.error().to_string());
      account = *created;
    }
    if (account->devices.size() >= kMaxDevicesPerAccount) {
      return scan_error(ScanFailure::kRefused, "the account has kMaxDevicesPerAccount devices");
    }
    auto companion_key = pairing::unwrap_ephemeral_key(*parsed, phase->code->wrapped_companion_key);
    if (!companion_key)
      return scan_error(ScanFailure::kMalformed, companion_key.error().to_string());
    phase->code->companion_ephemeral = *companion_key;
    phase->code->phone_ephemeral = KeyPair::generate(turn.context.random);
    const Bytes wrapped = pairing::wrap_ephemeral_key(
        *parsed, phase->code->phone_ephemeral->public_key, turn.context.random);
    turn.send(
        session.id,
        parent("notification",
               {parent("link_code_companion_reg",
                       {element("link_code_pairing_wrapped_primary_ephemeral_pub", {},
                                wire::Blob(ByteView(wrapped))),
                        element("primary_identity_pub", {},
                                wire::Blob(ByteView(account->phone.identity_key().public_key))),
                        element("link_code_pairing_ref", {}, text_content(phase->code->reference))},
                       {{"stage", "primary_hello"}})},
               {{"from", wire::Jid::of_server()},
                {"type", "link_code_companion_reg"},
                {"id", wire::Text(turn.new_stanza_id())},
                {"t", wire::Text(turn.timestamp())}}));
    return PairedDevice{account->phone_number, account->lid, account->push_name,
                        free_device_number(turn.state, *account)};
  }
  return scan_error(ScanFailure::kUnknownReference,
                    "no companion waits for a code under this phone number");
}

}  // namespace doublecheck::server
