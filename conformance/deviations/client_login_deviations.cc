#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/deviations/deviation.h"
#include "conformance/deviations/edits.h"
#include "spec/noise/client_payload.h"
#include "spec/wire/node.h"

// Clients that get wrong what they say of themselves, the login, what comes right after it, or the
// logout.
namespace doublecheck::deviations {
namespace {

using harness::Matcher;
using harness::stanza;

// Says something else of itself.
std::function<std::unique_ptr<client::Tamper>()> introducing_itself(
    const std::function<void(noise::ClientPayload&)>& change) {
  class IntroducesItself final : public client::Tamper {
   public:
    explicit IntroducesItself(std::function<void(noise::ClientPayload&)> how)
        : change_(std::move(how)) {}
    void introducing(client::ConnectionId, noise::ClientPayload& payload) override {
      change_(payload);
    }

   private:
    std::function<void(noise::ClientPayload&)> change_;
  };
  return [=] { return std::make_unique<IntroducesItself>(change); };
}

// … when it registers.
std::function<std::unique_ptr<client::Tamper>()> registering(
    const std::function<void(noise::DevicePairingData&)>& change) {
  return introducing_itself([=](noise::ClientPayload& payload) {
    if (payload.device_pairing_data) change(*payload.device_pairing_data);
  });
}

Matcher success_that(std::string what, const std::function<bool(const wire::Node&)>& matches) {
  return stanza("success") && Matcher{std::move(what), matches};
}

// Ends the stream as soon as it has asked to be removed.
class DoesNotWaitForItsRemoval final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    std::vector<wire::Node> sent;
    for (wire::Node& node : stanzas) {
      const bool removal = node.child("remove-companion-device") != nullptr;
      sent.push_back(std::move(node));
      if (removal) sent.push_back({.tag = "xmlstreamend", .attributes = {}, .content = {}});
    }
    stanzas = std::move(sent);
  }
};

// Sends a message for nobody when it is not told the devices of a user.
class WritesWithoutDevices final : public client::Tamper {
 public:
  bool received(client::ConnectionId, const wire::Node& node) override {
    due_ = due_ || (node.tag == "iq" && node.text("type") == "error");
    return true;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    if (std::exchange(due_, false)) {
      stanzas.push_back({.tag = "message",
                         .attributes = {{"id", "M1"},
                                        {"to", wire::Jid::of_user("15550008888")},
                                        {"type", "text"}},
                         .content = {}});
    }
  }

 private:
  bool due_ = false;
};

}  // namespace

std::vector<Deviation> client_login_deviations() {
  const auto editing = deviations::editing<client::Tamper>;
  const auto ignoring = deviations::ignoring<client::Tamper>;
  const auto leaving_open = deviations::leaving_open<client::Tamper>;
  return {
      // ---- Introduction
      {.name = "client/registers_without_key_type",
       .sentence = "Leaves the key type out of its registration",
       .violates = Rule::PAYLOAD_01,
       .caught_by = "client/login/registration_is_complete",
       .client_tamper = registering([](noise::DevicePairingData& data) { data.key_type.reset(); })},
      {.name = "client/registers_with_a_long_prekey_id",
       .sentence = "Writes the id of its signed prekey in 4 bytes",
       .violates = Rule::PAYLOAD_03,
       .caught_by = "client/login/registration_has_fields_of_their_lengths",
       .client_tamper = registering(
           [](noise::DevicePairingData& data) { data.signed_prekey_id = Bytes{0, 0, 0, 1}; })},
      {.name = "client/registers_under_small_numbers",
       .sentence = "Has a registration id of one byte",
       .violates = Rule::PAYLOAD_05,
       .caught_by = "client/login/registration_ids_are_random",
       .client_tamper = registering([](noise::DevicePairingData& data) {
         data.registration_id = Bytes{0, 0, 0, data.registration_id->back()};
       })},
      {.name = "client/registers_with_a_hash_of_nothing",
       .sentence = "Sends the hash of another version than its own",
       .violates = Rule::PAYLOAD_06,
       .caught_by = "client/login/build_hash_is_of_the_app_version",
       .client_tamper =
           registering([](noise::DevicePairingData& data) { data.build_hash = Bytes(16, 0x42); })},
      {.name = "client/does_not_pull",
       .sentence = "Logs in with pull false",
       .violates = Rule::PAYLOAD_08,
       .caught_by = "client/login/companion_pulls",
       .client_tamper =
           introducing_itself([](noise::ClientPayload& payload) { payload.pull = false; })},
      {.name = "client/is_from_a_small_country",
       .sentence = "Writes its country in lower case",
       .violates = Rule::PAYLOAD_09,
       .caught_by = "client/login/country_is_a_code_of_two_letters",
       .client_tamper = introducing_itself(
           [](noise::ClientPayload& payload) { payload.user_agent->country = "us"; })},

      // ---- Login
      {.name = "client/asks_for_active_twice",
       .sentence = "Asks for active twice after one success",
       .violates = Rule::LOGIN_05,
       .caught_by = "client/login/active_is_requested_once",
       .client_tamper = editing(repeat(holding("iq", "active")))},
      {.name = "client/logs_in_again",
       .sentence = "Begins its login anew when a second success comes",
       .violates = Rule::LOGIN_02,
       .caught_by = "client/login/second_success_is_ignored",
       .guard = ForcedGuard(Rule::LOGIN_02, true)},
      {.name = "client/logs_in_without_account",
       .sentence = "Logs in by a success although it has no account",
       .violates = Rule::LOGIN_03,
       .caught_by = "client/login/success_without_account_is_ignored",
       .guard = ForcedGuard(Rule::LOGIN_03, true)},
      {.name = "client/needs_a_time",
       .sentence = "Does not log in by a success without t",
       .violates = Rule::LOGIN_04,
       .caught_by = "client/login/success_without_time",
       .client_tamper = ignoring(
           success_that("without t", [](const wire::Node& success) { return !success.has("t"); }))},
      {.name = "client/needs_a_number_as_time",
       .sentence = "Does not log in by a success whose t is a word",
       .violates = Rule::LOGIN_04,
       .caught_by = "client/login/success_with_a_word_as_time",
       .client_tamper = ignoring(success_that(
           "with a word",
           [](const wire::Node& success) { return success.text("t") == "yesterday"; }))},
      {.name = "client/needs_a_time_of_this_age",
       .sentence = "Does not log in by a success whose t is too long for a number",
       .violates = Rule::LOGIN_04,
       .caught_by = "client/login/success_with_a_huge_time",
       .client_tamper = ignoring(success_that(
           "with a long t",
           [](const wire::Node& success) { return success.text("t").value_or("").size() > 19; }))},
      {.name = "client/needs_a_lid",
       .sentence = "Does not log in by a success without lid",
       .violates = Rule::LOGIN_04,
       .caught_by = "client/login/success_without_lid",
       .client_tamper = ignoring(success_that(
           "without lid", [](const wire::Node& success) { return !success.has("lid"); }))},
      {.name = "client/needs_a_jid_as_lid",
       .sentence = "Does not log in by a success whose lid is a word",
       .violates = Rule::LOGIN_04,
       .caught_by = "client/login/success_with_a_word_as_lid",
       .client_tamper = ignoring(success_that("with a word as lid",
                                              [](const wire::Node& success) {
                                                return success.has("lid") &&
                                                       success.jid("lid") == nullptr;
                                              }))},
      {.name = "client/needs_a_user_as_lid",
       .sentence = "Does not log in by a success whose lid is a group",
       .violates = Rule::LOGIN_04,
       .caught_by = "client/login/success_with_a_group_as_lid",
       .client_tamper = ignoring(success_that("with a group",
                                              [](const wire::Node& success) {
                                                return success.jid("lid") != nullptr &&
                                                       success.jid("lid")->server ==
                                                           wire::server_name::kGroup;
                                              }))},
      {.name = "client/does_not_wait_for_its_removal",
       .sentence = "Ends the stream without waiting for the result of its logout",
       .violates = Rule::LOGOUT_02,
       .caught_by = "client/login/logout_waits_for_the_result",
       .client_tamper = made<client::Tamper, DoesNotWaitForItsRemoval>()},
      {.name = "client/stays_when_it_has_logged_out",
       .sentence = "Leaves the connection open when it has logged out",
       .violates = Rule::LOGOUT_02,
       .caught_by = "client/login/logout_waits_for_the_result",
       .client_tamper = leaving_open("logged out")},
      {.name = "client/takes_an_error_for_a_result",
       .sentence = "Takes the refusal of its removal for a removal",
       .violates = Rule::IQ_03,
       .caught_by = "client/iq/logout_that_was_refused",
       .guard = ForcedGuard(Rule::IQ_03, true)},
      {.name = "client/takes_an_error_without_child_for_a_result",
       .sentence = "Takes a refusal without an error child for a removal",
       .violates = Rule::IQ_03,
       .caught_by = "client/iq/logout_that_was_refused_without_a_word",
       .guard = ForcedGuard(Rule::IQ_03, true)},
      {.name = "client/writes_without_devices",
       .sentence = "Sends a message although it was not told the devices that it is for",
       .violates = Rule::IQ_03,
       .caught_by = "client/iq/devices_that_were_refused_without_a_word",
       .client_tamper = made<client::Tamper, WritesWithoutDevices>()},
      {.name = "client/takes_an_unknown_child_for_a_result",
       .sentence = "Takes a refusal whose child it does not know for a removal",
       .violates = Rule::STANZA_15,
       .caught_by = "client/iq/logout_that_was_refused_with_an_unknown_child",
       .guard = ForcedGuard(Rule::IQ_03, true)},
      {.name = "client/takes_an_unknown_code_for_a_result",
       .sentence = "Takes a refusal whose code it does not know for a removal",
       .violates = Rule::STANZA_16,
       .caught_by = "client/iq/logout_that_was_refused_with_an_unknown_code",
       .guard = ForcedGuard(Rule::IQ_03, true)},
      {.name = "client/cleans_nothing",
       .sentence = "Leaves dirty bits as they are",
       .violates = Rule::IB_03,
       .caught_by = "client/login/dirty_bit_is_cleaned",
       .client_tamper = editing(drop(holding("iq", "clean")))},
      {.name = "client/cleans_by_its_own_time",
       .sentence = "Cleans a dirty bit with a timestamp that nobody has sent",
       .violates = Rule::IB_03,
       .caught_by = "client/login/dirty_bit_without_timestamp_is_cleaned",
       .client_tamper = editing(
           change(holding("iq", "clean"),
                  [](wire::Node& query) { first_child(query).set("timestamp", "1750000000"); }))},
      {.name = "client/looks_at_the_first_child",
       .sentence = "Makes nothing of an ib with more than one child",
       .violates = Rule::STANZA_07,
       .caught_by = "client/login/every_child_of_an_ib_counts",
       .client_tamper = ignoring(stanza("ib") && Matcher{"several children",
                                                         [](const wire::Node& info) {
                                                           return info.children().size() > 1;
                                                         }})},
      {.name = "client/counts_the_session_otherwise",
       .sentence = "Makes the id of unified_session without the server's time",
       .violates = Rule::IB_06,
       .caught_by = "client/login/unified_session_by_the_clock_of_the_server",
       .client_tamper =
           editing(change(holding("ib", "unified_session"),
                          [](wire::Node& info) { first_child(info).set("id", "1"); }))},
      {.name = "client/answers_childless_pings",
       .sentence = "Does not answer a ping that has a child",
       .violates = Rule::STANZA_19,
       .caught_by = "client/keepalive/server_ping_with_a_child_is_answered",
       .client_tamper = ignoring(holding("iq", "ping"))},
      {.name = "client/answers_pings_with_ids",
       .sentence = "Does not answer a ping that has no id",
       .violates = Rule::STANZA_19,
       .caught_by = "client/keepalive/server_ping_without_id_is_answered",
       .client_tamper =
           ignoring(stanza("iq") &&
                    Matcher{"without id", [](const wire::Node& iq) { return !iq.has("id"); }})},
      {.name = "client/shows_no_routing_info",
       .sentence = "Forgets the routing information that it was given",
       .violates = Rule::TRANSPORT_11,
       .caught_by = "client/transport/routing_info_is_shown_on_the_next_connection",
       .client_tamper = ignoring(holding("ib", "edge_routing"))},
      {.name = "client/cannot_inflate_pings",
       .sentence = "Does not read a ping that was compressed",
       .violates = Rule::NODE_02,
       .caught_by = "client/node/compressed_stanza_is_read",
       .client_tamper = ignoring(stanza("iq", {{"id", "sping-3"}}))},
      {.name = "client/cannot_inflate_notifications",
       .sentence = "Does not read a notification that was compressed",
       .violates = Rule::NODE_02,
       .caught_by = "client/node/compressed_notification_is_read",
       .client_tamper = ignoring(stanza("notification", {{"id", "n-compressed"}}))},
      {.name = "client/stays_at_the_end_of_the_stream",
       .sentence = "Leaves the connection open after the end of the stream",
       .violates = Rule::NODE_65,
       .caught_by = "client/node/bare_end_of_the_stream",
       .client_tamper = ignoring(stanza("xmlstreamend"))},
  };
}

}  // namespace doublecheck::deviations
