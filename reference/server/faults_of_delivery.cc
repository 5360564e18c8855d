#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "reference/server/delivery.h"
#include "reference/server/fault_kind.h"
#include "reference/server/node_edit.h"
#include "reference/server/phone_mail.h"
#include "reference/server/privacy.h"
#include "reference/server/seed_groups.h"
#include "reference/server/stanzas.h"
#include "spec/payload/message.h"

// Faults of privacy tokens and of the offline queue.
namespace doublecheck::server {
namespace {

constexpr std::string_view kWriter = "A writer of many";
constexpr std::string_view kConsistent = "shows each message once, and in order";

bool is_token_notification(const wire::Node& stanza) {
  return stanza.tag == "notification" && stanza.text("type") == "privacy_token";
}

bool was_queued(const wire::Node& stanza) { return stanza.has("offline"); }

bool ends_offline_phase(const wire::Node& stanza) {
  return stanza.tag == "ib" && stanza.child("offline") != nullptr;
}

constexpr auto kDeliveryFaults = std::to_array<FaultKind>({
    {"token", "refused", "a message is answered with 463, and not delivered",
     "reports it, and does not loop",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<std::vector<wire::Node>> {
       const wire::Jid* to = stanza.jid("to");
       const bool concerned =
           stanza.tag == "message" && to != nullptr && stanza.has("id") &&
           stanza.text("category") != "peer" &&
           (to->server == wire::server_name::kUser || to->server == wire::server_name::kLid);
       if (!concerned) return std::nullopt;
       return std::vector<wire::Node>{
           element("ack", {{"class", "message"},
                           {"id", *stanza.attribute("id")},
                           {"from", *to},
                           {"t", wire::Text(std::to_string(run.context.now.wall.seconds()))},
                           {"error", "463"}})};
     }},
    {"token", "expired", "a token is told whose time is over", "does not use it",
     [](FaultRun& run, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_token_notification(stanza)) return std::nullopt;
       wire::Node changed = stanza;
       const std::int64_t old =
           run.context.now.wall.seconds() - (kTokenPeriods + 1) * kTokenPeriodSeconds;
       edit_elements(changed, "token", [&](wire::Node& token) {
         token.set("t", wire::Text(std::to_string(std::max<std::int64_t>(1, old))));
       });
       return instead(std::move(changed));
     }},
    {"token", "of-another", "a token is told that somebody else has issued",
     "does not use it for anybody else",
     [](FaultRun&, const wire::Node& stanza) -> std::optional<Replacement> {
       if (!is_token_notification(stanza)) return std::nullopt;
       wire::Node changed = stanza;
       changed.set("from", nobody());
       changed.remove("sender_lid");
       return instead(std::move(changed));
     }},

    {"queue", "reordered", "what has waited comes in the opposite order", kConsistent,
     [](FaultRun&, std::vector<wire::Node>& stanzas) {
       std::vector<std::size_t> places;
       for (std::size_t i = 0; i < stanzas.size(); ++i) {
         if (was_queued(stanzas[i])) places.push_back(i);
       }
       if (places.size() < 2) return false;
       for (std::size_t i = 0; i < places.size() / 2; ++i)
         std::swap(stanzas[places[i]], stanzas[places[places.size() - 1 - i]]);
       return true;
     }},
    {"queue", "duplicated", "everything that has waited comes twice", kConsistent,
     [](FaultRun&, std::vector<wire::Node>& stanzas) {
       std::vector<wire::Node> doubled;
       for (const wire::Node& stanza : stanzas) {
         doubled.push_back(stanza);
         if (was_queued(stanza)) doubled.push_back(stanza);
       }
       if (doubled.size() == stanzas.size()) return false;
       stanzas = std::move(doubled);
       return true;
     }},
    {"queue", "early-marker", "the end of the offline phase comes before what has waited",
     kConsistent,
     [](FaultRun&, std::vector<wire::Node>& stanzas) {
       const auto marker = std::ranges::find_if(stanzas, ends_offline_phase);
       const auto first = std::ranges::find_if(stanzas, was_queued);
       if (marker == stanzas.end() || first >= marker) return false;
       std::rotate(first, marker, marker + 1);
       return true;
     }},
    {"queue", "lost-ack", "an ack or a receipt of the client does not arrive",
     "takes what comes again as known",
     [](FaultRun&, const wire::Node& stanza) -> std::optional<std::vector<wire::Node>> {
       if (stanza.tag != "ack" && stanza.tag != "receipt") return std::nullopt;
       return std::vector<wire::Node>{};
     }},
    {"queue", "backlog", "very many messages come at once", kConsistent,
     [](Turn& turn, FaultRun& run, Account& account, Device& device) {
       const auto writer = account_for_name(turn, kWriter);
       if (!writer) return turn.log(0, "nobody to write: " + writer.error().to_string());
       for (std::uint64_t i = 1; i <= run.parameter(); ++i) {
         const auto message = payload::Message::of_text("message " + std::to_string(i));
         phone_writes_to(turn, **writer, account, device, phone_message_id(turn), message);
       }
     },
     "messages", 10'000, 50'000},
});

}  // namespace

std::span<const FaultKind> faults_of_delivery() { return kDeliveryFaults; }

}  // namespace doublecheck::server
