#include "reference/server/fault.h"

#include <algorithm>

namespace doublecheck::server {

bool StanzaMatch::matches(const wire::Node& stanza) const {
  if (tag && stanza.tag != *tag) return false;
  if (xmlns && stanza.text("xmlns") != *xmlns) return false;
  if (child && (stanza.children().empty() || stanza.children().front().tag != *child)) return false;
  return std::ranges::all_of(attributes, [&](const auto& wanted) {
    const wire::Value* value = stanza.attribute(wanted.first);
    return value != nullptr && wire::to_string(*value) == wanted.second;
  });
}

}  // namespace doublecheck::server
