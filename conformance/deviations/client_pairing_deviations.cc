#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/deviations/deviation.h"
#include "conformance/deviations/edits.h"
#include "spec/wire/node.h"

// Clients that get pairing wrong, by QR code or by a code of eight characters.
namespace doublecheck::deviations {
namespace {

using harness::Matcher;
using harness::stanza;

// A child of its first child.
wire::Node* grandchild(wire::Node& node, std::string_view tag) {
  for (wire::Node& child : std::get<std::vector<wire::Node>>(first_child(node).content)) {
    if (child.tag == tag) return &child;
  }
  return nullptr;
}

Matcher code_stage(std::string name) {
  return {name, [name](const wire::Node& node) {
            const wire::Node* registration = node.child("link_code_companion_reg");
            return node.tag == "iq" && registration != nullptr &&
                   registration->text("stage") == name;
          }};
}

// Answers every hello of a phone, whatever is in it.
class AnswersEveryPrimaryHello final : public client::Tamper {
 public:
  bool received(client::ConnectionId, const wire::Node& node) override {
    due_ = due_ || node.text("type") == "link_code_companion_reg";
    return true;
  }
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    if (!std::exchange(due_, false)) return;
    for (const wire::Node& node : stanzas) {
      if (code_stage("companion_finish").matches(node)) return;
    }
    stanzas.push_back(
        {.tag = "iq",
         .attributes = {{"id", "finish"}, {"type", "set"}, {"xmlns", "md"}},
         .content = std::vector<wire::Node>{{.tag = "link_code_companion_reg",
                                             .attributes = {{"stage", "companion_finish"}},
                                             .content = {}}}});
  }

 private:
  bool due_ = false;
};

// Wraps every ephemeral key as it has wrapped the first.
class WrapsOnce final : public client::Tamper {
 public:
  void sending(client::ConnectionId, std::vector<wire::Node>& stanzas) override {
    for (wire::Node& node : stanzas) {
      if (!code_stage("companion_hello").matches(node)) continue;
      wire::Node* wrapped = grandchild(node, "link_code_pairing_wrapped_companion_ephemeral_pub");
      if (first_) wrapped->content = *first_;
      first_ = wrapped->content;
    }
  }

 private:
  std::optional<wire::Content> first_;
};

}  // namespace

std::vector<Deviation> client_pairing_deviations() {
  const auto editing = deviations::editing<client::Tamper>;
  const auto leaving_open = deviations::leaving_open<client::Tamper>;
  return {
      // ---- Pairing
      {.name = "client/signs_twice",
       .sentence = "Answers a pair-success twice",
       .violates = Rule::PAIR_11,
       .caught_by = "client/pairing/pair_success_is_signed_once",
       .client_tamper = editing(repeat(holding("iq", "pair-device-sign")))},
      {.name = "client/does_not_answer_a_wrong_signature",
       .sentence = "Says nothing of an account signature that is wrong",
       .violates = Rule::DEVICE_05,
       .caught_by = "client/pairing/wrong_account_signature_is_answered_by_401",
       .client_tamper = editing(drop(holding("iq", "error")))},
      {.name = "client/answers_another_key_with_another_code",
       .sentence = "Answers a signature of another key with error 500",
       .violates = Rule::DEVICE_05,
       .caught_by = "client/pairing/signature_of_another_key_is_answered_by_401",
       .client_tamper =
           editing(change(holding("iq", "error"),
                          [](wire::Node& answer) { first_child(answer).set("code", "500"); }))},
      {.name = "client/names_every_mismatch_alike",
       .sentence = "Answers a wrong HMAC with signature-mismatch",
       .violates = Rule::DEVICE_06,
       .caught_by = "client/pairing/wrong_hmac_is_answered_by_hmac_mismatch",
       .client_tamper = editing(change(
           holding("iq", "error"),
           [](wire::Node& answer) { first_child(answer).set("text", "signature-mismatch"); }))},
      {.name = "client/names_no_mismatch",
       .sentence = "Does not say what is wrong with a pair-success",
       .violates = Rule::PAIR_10,
       .caught_by = "client/pairing/wrong_account_signature_is_answered_by_its_name",
       .client_tamper =
           editing(change(holding("iq", "error"),
                          [](wire::Node& answer) { first_child(answer).remove("text"); }))},
      {.name = "client/answers_all_with_401",
       .sentence = "Answers a pair-success that is incomplete with error 401",
       .violates = Rule::PAIR_10,
       .caught_by = "client/pairing/pair_success_without_device_is_answered",
       .client_tamper =
           editing(change(holding("iq", "error"),
                          [](wire::Node& answer) { first_child(answer).set("code", "401"); }))},
      {.name = "client/stays_after_a_refused_pairing",
       .sentence = "Leaves the connection open on which it has refused a pair-success",
       .violates = Rule::PAIR_24,
       .caught_by = "client/pairing/connection_ends_after_a_refusal",
       .client_tamper = leaving_open("pairing refused")},
      {.name = "client/is_paired_twice",
       .sentence = "Takes the account of a second pair-success",
       .violates = Rule::PAIR_19,
       .caught_by = "client/pairing/second_pair_success_changes_nothing",
       .guard = ForcedGuard(Rule::PAIR_19, true)},
      {.name = "client/is_paired_when_logged_in",
       .sentence = "Takes the account of a pair-success that comes after its login",
       .violates = Rule::PAIR_19,
       .caught_by = "client/pairing/pair_success_after_login_changes_nothing",
       .guard = ForcedGuard(Rule::PAIR_19, true)},

      // ---- Pairing by code
      {.name = "client/wraps_too_little",
       .sentence = "Leaves the platform out of companion_hello",
       .violates = Rule::CODE_02,
       .caught_by = "client/pairing/code_companion_hello_is_complete",
       .client_tamper = editing(change(
           code_stage("companion_hello"),
           [](wire::Node& hello) { grandchild(hello, "companion_platform_id")->content = {}; }))},
      {.name = "client/wraps_for_nobody",
       .sentence = "Wraps a bundle that the phone cannot open",
       .violates = Rule::CODE_09,
       .caught_by = "client/pairing/code_phone_opens_what_the_companion_wraps",
       .client_tamper =
           editing(change(code_stage("companion_finish"),
                          [](wire::Node& finish) {
                            grandchild(finish, "link_code_pairing_wrapped_key_bundle")->content =
                                wire::Blob(Bytes(156, 0x42));
                          }))},
      {.name = "client/wraps_a_short_bundle",
       .sentence = "Wraps a bundle of another size",
       .violates = Rule::CODE_09,
       .caught_by = "client/pairing/code_bundle_is_of_its_size",
       .client_tamper =
           editing(change(code_stage("companion_finish"),
                          [](wire::Node& finish) {
                            grandchild(finish, "link_code_pairing_wrapped_key_bundle")->content =
                                wire::Blob(Bytes(155, 0x42));
                          }))},
      {.name = "client/shows_a_code_for_nothing",
       .sentence = "Shows a code for which the server has given an error",
       .violates = Rule::CODE_05,
       .caught_by = "client/pairing/no_code_after_an_error",
       .guard = ForcedGuard(Rule::CODE_05, true)},
      {.name = "client/code_of_any_reference",
       .sentence = "Answers a primary hello for another reference",
       .violates = Rule::CODE_06,
       .caught_by = "client/pairing/code_hello_with_a_foreign_reference_is_refused",
       .guard = ForcedGuard(Rule::CODE_06, true)},
      {.name = "client/code_of_no_reference",
       .sentence = "Answers a primary hello without a reference",
       .violates = Rule::CODE_06,
       .caught_by = "client/pairing/code_hello_without_a_reference_is_refused",
       .guard = ForcedGuard(Rule::CODE_06, true)},
      {.name = "client/code_of_the_blue",
       .sentence = "Answers a primary hello that it has not asked for",
       .violates = Rule::CODE_07,
       .caught_by = "client/pairing/code_hello_out_of_the_blue_is_ignored",
       .client_tamper = made<client::Tamper, AnswersEveryPrimaryHello>()},
      {.name = "client/code_with_a_short_key",
       .sentence = "Answers a primary hello whose wrapped key is short",
       .violates = Rule::CODE_08,
       .caught_by = "client/pairing/code_hello_with_a_short_key_is_refused",
       .client_tamper = made<client::Tamper, AnswersEveryPrimaryHello>()},
      {.name = "client/code_with_an_empty_key",
       .sentence = "Answers a primary hello whose wrapped key is empty",
       .violates = Rule::CODE_08,
       .caught_by = "client/pairing/code_hello_with_an_empty_key_is_refused",
       .client_tamper = made<client::Tamper, AnswersEveryPrimaryHello>()},
      {.name = "client/code_with_a_short_identity",
       .sentence = "Answers a primary hello whose identity key is short",
       .violates = Rule::CODE_08,
       .caught_by = "client/pairing/code_hello_with_a_short_identity_is_refused",
       .client_tamper = made<client::Tamper, AnswersEveryPrimaryHello>()},
      {.name = "client/code_with_a_long_identity",
       .sentence = "Answers a primary hello whose identity key is long",
       .violates = Rule::CODE_08,
       .caught_by = "client/pairing/code_hello_with_a_long_identity_is_refused",
       .client_tamper = made<client::Tamper, AnswersEveryPrimaryHello>()},
      {.name = "client/code_wrapped_once",
       .sentence = "Wraps the key of each code pairing as it has wrapped the first",
       .violates = Rule::CODE_11,
       .caught_by = "client/pairing/code_uses_nothing_twice",
       .client_tamper = made<client::Tamper, WrapsOnce>()},
      {.name = "client/code_without_ack",
       .sentence = "Does not acknowledge the primary hello",
       .violates = Rule::CODE_12,
       .caught_by = "client/pairing/code_primary_hello_is_acknowledged",
       .client_tamper = editing(
           drop(stanza("ack", {{"class", "notification"}, {"type", "link_code_companion_reg"}})))},
  };
}

}  // namespace doublecheck::deviations
