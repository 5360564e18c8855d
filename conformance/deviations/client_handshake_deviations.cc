#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/deviations/deviation.h"
#include "conformance/deviations/edits.h"
#include "spec/noise/faults.h"

// Clients that get the handshake wrong.
namespace doublecheck::deviations {
namespace {

// Makes its handshakes, up to this connection, with a fault.
std::function<std::unique_ptr<client::Tamper>()> shaking_hands(
    const std::function<void(noise::ClientHandshakeFaults&)>& spoil,
    client::ConnectionId last = UINT64_MAX) {
  class ShakesHandsBadly final : public client::Tamper {
   public:
    ShakesHandsBadly(std::function<void(noise::ClientHandshakeFaults&)> how,
                     client::ConnectionId until)
        : spoil_(std::move(how)), last_(until) {}
    noise::ClientHandshakeFaults handshake(client::ConnectionId connection) override {
      noise::ClientHandshakeFaults faults;
      if (connection <= last_) spoil_(faults);
      return faults;
    }

   private:
    std::function<void(noise::ClientHandshakeFaults&)> spoil_;
    client::ConnectionId last_;
  };
  return [=] { return std::make_unique<ShakesHandsBadly>(spoil, last); };
}

}  // namespace

std::vector<Deviation> client_handshake_deviations() {
  const auto leaving_open = deviations::leaving_open<client::Tamper>;
  return {
      {.name = "client/sends_an_unreadable_static_key",
       .sentence = "Encrypts its static key so that nobody can read it",
       .violates = Rule::NOISE_05,
       .caught_by = "client/noise/static_key_can_be_read",
       .client_tamper = shaking_hands(
           [](noise::ClientHandshakeFaults& faults) { faults.finish_static_key.flip_bit = 0; })},
      {.name = "client/stays_after_an_undecodable_hello",
       .sentence = "Leaves the connection open after a ServerHello that it cannot decode",
       .violates = Rule::NOISE_10,
       .caught_by = "client/noise/closes_after_an_undecodable_hello",
       .client_tamper = leaving_open("handshake message")},
      {.name = "client/stays_after_an_incomplete_hello",
       .sentence = "Leaves the connection open after a ServerHello without a static key",
       .violates = Rule::NOISE_10,
       .caught_by = "client/noise/closes_after_an_incomplete_hello",
       .client_tamper = leaving_open("client handshake")},
      {.name = "client/stays_after_a_damaged_static",
       .sentence = "Leaves the connection open after a static key that is not authentic",
       .violates = Rule::NOISE_13,
       .caught_by = "client/noise/closes_after_a_damaged_static",
       .client_tamper = leaving_open("client handshake")},
      {.name = "client/stays_after_a_low_order_ephemeral",
       .sentence = "Leaves the connection open after an ephemeral key of low order",
       .violates = Rule::NOISE_12,
       .caught_by = "client/noise/closes_after_a_low_order_ephemeral",
       .client_tamper = leaving_open("handshake: ")},
      {.name = "client/stays_after_a_refused_chain",
       .sentence = "Leaves the connection open after a chain of a foreign root",
       .violates = Rule::CERT_01,
       .caught_by = "client/certificates/closes_after_a_refused_chain",
       .client_tamper = leaving_open("certificate chain")},
      {.name = "client/waits_for_a_hello_without_end",
       .sentence = "Waits for ServerHello without end",
       .violates = Rule::NOISE_17,
       .caught_by = "client/noise/gives_up_without_a_hello",
       .guard = ForcedGuard(Rule::NOISE_17, true)},
      {.name = "client/resumes_without_account",
       .sentence = "Asks for resumption before it has an account",
       .violates = Rule::NOISE_19,
       .caught_by = "client/noise/unpaired_client_does_not_resume",
       .client_tamper = shaking_hands(
           [](noise::ClientHandshakeFaults& faults) {
             faults.hello_static_key.replace = Bytes(48, 0x42);
             faults.hello_payload.replace = Bytes(200, 0x42);
           },
           2)},
      {.name = "client/resumes_after_the_leaf",
       .sentence = "Asks for resumption with a leaf certificate that is over",
       .violates = Rule::NOISE_19,
       .caught_by = "client/noise/nothing_is_resumed_when_the_leaf_is_over",
       .guard = ForcedGuard(Rule::NOISE_19, true)},
      {.name = "client/resumes_after_the_intermediate",
       .sentence = "Asks for resumption with an intermediate certificate that is over",
       .violates = Rule::NOISE_19,
       .caught_by = "client/noise/nothing_is_resumed_when_the_intermediate_is_over",
       .guard = ForcedGuard(Rule::NOISE_19, true)},
      {.name = "client/does_not_fall_back",
       .sentence = "Gives up when its resumption is answered with another key",
       .violates = Rule::NOISE_21,
       .caught_by = "client/noise/falls_back_when_the_server_has_another_key",
       .guard = ForcedGuard(Rule::NOISE_21, false)},
      {.name = "client/resumes_after_a_plain_answer",
       .sentence = "Asks for resumption although the last was answered in plain XX",
       .violates = Rule::NOISE_22,
       .caught_by = "client/noise/begins_anew_after_a_plain_answer",
       .guard = ForcedGuard(Rule::NOISE_22, true)},
      {.name = "client/resumes_after_a_damaged_answer",
       .sentence = "Asks for resumption although the last was answered by who knows whom",
       .violates = Rule::NOISE_22,
       .caught_by = "client/noise/begins_anew_after_a_damaged_answer",
       .guard = ForcedGuard(Rule::NOISE_22, true)},
      {.name = "client/resumes_after_no_answer",
       .sentence = "Asks for resumption although the last was not answered",
       .violates = Rule::NOISE_22,
       .caught_by = "client/noise/begins_anew_after_no_answer",
       .guard = ForcedGuard(Rule::NOISE_22, true)},
      {.name = "client/resumes_without_a_chain",
       .sentence = "Goes on when its resumption is answered without certificates",
       .violates = Rule::NOISE_23,
       .caught_by = "client/noise/resumption_with_an_empty_chain_is_refused",
       .guard = ForcedGuard(Rule::NOISE_23, true)},
      {.name = "client/resumes_with_a_foreign_root",
       .sentence = "Goes on when its resumption is answered with a chain of a foreign root",
       .violates = Rule::NOISE_23,
       .caught_by = "client/noise/resumption_with_a_chain_of_a_foreign_root_is_refused",
       .guard = ForcedGuard(Rule::NOISE_23, true)},
      {.name = "client/resumes_with_a_chain_for_another_key",
       .sentence = "Goes on when its resumption is answered with a leaf for another key",
       .violates = Rule::NOISE_23,
       .caught_by = "client/noise/resumption_with_a_chain_for_another_key_is_refused",
       .guard = ForcedGuard(Rule::NOISE_23, true)},
  };
}

}  // namespace doublecheck::deviations
