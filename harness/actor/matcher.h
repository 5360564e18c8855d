#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/wire/node.h"

// Which stanza a case waits for, and how to say so when it does not come.
namespace doublecheck::harness {

struct Matcher {
  std::string description;
  std::function<bool(const wire::Node&)> matches;

  // Both.
  Matcher operator&&(const Matcher& other) const;
  Matcher operator||(const Matcher& other) const;
};

// A stanza with this tag, and these attributes, whether they travelled as strings or as JIDs.
using AttributeTexts = std::vector<std::pair<std::string, std::string>>;
Matcher stanza(std::string_view tag, AttributeTexts attributes = {});

// The answer, of either kind, to the query of that id.
Matcher answer_to(std::string_view id);
// A query of the server's whose first child has this tag.
Matcher query_with(std::string_view child);
// The server's acknowledgement of a stanza.
Matcher ack_of(std::string_view stanza_class, std::string_view id);
// `<ib>` with this child.
Matcher info(std::string_view child);
Matcher stream_error();
Matcher anything();

}  // namespace doublecheck::harness
