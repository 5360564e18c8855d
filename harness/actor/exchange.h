#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spec/requirements/rule.h"
#include "spec/wire/node.h"

// What one end of one connection says to the other, held against what it was told: nothing is
// answered, acknowledged or handed over more often than there is a reason for. It looks on in every
// case, whatever that is about.
namespace doublecheck::harness {

struct ExchangeViolation {
  Rule rule;
  std::string what;
};

class Exchange {
 public:
  enum class Judged { kServer, kClient };

  // Whatever is wrong is added to `violations`, which outlives this.
  Exchange(Judged judged, std::vector<ExchangeViolation>& violations)
      : judged_(judged), violations_(violations) {}

  // A stanza that was sent to the judged end, and one that it sent, in the order in which they were
  // seen.
  void told(const wire::Node& stanza);
  void said(const wire::Node& stanza);

 private:
  // What an answer or an ack is about: a kind of stanza, and its id.
  using Subject = std::pair<std::string, std::string>;

  void answered(const Subject& subject, Rule rule, const std::string& what);
  void handed_over(const wire::Node& stanza);
  void confirmed(const wire::Node& receipt);

  Judged judged_;
  std::set<std::string> queries_;  // the ids of its own
  std::map<Subject, int> due_;     // answers: negative when there were too many
  // Stanzas that may not be repeated, by what they are about.
  std::map<Subject, std::vector<wire::Node>> said_;
  std::vector<ExchangeViolation>& violations_;
};

}  // namespace doublecheck::harness
