#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conformance/deviations/deviation.h"
#include "conformance/deviations/edits.h"
#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/wire/node.h"

// Servers that do one thing wrong.
namespace doublecheck::deviations {
namespace {

using harness::info;
using harness::Matcher;
using harness::stanza;

Matcher acks(std::string stanza_class) {
  return stanza("ack", {{"class", std::move(stanza_class)}});
}

Matcher answers() { return stanza("iq", {{"type", "result"}}); }

Matcher errors_of_code(const std::string& code) {
  return {"an error " + code, [code](const wire::Node& node) {
            const wire::Node* error = node.child("error");
            return node.tag == "iq" && error != nullptr && error->text("code") == code;
          }};
}

Matcher queued(std::string_view tag) {
  return stanza(tag) &&
         Matcher{"queued", [](const wire::Node& node) { return node.has("offline"); }};
}

Matcher without_type(std::string_view tag) {
  return stanza(tag) &&
         Matcher{"without type", [](const wire::Node& node) { return !node.has("type"); }};
}

Matcher group_messages() {
  return stanza("message") && Matcher{"from a group", [](const wire::Node& node) {
                                        const wire::Jid* from = node.jid("from");
                                        return from != nullptr &&
                                               from->server == wire::server_name::kGroup;
                                      }};
}

Matcher group_changes(const std::string& tag) {
  return stanza("notification", {{"type", "w:gp2"}}) &&
         Matcher{"with " + tag, [tag](const wire::Node& node) { return node.child(tag); }};
}

Matcher news_of_newsletters() { return stanza("notification", {{"type", "newsletter"}}); }

// Posts as they are delivered.
Matcher newsletter_messages() {
  return stanza("message") && Matcher{"from a newsletter", [](const wire::Node& node) {
                                        const wire::Jid* from = node.jid("from");
                                        return from != nullptr &&
                                               from->server == wire::server_name::kNewsletter;
                                      }};
}

// Answers with posts of the history.
Matcher pages_of_posts() {
  return answers() && Matcher{"with posts", [](const wire::Node& node) {
                                return node.child("messages") != nullptr &&
                                       !node.child("messages")->children().empty();
                              }};
}

Matcher answers_about_app_state() {
  return answers() && Matcher{"about app state", [](const wire::Node& node) {
                                return node.child("sync") != nullptr &&
                                       !node.child("sync")->children().empty();
                              }};
}

std::vector<wire::Node>& collections_of(wire::Node& answer) {
  return std::get<std::vector<wire::Node>>(first_child(answer).content);
}

// Does something to the patches of each collection that has some.
void change_patches(wire::Node& answer,
                    const std::function<void(std::vector<wire::Node>&)>& change) {
  for (wire::Node& collection : collections_of(answer)) {
    if (collection.child("patches") == nullptr) continue;
    for (wire::Node& child : std::get<std::vector<wire::Node>>(collection.content)) {
      if (child.tag == "patches") change(std::get<std::vector<wire::Node>>(child.content));
    }
  }
}

// Calls that say something else than these.
Matcher calls_without(std::vector<std::string> actions) {
  return stanza("call") &&
         Matcher{"of another action", [actions = std::move(actions)](const wire::Node& call) {
                   return std::ranges::none_of(actions, [&](const std::string& action) {
                     return call.child(action) != nullptr;
                   });
                 }};
}

// Participants that have an error, of an answer about participants.
void drop_refused(wire::Node& answer) {
  if (answer.children().empty() || answer.child("add") == nullptr) return;
  std::erase_if(std::get<std::vector<wire::Node>>(first_child(answer).content),
                [](const wire::Node& participant) { return participant.has("error"); });
}

void write_as_text(wire::Node& node, std::string_view attribute) {
  if (const wire::Jid* jid = node.jid(attribute)) node.set(attribute, wire::Text(jid->to_string()));
}

// Answers no ping on connections that have not logged in.
class IgnoresPingsWhilePairing final : public server::Tamper {
 public:
  void authenticated(server::ConnectionId connection, const noise::ClientPayload& payload,
                     const PublicKey&) override {
    is_pairing_[connection] = payload.is_registration();
  }
  bool received(server::ConnectionId connection, const wire::Node& node) override {
    return !is_pairing_[connection] || node.text("xmlns") != "w:p";
  }

 private:
  std::map<server::ConnectionId, bool> is_pairing_;
};

// Marks the end of a device's queue when it logs in for the first time, and never again.
class ForgetsEndMarkers final : public server::Tamper {
 public:
  void authenticated(server::ConnectionId connection, const noise::ClientPayload& payload,
                     const PublicKey& static_key) override {
    if (payload.is_login() && !known_.insert(static_key).second) returning_.insert(connection);
  }
  void sending(server::ConnectionId connection, std::vector<wire::Node>& stanzas) override {
    if (returning_.contains(connection)) std::erase_if(stanzas, info("offline").matches);
  }

 private:
  std::set<PublicKey> known_;
  std::set<server::ConnectionId> returning_;
};

// Has one ephemeral key for all handshakes.
class RepeatsEphemeralKey final : public server::Tamper {
 public:
  noise::ServerHandshakeFaults handshake(server::ConnectionId) override {
    SeededRandom random(1);
    noise::ServerHandshakeFaults faults;
    faults.ephemeral_key_pair = KeyPair::generate(random);
    return faults;
  }
};

}  // namespace

std::vector<Deviation> server_deviations() {
  const auto editing = deviations::editing<server::Tamper>;
  return {
      {.name = "server/forgets_acks",
       .sentence = "Does not acknowledge messages",
       .violates = Rule::STANZA_40,
       .caught_by = "server/acks/message",
       .server_tamper = editing(drop(acks("message")))},
      {.name = "server/acknowledges_twice",
       .sentence = "Acknowledges each message twice",
       .violates = Rule::STANZA_40,
       .caught_by = "server/acks/message",
       .server_tamper = editing(repeat(acks("message")))},
      {.name = "server/acknowledges_with_text",
       .sentence = "Writes the from of an ack as text instead of as a JID",
       .violates = Rule::STANZA_40,
       .caught_by = "server/acks/message",
       .server_tamper =
           editing(change(acks("message"), [](wire::Node& ack) { write_as_text(ack, "from"); }))},
      {.name = "server/forgets_acks_of_receipts",
       .sentence = "Does not acknowledge receipts",
       .violates = Rule::STANZA_79,
       .caught_by = "server/acks/receipt",
       .server_tamper = editing(drop(acks("receipt")))},
      {.name = "server/reorders_the_queue",
       .sentence = "Delivers the messages of the offline queue in the opposite order",
       .violates = Rule::STANZA_31,
       .caught_by = "server/offline/order",
       .server_tamper = editing(reverse(queued("message")))},
      {.name = "server/does_not_mark_the_queue",
       .sentence = "Delivers queued messages without the attribute offline",
       .violates = Rule::STANZA_29,
       .caught_by = "server/offline/content_is_unchanged",
       .server_tamper = editing(
           change(queued("message"), [](wire::Node& message) { message.remove("offline"); }))},
      {.name = "server/miscounts_the_queue",
       .sentence = "Tells of none at the end of a queue, however many there were",
       .violates = Rule::STANZA_26,
       .caught_by = "server/offline/end_marker_counts",
       .server_tamper = editing(
           change(info("offline"), [](wire::Node& ib) { first_child(ib).set("count", "0"); }))},
      {.name = "server/forgets_end_markers",
       .sentence = "Does not mark the end of the queue of a device that comes back",
       .violates = Rule::LOGIN_07,
       .caught_by = "server/offline/end_marker_of_an_empty_queue",
       .server_tamper = [] { return std::make_unique<ForgetsEndMarkers>(); }},
      {.name = "server/ignores_pings_while_pairing",
       .sentence = "Answers no ping of a companion that has no account yet",
       .violates = Rule::KEEP_02,
       .caught_by = "server/keepalive/ping_is_answered_while_pairing",
       .server_tamper = [] { return std::make_unique<IgnoresPingsWhilePairing>(); }},
      {.name = "server/ignores_unknown_queries",
       .sentence = "Does not answer queries that it does not know",
       .violates = Rule::IQ_04,
       .caught_by = "server/iq/unknown_namespace_get",
       .server_tamper = editing(drop(errors_of_code("501")))},
      {.name = "server/answers_twice",
       .sentence = "Answers each ping twice",
       .violates = Rule::KEEP_02,
       .caught_by = "server/keepalive/ping_is_answered_once",
       .server_tamper = editing(repeat(answers()))},
      {.name = "server/answers_from_nobody",
       .sentence = "Leaves out the from of its answers",
       .violates = Rule::STANZA_12,
       .caught_by = "server/iq/answer_to_nobody_comes_from_the_server",
       .server_tamper =
           editing(change(answers(), [](wire::Node& answer) { answer.remove("from"); }))},
      {.name = "server/adds_types_to_receipts",
       .sentence = "Forwards a plain receipt with a type",
       .violates = Rule::STANZA_82,
       .caught_by = "server/receipts/delivery_receipt",
       .server_tamper = editing(change(
           without_type("receipt"), [](wire::Node& receipt) { receipt.set("type", "delivery"); }))},
      {.name = "server/delivers_live_messages_twice",
       .sentence = "Delivers each message twice on one connection",
       .violates = Rule::STANZA_33,
       .caught_by = "server/delivery/not_twice_on_one_connection",
       .server_tamper = editing(repeat(stanza("message")))},
      {.name = "server/serves_any_version",
       .sentence = "Goes on with a client of another protocol or dictionary version",
       .violates = Rule::TRANSPORT_14,
       .caught_by = "server/transport/other_dictionary_version",
       .guard = ForcedGuard(Rule::TRANSPORT_14, true)},
      {.name = "server/lets_anybody_log_in",
       .sentence = "Accepts a login with a Noise key that the device is not bound to",
       .violates = Rule::PAYLOAD_10,
       .caught_by = "server/login/other_static_key",
       .guard = ForcedGuard(Rule::PAYLOAD_10, true)},
      {.name = "server/pairs_without_device_signature",
       .sentence = "Makes a device of a companion whose device signature does not verify",
       .violates = Rule::PAIR_21,
       .caught_by = "server/pairing/device_signature_changed",
       .guard = ForcedGuard(Rule::PAIR_12, true)},
      {.name = "server/pairs_with_changed_details",
       .sentence = "Makes a device of a companion that has changed its own identity",
       .violates = Rule::PAIR_21,
       .caught_by = "server/pairing/details_changed",
       .guard = ForcedGuard(Rule::PAIR_13, true)},
      {.name = "server/pairs_by_code_with_a_foreign_key",
       .sentence = "Accepts a companion_hello that names another Noise key than the connection's",
       .violates = Rule::CODE_03,
       .caught_by = "server/pairing/code_with_foreign_noise_key",
       .guard = ForcedGuard(Rule::CODE_03, true)},
      {.name = "server/repeats_its_ephemeral_key",
       .sentence = "Uses one ephemeral key for all handshakes",
       .violates = Rule::NOISE_09,
       .caught_by = "server/noise/fresh_ephemeral",
       .server_tamper = [] { return std::make_unique<RepeatsEphemeralKey>(); }},
      {.name = "server/refuses_unknown_fields",
       .sentence = "Refuses a handshake message that has an unknown field",
       .violates = Rule::NOISE_18,
       .caught_by = "server/noise/unknown_fields",
       .guard = ForcedGuard(Rule::NOISE_18, false)},
      {.name = "server/shows_groups_to_strangers",
       .sentence = "Shows a group to those who are not in it",
       .violates = Rule::GROUP_05,
       .caught_by = "server/groups/query",
       .guard = ForcedGuard(Rule::GROUP_05, true)},
      {.name = "server/lists_groups_of_others",
       .sentence = "Shows groups of others to who asks for several",
       .violates = Rule::GROUP_06,
       .caught_by = "server/groups/query_of_several",
       .guard = ForcedGuard(Rule::GROUP_06, true)},
      {.name = "server/lets_members_administer",
       .sentence = "Lets members change who is in a group",
       .violates = Rule::GROUP_07,
       .caught_by = "server/groups/only_admins_change_members",
       .guard = ForcedGuard(Rule::GROUP_07, true)},
      {.name = "server/deposes_superadmins",
       .sentence = "Lets admins remove the superadmin",
       .violates = Rule::GROUP_10,
       .caught_by = "server/groups/superadmin_stays",
       .guard = ForcedGuard(Rule::GROUP_10, true)},
      {.name = "server/edits_locked_groups",
       .sentence = "Lets members change what a locked group is called",
       .violates = Rule::GROUP_18,
       .caught_by = "server/groups/locked",
       .guard = ForcedGuard(Rule::GROUP_18, true)},
      {.name = "server/lets_members_rule",
       .sentence = "Lets members change the rules of a group",
       .violates = Rule::GROUP_19,
       .caught_by = "server/groups/rules_are_for_admins",
       .guard = ForcedGuard(Rule::GROUP_19, true)},
      {.name = "server/tells_invite_codes",
       .sentence = "Tells the invite code to every member",
       .violates = Rule::GROUP_22,
       .caught_by = "server/group_invites/code_is_for_admins",
       .guard = ForcedGuard(Rule::GROUP_22, true)},
      {.name = "server/keeps_old_invite_codes",
       .sentence = "Lets in by codes that were reset",
       .violates = Rule::GROUP_23,
       .caught_by = "server/group_invites/reset_code",
       .guard = ForcedGuard(Rule::GROUP_23, true)},
      {.name = "server/lets_the_removed_back",
       .sentence = "Lets in by code who was removed",
       .violates = Rule::GROUP_25,
       .caught_by = "server/group_invites/no_way_back",
       .guard = ForcedGuard(Rule::GROUP_25, true)},
      {.name = "server/approves_everybody",
       .sentence = "Lets in by code without approval",
       .violates = Rule::GROUP_26,
       .caught_by = "server/group_invites/approval",
       .guard = ForcedGuard(Rule::GROUP_26, true)},
      {.name = "server/shows_requests_to_members",
       .sentence = "Shows membership requests to members",
       .violates = Rule::GROUP_27,
       .caught_by = "server/group_invites/approval",
       .guard = ForcedGuard(Rule::GROUP_27, true)},
      {.name = "server/adds_against_privacy",
       .sentence = "Adds those who do not let others add them",
       .violates = Rule::GROUP_28,
       .caught_by = "server/group_invites/privacy",
       .guard = ForcedGuard(Rule::GROUP_28, true)},
      {.name = "server/takes_any_invitation",
       .sentence = "Lets in by the invitation of somebody else",
       .violates = Rule::GROUP_29,
       .caught_by = "server/group_invites/privacy",
       .guard = ForcedGuard(Rule::GROUP_29, true)},
      {.name = "server/resends_to_anybody",
       .sentence = "Delivers a resend to who is no member",
       .violates = Rule::GROUP_33,
       .caught_by = "server/group_delivery/resend_to_who_is_no_member",
       .guard = ForcedGuard(Rule::GROUP_33, true)},
      {.name = "server/forwards_receipts_of_strangers",
       .sentence = "Forwards receipts of who never was a member",
       .violates = Rule::GROUP_37,
       .caught_by = "server/group_delivery/receipts_of_strangers",
       .guard = ForcedGuard(Rule::GROUP_37, true)},
      {.name = "server/writes_in_communities",
       .sentence = "Delivers what is written in a community itself",
       .violates = Rule::GROUP_40,
       .caught_by = "server/communities/nobody_writes",
       .guard = ForcedGuard(Rule::GROUP_40, true)},
      {.name = "server/links_groups_of_others",
       .sentence = "Links groups that the asker does not administer",
       .violates = Rule::GROUP_41,
       .caught_by = "server/communities/linking_needs_an_admin",
       .guard = ForcedGuard(Rule::GROUP_41, true)},
      {.name = "server/opens_communities",
       .sentence = "Shows the groups of a community to strangers",
       .violates = Rule::GROUP_42,
       .caught_by = "server/communities/those_who_belong",
       .guard = ForcedGuard(Rule::GROUP_42, true)},
      {.name = "server/lets_strangers_write",
       .sentence = "Delivers what strangers write in a group",
       .violates = Rule::STANZA_97,
       .caught_by = "server/group_delivery/strangers_cannot_write",
       .guard = ForcedGuard(Rule::STANZA_97, true)},
      {.name = "server/tells_who_has_read",
       .sentence = "Forwards read receipts that are not to be sent",
       .violates = Rule::STANZA_132,
       .caught_by = "server/group_delivery/read_privacy",
       .guard = ForcedGuard(Rule::STANZA_132, true)},
      {.name = "server/forgets_new_groups",
       .sentence = "Tells nobody of a new group",
       .violates = Rule::GROUP_03,
       .caught_by = "server/groups/creation_is_announced",
       .server_tamper = editing(drop(group_changes("create")))},
      {.name = "server/forgets_removals",
       .sentence = "Tells nobody of a removal",
       .violates = Rule::GROUP_12,
       .caught_by = "server/groups/removal",
       .server_tamper = editing(drop(group_changes("remove")))},
      {.name = "server/leaves_out_versions",
       .sentence = "Leaves the version out of what it tells of announcement mode",
       .violates = Rule::STANZA_101,
       .caught_by = "server/groups/announcement_is_announced",
       .server_tamper =
           editing(change(group_changes("announcement"),
                          [](wire::Node& node) { first_child(node).remove("v_id"); }))},
      {.name = "server/names_no_participants",
       .sentence = "Leaves participant out of group messages",
       .violates = Rule::STANZA_67,
       .caught_by = "server/group_delivery/all_members",
       .server_tamper =
           editing(change(group_messages(), [](wire::Node& node) { node.remove("participant"); }))},
      {.name = "server/puts_skmsg_first",
       .sentence = "Puts the ciphertext for all before the one of the device",
       .violates = Rule::STANZA_49,
       .caught_by = "server/group_delivery/own_ciphertext_first",
       .server_tamper = editing(change(group_messages(),
                                       [](wire::Node& node) {
                                         std::ranges::reverse(
                                             std::get<std::vector<wire::Node>>(node.content));
                                       }))},
      {.name = "server/keeps_its_phash",
       .sentence = "Does not tell that the sender addresses other devices",
       .violates = Rule::GROUP_32,
       .caught_by = "server/group_delivery/phash",
       .server_tamper =
           editing(change(acks("message"), [](wire::Node& ack) { ack.remove("phash"); }))},
      {.name = "server/answers_half",
       .sentence = "Leaves refused participants out of the answer",
       .violates = Rule::STANZA_99,
       .caught_by = "server/groups/codes_of_an_addition",
       .server_tamper = editing(change(answers(), drop_refused))},
      {.name = "server/tells_last_seen",
       .sentence = "Tells when somebody was last seen who does not like that",
       .violates = Rule::PRESENCE_02,
       .caught_by = "server/presence/last_seen_is_private",
       .guard = ForcedGuard(Rule::PRESENCE_02, true)},
      {.name = "server/tells_presence_to_the_absent",
       .sentence = "Tells presence to who is not available",
       .violates = Rule::PRESENCE_03,
       .caught_by = "server/presence/nothing_for_the_absent",
       .guard = ForcedGuard(Rule::PRESENCE_03, true)},
      {.name = "server/keeps_chat_states_for_ever",
       .sentence = "Delivers chat states after their life time",
       .violates = Rule::PRESENCE_06,
       .caught_by = "server/presence/chat_state_after_a_long_absence",
       .guard = ForcedGuard(Rule::PRESENCE_06, true)},
      {.name = "server/lets_strangers_type",
       .sentence = "Forwards chat states of strangers to a group",
       .violates = Rule::PRESENCE_07,
       .caught_by = "server/presence/chat_state_in_a_group",
       .guard = ForcedGuard(Rule::PRESENCE_07, true)},
      {.name = "server/tells_presence_of_the_blocked",
       .sentence = "Tells presence to who is blocked",
       .violates = Rule::STANZA_114,
       .caught_by = "server/presence/blocked",
       .guard = ForcedGuard(Rule::STANZA_114, true)},
      {.name = "server/shows_hidden_status",
       .sentence = "Shows a status text that is hidden",
       .violates = Rule::ACCOUNT_01,
       .caught_by = "server/account/status_text",
       .guard = ForcedGuard(Rule::ACCOUNT_01, true)},
      {.name = "server/forwards_calls_of_the_blocked",
       .sentence = "Forwards calls of who is blocked",
       .violates = Rule::ACCOUNT_12,
       .caught_by = "server/account/call_of_the_blocked",
       .guard = ForcedGuard(Rule::ACCOUNT_12, true)},
      {.name = "server/pairs_twice",
       .sentence = "Pairs again with a reference that was scanned",
       .violates = Rule::PAIR_23,
       .caught_by = "server/pairing/scanned_twice",
       .guard = ForcedGuard(Rule::PAIR_23, true)},
      {.name = "server/takes_unsigned_keys",
       .sentence = "Takes a signed prekey whose signature is wrong",
       .violates = Rule::PREKEY_16,
       .caught_by = "server/prekeys/forged_signed_prekey",
       .guard = ForcedGuard(Rule::PREKEY_16, true)},
      {.name = "server/takes_unsigned_rotations",
       .sentence = "Replaces a signed prekey by one whose signature is wrong",
       .violates = Rule::PREKEY_16,
       .caught_by = "server/prekeys/forged_rotation",
       .guard = ForcedGuard(Rule::PREKEY_16, true)},
      {.name = "server/takes_untyped_messages",
       .sentence = "Takes messages without type",
       .violates = Rule::STANZA_133,
       .caught_by = "server/acks/message_without_type",
       .guard = ForcedGuard(Rule::STANZA_133, true)},
      {.name = "server/delivers_for_the_blocked",
       .sentence = "Delivers what somebody who is blocked writes",
       .violates = Rule::ACCOUNT_21,
       .caught_by = "server/delivery/blocked_sender",
       .guard = ForcedGuard(Rule::ACCOUNT_21, true)},
      {.name = "server/shows_hidden_pictures",
       .sentence = "Describes pictures to those from whom they are hidden",
       .violates = Rule::ACCOUNT_16,
       .caught_by = "server/pictures/hidden",
       .guard = ForcedGuard(Rule::ACCOUNT_16, true)},
      {.name = "server/lets_members_change_locked_pictures",
       .sentence = "Lets members change the picture of a locked group",
       .violates = Rule::ACCOUNT_18,
       .caught_by = "server/pictures/of_a_group",
       .guard = ForcedGuard(Rule::ACCOUNT_18, true)},
      {.name = "server/delivers_without_token",
       .sentence = "Delivers to guarded accounts what has no token",
       .violates = Rule::TOKEN_04,
       .caught_by = "server/tokens/none",
       .guard = ForcedGuard(Rule::TOKEN_04, true)},
      {.name = "server/takes_any_token",
       .sentence = "Takes tokens of and for others",
       .violates = Rule::TOKEN_06,
       .caught_by = "server/tokens/of_others",
       .guard = ForcedGuard(Rule::TOKEN_06, true)},
      {.name = "server/takes_old_tokens",
       .sentence = "Takes tokens whose time is over",
       .violates = Rule::TOKEN_07,
       .caught_by = "server/tokens/too_old",
       .guard = ForcedGuard(Rule::TOKEN_07, true)},
      {.name = "server/takes_any_first_contact",
       .sentence = "Takes any token as one of first contact",
       .violates = Rule::TOKEN_08,
       .caught_by = "server/tokens/first_contact",
       .guard = ForcedGuard(Rule::TOKEN_08, true)},
      {.name = "server/tells_strangers_of_presence",
       .sentence = "Tells strangers of the presence of guarded accounts",
       .violates = Rule::TOKEN_10,
       .caught_by = "server/tokens/presence",
       .guard = ForcedGuard(Rule::TOKEN_10, true)},
      {.name = "server/shows_pictures_to_strangers",
       .sentence = "Shows the pictures of guarded accounts to strangers",
       .violates = Rule::TOKEN_11,
       .caught_by = "server/tokens/picture",
       .guard = ForcedGuard(Rule::TOKEN_11, true)},
      {.name = "server/takes_tokens_for_own_phone",
       .sentence = "Takes a token on a message to the own phone",
       .violates = Rule::TOKEN_12,
       .caught_by = "server/tokens/to_own_phone",
       .guard = ForcedGuard(Rule::TOKEN_12, true)},
      {.name = "server/forgets_sender_lid_of_tokens",
       .sentence = "Does not say by LID who has issued a token",
       .violates = Rule::TOKEN_01,
       .caught_by = "server/tokens/reach_every_device",
       .server_tamper = editing(change(stanza("notification", {{"type", "privacy_token"}}),
                                       [](wire::Node& node) { node.remove("sender_lid"); }))},
      {.name = "server/keeps_picture_news",
       .sentence = "Does not tell of new pictures",
       .violates = Rule::ACCOUNT_17,
       .caught_by = "server/pictures/told",
       .server_tamper = editing(drop(stanza("notification", {{"type", "picture"}})))},
      {.name = "server/keeps_identity_news",
       .sentence = "Does not tell of a new identity",
       .violates = Rule::ACCOUNT_19,
       .caught_by = "server/identity/phone_set_up_anew",
       .server_tamper = editing(drop(stanza("notification", {{"type", "encrypt"}})))},
      {.name = "server/forgets_media_retries",
       .sentence = "Does not pass on what the phone says of media",
       .violates = Rule::ACCOUNT_20,
       .caught_by = "server/account/media_retry",
       .server_tamper = editing(drop(stanza("notification", {{"type", "mediaretry"}})))},
      {.name = "server/tells_nobody_of_devices",
       .sentence = "Tells nobody of a new device",
       .violates = Rule::ACCOUNT_07,
       .caught_by = "server/account/device_added",
       .server_tamper = editing(drop(stanza("notification", {{"type", "devices"}})))},
      {.name = "server/asks_for_no_prekeys",
       .sentence = "Does not ask for prekeys when few are left",
       .violates = Rule::ACCOUNT_09,
       .caught_by = "server/account/low_prekeys",
       .server_tamper = editing(drop(stanza("notification", {{"type", "encrypt"}})))},
      {.name = "server/syncs_no_accounts",
       .sentence = "Tells own devices of no change",
       .violates = Rule::ACCOUNT_03,
       .caught_by = "server/account/privacy_change",
       .server_tamper = editing(drop(stanza("notification", {{"type", "account_sync"}})))},
      {.name = "server/forgets_who_left",
       .sentence = "Does not tell that somebody is away",
       .violates = Rule::PRESENCE_01,
       .caught_by = "server/presence/end_of_the_connection",
       .server_tamper = editing(drop(stanza("presence", {{"type", "unavailable"}})))},
      {.name = "server/lets_anybody_rename_newsletters",
       .sentence = "Lets everybody change what a newsletter says of itself",
       .violates = Rule::NEWSLETTER_11,
       .caught_by = "server/newsletters/only_admins_change_it",
       .guard = ForcedGuard(Rule::NEWSLETTER_11, true)},
      {.name = "server/lets_anybody_delete_newsletters",
       .sentence = "Lets everybody delete a newsletter",
       .violates = Rule::NEWSLETTER_12,
       .caught_by = "server/newsletters/only_the_owner_deletes_it",
       .guard = ForcedGuard(Rule::NEWSLETTER_12, true)},
      {.name = "server/gives_newsletters_away",
       .sentence = "Lets everybody give a newsletter to somebody else",
       .violates = Rule::NEWSLETTER_13,
       .caught_by = "server/newsletters/only_the_owner_gives_it_away",
       .guard = ForcedGuard(Rule::NEWSLETTER_13, true)},
      {.name = "server/lets_admins_demote_each_other",
       .sentence = "Lets admins of a newsletter demote each other",
       .violates = Rule::NEWSLETTER_14,
       .caught_by = "server/newsletters/demotion",
       .guard = ForcedGuard(Rule::NEWSLETTER_14, true)},
      {.name = "server/names_followers",
       .sentence = "Tells everybody who follows a newsletter",
       .violates = Rule::NEWSLETTER_18,
       .caught_by = "server/newsletters/followers_are_private",
       .guard = ForcedGuard(Rule::NEWSLETTER_18, true)},
      {.name = "server/lets_anybody_post",
       .sentence = "Delivers what anybody posts in a newsletter",
       .violates = Rule::NEWSLETTER_20,
       .caught_by = "server/newsletter_posts/only_admins_post",
       .guard = ForcedGuard(Rule::NEWSLETTER_20, true)},
      {.name = "server/posts_twice",
       .sentence = "Posts what is sent again once more",
       .violates = Rule::NEWSLETTER_24,
       .caught_by = "server/newsletter_posts/posted_once",
       .guard = ForcedGuard(Rule::NEWSLETTER_24, true)},
      {.name = "server/counts_strangers",
       .sentence = "Counts reactions of accounts that do not follow",
       .violates = Rule::NEWSLETTER_28,
       .caught_by = "server/newsletter_posts/strangers_do_not_react",
       .guard = ForcedGuard(Rule::NEWSLETTER_28, true)},
      {.name = "server/updates_for_ever",
       .sentence = "Sends live updates of newsletters after their duration",
       .violates = Rule::NEWSLETTER_31,
       .caught_by = "server/newsletter_posts/end_of_live_updates",
       .guard = ForcedGuard(Rule::NEWSLETTER_31, true)},
      {.name = "server/shows_communities_in_graphql",
       .sentence = "Shows strangers the groups of a community when they ask in GraphQL",
       .violates = Rule::NEWSLETTER_35,
       .caught_by = "server/graphql/groups_of_a_community",
       .guard = ForcedGuard(Rule::NEWSLETTER_35, true)},
      {.name = "server/numbers_no_posts",
       .sentence = "Leaves server_id out of acknowledgements",
       .violates = Rule::NEWSLETTER_19,
       .caught_by = "server/newsletter_posts/acknowledged",
       .server_tamper =
           editing(change(acks("message"), [](wire::Node& ack) { ack.remove("server_id"); }))},
      {.name = "server/names_authors",
       .sentence = "Tells followers who has written a post",
       .violates = Rule::NEWSLETTER_22,
       .caught_by = "server/newsletter_posts/author_is_hidden",
       .server_tamper = editing(change(
           newsletter_messages(), [](wire::Node& node) { node.set("notify", "the author"); }))},
      {.name = "server/posts_with_text",
       .sentence = "Writes the plaintext of a post as a string instead of as bytes",
       .violates = Rule::NEWSLETTER_21,
       .caught_by = "server/newsletter_posts/delivery",
       .server_tamper = editing(change(newsletter_messages(),
                                       [](wire::Node& node) {
                                         wire::Node& plaintext = first_child(node);
                                         plaintext.content =
                                             wire::Text(as_text(*plaintext.bytes()));
                                       }))},
      {.name = "server/shows_the_latest_first",
       .sentence = "Shows the posts of a newsletter in the opposite order",
       .violates = Rule::NEWSLETTER_25,
       .caught_by = "server/newsletter_posts/history",
       .server_tamper = editing(change(pages_of_posts(),
                                       [](wire::Node& answer) {
                                         std::ranges::reverse(std::get<std::vector<wire::Node>>(
                                             first_child(answer).content));
                                       }))},
      {.name = "server/updates_nobody",
       .sentence = "Sends no live updates of newsletters",
       .violates = Rule::NEWSLETTER_30,
       .caught_by = "server/newsletter_posts/live_updates",
       .server_tamper = editing(drop(news_of_newsletters()))},
      {.name = "server/syncs_no_newsletters",
       .sentence = "Tells nobody that his account has joined a newsletter",
       .violates = Rule::NEWSLETTER_40,
       .caught_by = "server/newsletters/own_devices_hear",
       .server_tamper = editing(drop(stanza("notification", {{"type", "mex"}})))},
      {.name = "server/tells_nobody_of_patches",
       .sentence = "Does not tell other devices of a patch of app state",
       .violates = Rule::APPSTATE_51,
       .caught_by = "server/app_state/other_devices_are_told",
       .server_tamper = editing(drop(stanza("notification", {{"type", "server_sync"}})))},
      {.name = "server/reverses_patches",
       .sentence = "Sends patches of app state in the opposite order",
       .violates = Rule::APPSTATE_41,
       .caught_by = "server/app_state/patches_in_order",
       .server_tamper = editing(change(answers_about_app_state(),
                                       [](wire::Node& answer) {
                                         change_patches(answer, [](std::vector<wire::Node>& all) {
                                           std::ranges::reverse(all);
                                         });
                                       }))},
      {.name = "server/numbers_no_patches",
       .sentence = "Leaves the version out of patches of app state",
       .violates = Rule::APPSTATE_43,
       .caught_by = "server/app_state/patches_in_order",
       .server_tamper = editing(change(answers_about_app_state(),
                                       [](wire::Node& answer) {
                                         change_patches(answer, [](std::vector<wire::Node>& all) {
                                           for (wire::Node& patch : all)
                                             patch.content = wire::Blob(patch.bytes()->first(2));
                                         });
                                       }))},
      {.name = "server/answers_one_collection",
       .sentence = "Answers the first collection of a sync alone",
       .violates = Rule::APPSTATE_40,
       .caught_by = "server/app_state/several_collections",
       .server_tamper = editing(change(answers_about_app_state(),
                                       [](wire::Node& answer) {
                                         auto& collections = collections_of(answer);
                                         collections.erase(collections.begin() + 1,
                                                           collections.end());
                                       }))},
      {.name = "server/hides_conflicts",
       .sentence = "Answers a patch on an old version without an error",
       .violates = Rule::APPSTATE_47,
       .caught_by = "server/app_state/app_state_conflict",
       .server_tamper = editing(change(answers_about_app_state(),
                                       [](wire::Node& answer) {
                                         for (wire::Node& collection : collections_of(answer))
                                           collection.remove("type");
                                       }))},
      {.name = "server/refuses_without_patches",
       .sentence = "Does not say what is missing to who is refused for an old version",
       .violates = Rule::APPSTATE_48,
       .caught_by = "server/app_state/conflict_brings_what_is_missing",
       .server_tamper = editing(
           change(answers_about_app_state(),
                  [](wire::Node& answer) {
                    for (wire::Node& collection : collections_of(answer)) {
                      if (collection.child("error") == nullptr) continue;
                      std::erase_if(std::get<std::vector<wire::Node>>(collection.content),
                                    [](const wire::Node& child) { return child.tag == "patches"; });
                    }
                  }))},
      {.name = "server/passes_on_what_it_knows",
       .sentence = "Passes on those actions of calls alone that it knows",
       .violates = Rule::CALL_37,
       .caught_by = "server/calls/unknown_action",
       .server_tamper = editing(drop(calls_without({"offer", "reject"})))},
      {.name = "server/swallows_rejects",
       .sentence = "Does not deliver that a call was rejected",
       .violates = Rule::CALL_34,
       .caught_by = "server/calls/reject_to_an_account",
       .server_tamper = editing(drop(calls_without({"offer"})))},
      {.name = "server/marks_live_calls",
       .sentence = "Marks calls that come at once with offline 0",
       .violates = Rule::CALL_35,
       .caught_by = "server/calls/live_has_no_mark",
       .server_tamper =
           editing(change(stanza("call"), [](wire::Node& call) { call.set("offline", "0"); }))},
      {.name = "server/does_not_mark_queued_calls",
       .sentence = "Delivers queued calls without the attribute offline",
       .violates = Rule::CALL_36,
       .caught_by = "server/calls/queued",
       .server_tamper =
           editing(change(queued("call"), [](wire::Node& call) { call.remove("offline"); }))},
      {.name = "server/takes_no_receipts_of_calls",
       .sentence = "Ignores receipts of offers",
       .violates = Rule::CALL_31,
       .caught_by = "server/calls/settled_by_receipt",
       .server_tamper = deviations::ignoring<server::Tamper>(
           stanza("receipt") &&
           Matcher{"of an offer",
                   [](const wire::Node& receipt) { return receipt.child("offer") != nullptr; }})},
      {.name = "server/types_for_everybody",
       .sentence = "Does not say who writes in a group",
       .violates = Rule::STANZA_113,
       .caught_by = "server/presence/chat_state_in_a_group",
       .server_tamper = editing(
           change(stanza("chatstate"), [](wire::Node& node) { node.remove("participant"); }))},
  };
}

}  // namespace doublecheck::deviations
