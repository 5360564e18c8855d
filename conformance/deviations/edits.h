#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/actor/matcher.h"
#include "spec/trace/record.h"
#include "spec/wire/node.h"

// What a deviant does to the stanzas that it sends in one step. Server and client have a tamper
// each, of the same shape.
namespace doublecheck::deviations {

using Edit = std::function<void(std::vector<wire::Node>&)>;

// The stanzas that match are not sent.
Edit drop(harness::Matcher matcher);
// They are sent twice.
Edit repeat(harness::Matcher matcher);
// They are sent in the opposite order, in the places that they have among the others.
Edit reverse(harness::Matcher matcher);
// They are changed first.
Edit change(harness::Matcher matcher, std::function<void(wire::Node&)> change);

// A stanza of this tag with a child of that one.
harness::Matcher holding(std::string_view tag, std::string_view child);
// The first child of a stanza that has one.
wire::Node& first_child(wire::Node& node);

// A tamper that applies an edit to all that leaves, and lets the endpoint see no stanza that
// matches `ignored`.
template <typename Tamper>
class EditingTamper final : public Tamper {
 public:
  EditingTamper(Edit edit, harness::Matcher ignored)
      : edit_(std::move(edit)), ignored_(std::move(ignored)) {}

  bool received(trace::ConnectionId, const wire::Node& stanza) override {
    return !ignored_.matches(stanza);
  }
  void sending(trace::ConnectionId, std::vector<wire::Node>& stanzas) override { edit_(stanzas); }

 private:
  Edit edit_;
  harness::Matcher ignored_;
};

// How a deviation installs one of these.
template <typename Tamper>
std::function<std::unique_ptr<Tamper>()> editing(Edit edit) {
  return [edit = std::move(edit)] {
    const harness::Matcher nothing{"nothing", [](const wire::Node&) { return false; }};
    return std::make_unique<EditingTamper<Tamper>>(edit, nothing);
  };
}
template <typename Tamper>
std::function<std::unique_ptr<Tamper>()> ignoring(harness::Matcher ignored) {
  return [ignored = std::move(ignored)] {
    return std::make_unique<EditingTamper<Tamper>>([](std::vector<wire::Node>&) {}, ignored);
  };
}

// A tamper that is made anew for each run.
template <typename Tamper, typename Made>
std::function<std::unique_ptr<Tamper>()> made() {
  return [] { return std::make_unique<Made>(); };
}

// A tamper that leaves connections open which should be closed, for reasons that begin like this.
template <typename Tamper>
class LeavingOpenTamper final : public Tamper {
 public:
  explicit LeavingOpenTamper(std::string reason) : reason_(std::move(reason)) {}
  bool closing(trace::ConnectionId, const std::string& reason) override {
    return !reason.starts_with(reason_);
  }

 private:
  std::string reason_;
};

template <typename Tamper>
std::function<std::unique_ptr<Tamper>()> leaving_open(std::string reason) {
  return
      [reason = std::move(reason)] { return std::make_unique<LeavingOpenTamper<Tamper>>(reason); };
}

}  // namespace doublecheck::deviations
