#include <algorithm>
#include <utility>

#include "reference/client/introduction.h"
#include "reference/client/pairing.h"
#include "reference/client/stanzas.h"
#include "spec/pairing/code.h"

namespace doublecheck::client {
namespace {

bool is_phone_number(std::string_view phone) {
  return phone.size() >= kMinPhoneDigits && phone.size() <= kMaxPhoneDigits &&
         phone.front() != '0' &&
         std::ranges::all_of(phone, [](char c) { return c >= '0' && c <= '9'; });
}

wire::Node stage(const CodePairing& pairing, std::string_view name,
                 std::vector<wire::Node> children) {
  wire::Node registration =
      parent("link_code_companion_reg", std::move(children),
             {{"jid", wire::Jid::of_user(pairing.phone)}, {"stage", wire::Text(name)}});
  if (name == "companion_hello") registration.set("should_show_push_notification", "true");
  return query_node("md", "set", {std::move(registration)});
}

std::optional<ByteView> child_bytes(const wire::Node& node, std::string_view tag) {
  const wire::Node* child = node.child(tag);
  return child == nullptr ? std::nullopt : child->bytes();
}

// The server has answered companion_hello: now the code is good for something.
void show_code(Turn& turn, CommandId command, const IqAnswer& answer) {
  PairingPhase* phase = turn.state.connection ? turn.connection().in<PairingPhase>() : nullptr;
  const wire::Node* registration = answer ? (*answer)->child("link_code_companion_reg") : nullptr;
  const auto reference =
      registration == nullptr ? std::nullopt : child_bytes(*registration, "link_code_pairing_ref");
  const bool granted = phase != nullptr && phase->code && reference && !reference->empty();
  if (!turn.guard().holds(Rule::CODE_05, granted)) {
    if (phase != nullptr) phase->code.reset();
    return turn.fail_command(
        command, answer ? "the server gave no reference for the code" : answer.error().to_string());
  }
  if (phase == nullptr || !phase->code) return turn.fail_command(command, "no code is being made");
  phase->code->reference = to_bytes(reference.value_or(ByteView{}));
  turn.notify(PairingCodeShown{phase->code->code});
  turn.done(command);
}

}  // namespace

void request_code(Turn& turn, CommandId command, const PairCode& wanted) {
  PairingPhase* phase = turn.state.connection ? turn.connection().in<PairingPhase>() : nullptr;
  if (phase == nullptr || phase->paired || !phase->next_code_at) {
    return turn.fail_command(command, "a code can be had while QR codes are shown");
  }
  if (!is_phone_number(wanted.phone))
    return turn.fail_command(command, "not a phone number in digits");
  if (phase->code && !phase->code->reference)
    return turn.fail_command(command, "a code is being made");

  RandomSource& random = turn.context.random;
  std::string code = pairing::generate_code(random);
  phase->code = CodePairing{.phone = wanted.phone,
                            .code = std::move(code),
                            .ephemeral = KeyPair::generate(random),
                            .reference = {}};
  const Bytes wrapped =
      pairing::wrap_ephemeral_key(phase->code->code, phase->code->ephemeral.public_key, random);
  turn.query(stage(*phase->code, "companion_hello",
                   {bytes_element("link_code_pairing_wrapped_companion_ephemeral_pub", wrapped),
                    bytes_element("companion_server_auth_key_pub",
                                  turn.state.credentials.noise_key.public_key),
                    bytes_element("companion_platform_id", as_bytes(kPlatformId)),
                    bytes_element("companion_platform_display", as_bytes(kPlatformDisplay)),
                    bytes_element("link_code_pairing_nonce", as_bytes("0"))}),
             kIqTimeout,
             [command](Turn& later, const IqAnswer& answer) { show_code(later, command, answer); });
}

void receive_primary_hello(Turn& turn, const wire::Node& notification) {
  PairingPhase* phase = turn.connection().in<PairingPhase>();
  const bool pending = phase != nullptr && !phase->paired && phase->code && phase->code->reference;
  // Without a code there are no keys to go on with, whatever a guard says.
  if (!turn.guard().holds(Rule::CODE_07, pending) || !pending) {
    return turn.remark("ignored a primary hello: no code is pending");
  }
  const wire::Node* registration = notification.child("link_code_companion_reg");
  if (registration == nullptr) return turn.remark("ignored a primary hello without content");
  const auto reference = child_bytes(*registration, "link_code_pairing_ref");
  if (!turn.guard().holds(Rule::CODE_06, reference && equal(*reference, *phase->code->reference))) {
    return turn.remark("refused a primary hello for another reference");
  }
  const auto wrapped =
      child_bytes(*registration, "link_code_pairing_wrapped_primary_ephemeral_pub");
  const auto identity = child_bytes(*registration, "primary_identity_pub");
  const auto phone_identity = identity ? to_public_key(*identity) : std::nullopt;
  auto phone_ephemeral = wrapped ? pairing::unwrap_ephemeral_key(phase->code->code, *wrapped)
                                 : Result<PublicKey>(fail("primary hello", "has no wrapped key"));
  if (!turn.guard().holds(Rule::CODE_08, phone_ephemeral && phone_identity) || !phone_ephemeral ||
      !phone_identity) {
    return turn.remark("refused a primary hello whose keys are malformed");
  }
  Credentials& credentials = turn.state.credentials;
  auto finish =
      pairing::finish_as_companion(phase->code->ephemeral, credentials.keys.local.identity_key,
                                   *phone_ephemeral, *phone_identity, turn.context.random);
  if (!finish) return turn.remark("refused a primary hello: " + finish.error().to_string());
  const CodePairing finished = std::move(*phase->code);
  phase->code.reset();
  credentials.adv_secret = finish->adv_secret;
  turn.changed();
  turn.query(
      stage(finished, "companion_finish",
            {bytes_element("link_code_pairing_wrapped_key_bundle", finish->wrapped_key_bundle),
             bytes_element("companion_identity_public",
                           credentials.keys.local.identity_key.public_key),
             bytes_element("link_code_pairing_ref", *finished.reference)}),
      kIqTimeout, [](Turn& later, const IqAnswer& answer) {
        if (!answer) later.remark("companion_finish: " + answer.error().to_string());
      });
}

}  // namespace doublecheck::client
