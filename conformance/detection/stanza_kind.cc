#include "conformance/detection/stanza_kind.h"

#include <algorithm>
#include <string_view>

namespace doublecheck::deviations {
namespace {

void add(std::string& kind, std::string_view prefix, const wire::Node& node,
         std::string_view attribute) {
  if (const wire::Value* value = node.attribute(attribute))
    (kind += prefix) += wire::to_string(*value);
}

}  // namespace

std::string kind_of(const wire::Node& stanza) {
  std::string kind(std::string_view(stanza.tag));
  add(kind, " ", stanza, "type");
  add(kind, " class=", stanza, "class");
  add(kind, " code=", stanza, "code");
  add(kind, " error=", stanza, "error");
  if (stanza.has("offline")) kind += " queued";
  if (const auto children = stanza.children(); !children.empty()) {
    const wire::Node& first = children.front();
    (kind += ' ') += std::string_view(first.tag);
    if (first.tag == "error") add(kind, " ", first, "code");
  }
  return kind;
}

std::string kind_of_reason(const std::string& reason) {
  std::string kind = reason.substr(0, reason.find(':'));
  std::ranges::replace_if(kind, [](char c) { return c >= '0' && c <= '9'; }, '#');
  return kind;
}

}  // namespace doublecheck::deviations
