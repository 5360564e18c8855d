#include "harness/actor/exchange.h"

#include <algorithm>
#include <optional>

#include "spec/wire/node_text.h"

namespace doublecheck::harness {
namespace {

std::optional<std::string> id_of(const wire::Node& stanza) {
  const wire::Value* id = stanza.attribute("id");
  return id == nullptr ? std::nullopt : std::optional(wire::to_string(*id));
}

bool is_answer(const wire::Node& iq) {
  return iq.text("type") == "result" || iq.text("type") == "error";
}

}  // namespace

void Exchange::told(const wire::Node& stanza) {
  const auto id = id_of(stanza);
  if (id && !(stanza.tag == "iq" && is_answer(stanza)))
    ++due_[{std::string(std::string_view(stanza.tag)), *id}];
}

void Exchange::said(const wire::Node& stanza) {
  const auto id = id_of(stanza);
  if (stanza.tag == "success" || stanza.tag == "failure") {
    // There is one login on a connection.
    if (!said_[{"login", ""}].empty())
      violations_.push_back({Rule::LOGIN_01, "a second answer to the login"});
    said_[{"login", ""}].push_back(stanza);
  } else if (!id) {
    return;
  } else if (stanza.tag == "iq" && is_answer(stanza)) {
    answered({"iq", *id}, Rule::STANZA_11, "an answer too many to the query " + *id);
  } else if (stanza.tag == "ack") {
    const wire::Value* acknowledged = stanza.attribute("class");
    const std::string kind = acknowledged == nullptr ? "" : wire::to_string(*acknowledged);
    answered({kind, *id}, judged_ == Judged::kServer ? Rule::STANZA_40 : Rule::STANZA_72,
             "an ack too many of the " + kind + " " + *id);
  } else if (stanza.tag == "iq") {
    if (!queries_.insert(*id).second)
      violations_.push_back({Rule::STANZA_141, "a second query with the id " + *id});
  } else if (judged_ == Judged::kServer) {
    handed_over(stanza);
  } else if (stanza.tag == "receipt") {
    confirmed(stanza);
  }
}

void Exchange::answered(const Subject& subject, Rule rule, const std::string& what) {
  if (--due_[subject] < 0) violations_.push_back({rule, what});
}

// Of what was delivered. What an application asks for, such as that something was read, may be
// repeated whenever it likes, and receipts of type retry have caps of their own.
void Exchange::confirmed(const wire::Node& receipt) {
  constexpr std::string_view kOncePerMessage[] = {"", "inactive", "sender", "hist_sync",
                                                  "peer_msg"};
  if (std::ranges::find(kOncePerMessage, receipt.text("type").value_or("")) ==
      std::end(kOncePerMessage))
    return;
  const std::string id = *id_of(receipt);
  const auto due = due_.find({"message", id});
  const auto delivered = due == due_.end() ? 0 : static_cast<std::ptrdiff_t>(due->second);
  auto& before = said_[{"receipt", id}];
  before.push_back(receipt);
  if (delivered > 0 && std::ranges::count(before, receipt) > delivered) {
    violations_.push_back({Rule::STANZA_142, "a receipt too many: " + wire::print_node(receipt)});
  }
}

// A stanza with an id that is the same in every other way, too, is the same stanza.
void Exchange::handed_over(const wire::Node& stanza) {
  auto& before = said_[{std::string(std::string_view(stanza.tag)), *id_of(stanza)}];
  if (std::ranges::find(before, stanza) != before.end()) {
    violations_.push_back(
        {Rule::STANZA_33, "the same stanza a second time: " + wire::print_node(stanza)});
  }
  before.push_back(stanza);
}

}  // namespace doublecheck::harness
