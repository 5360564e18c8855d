#include "reference/client/privacy_tokens.h"

#include <cstdint>

#include "reference/client/envelope.h"
#include "reference/client/stanzas.h"

namespace doublecheck::client {
namespace {

// Nothing on record is this far in the future; the limit keeps the arithmetic away from its ends.
constexpr std::uint64_t kLatestTime = std::uint64_t{1} << 36;

void keep_token(Turn& turn, const Address& issuer, const wire::Node& node) {
  const auto t = node.number("t");
  const auto value = node.bytes();
  if (node.tag != "token" || node.text("type") != "trusted_contact" || !t || *t > kLatestTime ||
      !value || value->empty() || value->size() > kMaxPrivacyTokenBytes)
    return;
  auto& tokens = turn.state.credentials.peers.privacy_tokens;
  const auto known = tokens.find(issuer);
  if (known == tokens.end() && tokens.size() >= kMaxKnownUsers) return;
  if (!turn.guard().holds(Rule::STANZA_108, known == tokens.end() || *t > known->second.t)) return;
  tokens[issuer] = {.value = to_bytes(*value), .t = *t};
  turn.changed();
}

bool is_still_good(const Turn& turn, const PrivacyToken& token) {
  const auto now = (turn.context.now.wall + turn.state.server_offset).seconds();
  const std::int64_t oldest = (now / kPrivacyTokenPeriod.count() - (kPrivacyTokenPeriods - 1)) *
                              kPrivacyTokenPeriod.count();
  return turn.guard().holds(Rule::DEVICE_18, static_cast<std::int64_t>(token.t) >= oldest);
}

}  // namespace

void receive_privacy_tokens(Turn& turn, const wire::Node& notification) {
  const wire::Jid* from = notification.jid("from");
  const wire::Node* tokens = notification.child("tokens");
  if (from == nullptr || !is_user(*from) || tokens == nullptr) return;
  Credentials& credentials = turn.state.credentials;
  const wire::Jid* lid = notification.jid("sender_lid");
  if (lid != nullptr && credentials.learn(from->account(), lid->account())) turn.changed();
  const Address issuer = credentials.peers.address_of(from->account());
  for (const wire::Node& token : tokens->children()) keep_token(turn, issuer, token);
}

std::optional<wire::Node> privacy_token_for(const Turn& turn, const wire::Jid& user) {
  const Credentials& credentials = turn.state.credentials;
  const Address address = credentials.peers.address_of(user.account());
  const auto token = credentials.peers.privacy_tokens.find(address);
  if (token == credentials.peers.privacy_tokens.end() || credentials.is_own(address) ||
      !is_still_good(turn, token->second))
    return std::nullopt;
  return bytes_element("tctoken", token->second.value);
}

}  // namespace doublecheck::client
