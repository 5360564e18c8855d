#include "reference/client/pairing.h"

#include <utility>

#include "reference/client/introduction.h"
#include "reference/client/stanzas.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/qr.h"

namespace doublecheck::client {
namespace {

wire::Node answer_to(const wire::Node& iq, std::string_view type) {
  wire::Node answer = element("iq", {{"to", wire::Jid::of_server()}, {"type", wire::Text(type)}});
  answer.set("id", *iq.attribute("id"));
  return answer;
}

// Tells the server why the companion refuses, and leaves (PAIR-10).
void refuse(Turn& turn, const wire::Node& iq, pairing::PairingRefusal refusal) {
  const int code = pairing::error_code(refusal);
  const std::string text(pairing::error_text(refusal));
  wire::Node answer = answer_to(iq, "error");
  answer.content = std::vector<wire::Node>{
      element("error", {{"code", wire::Text(std::to_string(code))}, {"text", wire::Text(text)}})};
  turn.send(std::move(answer));
  turn.end({.aftermath = Aftermath::kStop,
            .loss = Loss::kLost,
            .status = code,
            .reason = "pairing refused: " + text,
            .by_peer = false});
}

}  // namespace

void receive_references(Turn& turn, const wire::Node& iq, const wire::Node& pair_device) {
  PairingPhase* phase = turn.connection().in<PairingPhase>();
  if (phase == nullptr || phase->paired || !iq.has("id")) return;
  turn.send(answer_to(iq, "result"));
  phase->references.clear();
  for (const wire::Node& child : pair_device.children()) {
    const auto bytes = child.bytes();
    if (child.tag != "ref" || !bytes || bytes->empty() ||
        phase->references.size() >= kMaxPairingReferences)
      continue;
    phase->references.emplace_back(as_text(*bytes));
  }
  if (phase->references.empty()) return turn.remark("pair-device holds no reference");
  turn.connection().deadline.reset();
  phase->first_code = true;
  next_code(turn);
}

void next_code(Turn& turn) {
  PairingPhase* phase = turn.connection().in<PairingPhase>();
  if (phase == nullptr || phase->paired) return;
  if (phase->references.empty()) {
    turn.end({.aftermath = Aftermath::kStop,
              .loss = Loss::kLost,
              .status = 408,
              .reason = "no code was scanned while it was valid",
              .by_peer = false});
    return;
  }
  const Credentials& credentials = turn.state.credentials;
  turn.notify(
      QrShown{pairing::format_qr({.ref = std::move(phase->references.front()),
                                  .noise_key = credentials.noise_key.public_key,
                                  .identity_key = credentials.keys.local.identity_key.public_key,
                                  .adv_secret = credentials.adv_secret,
                                  .platform_id = std::string(kPlatformId),
                                  .has_prefix = true})});
  phase->references.pop_front();
  phase->next_code_at = turn.now() + (phase->first_code ? kFirstCodeLifetime : kNextCodeLifetime);
  phase->first_code = false;
}

void receive_pair_success(Turn& turn, const wire::Node& iq, const wire::Node& pair_success) {
  PairingPhase* phase = turn.connection().in<PairingPhase>();
  const bool may_pair = phase != nullptr && !phase->paired && !turn.state.credentials.account;
  if (!turn.guard().holds(Rule::PAIR_19, may_pair)) {
    return turn.remark("ignored a pair-success: this device has an account");
  }
  if (!iq.has("id")) return turn.remark("ignored a pair-success without id");

  const wire::Node* content = pair_success.child("device-identity");
  const auto container = content == nullptr ? std::nullopt : content->bytes();
  const wire::Node* device = pair_success.child("device");
  const wire::Jid* jid = device == nullptr ? nullptr : device->jid("jid");
  if (!container || jid == nullptr || jid->server != wire::server_name::kUser ||
      jid->user.empty()) {
    return refuse(turn, iq, pairing::PairingRefusal::kInternalError);
  }
  Credentials& credentials = turn.state.credentials;
  const auto accepted = pairing::accept_device_identity(
      *container, credentials.adv_secret, credentials.keys.local.identity_key, turn.context);
  if (!accepted) return refuse(turn, iq, accepted.error());

  Account account{
      .jid = *jid,
      .lid = {},
      .signed_identity = pairing::encode_signed_device_identity(accepted->signed_identity),
      .account_key = accepted->account_key};
  const wire::Jid* lid = device->jid("lid");
  if (lid != nullptr && lid->server == wire::server_name::kLid) account.lid = *lid;
  if (account.lid) credentials.peers.learn(account.jid.account(), account.lid->account());
  credentials.peers.trust(credentials.peers.address_of(account.jid), account.account_key);
  turn.notify(Paired{account.jid, account.lid});
  credentials.account = std::move(account);
  turn.changed();

  const Bytes signed_content = pairing::pair_device_sign_content(*accepted);
  wire::Node answer = answer_to(iq, "result");
  answer.content = std::vector<wire::Node>{
      parent("pair-device-sign",
             {element("device-identity",
                      {{"key-index", wire::Text(std::to_string(accepted->identity.key_index))}},
                      wire::Blob(ByteView(signed_content)))})};
  turn.send(std::move(answer));
  if (phase == nullptr) return;
  phase->paired = true;
  phase->next_code_at.reset();
  turn.connection().deadline = turn.now() + kRestartTimeout;
}

}  // namespace doublecheck::client
