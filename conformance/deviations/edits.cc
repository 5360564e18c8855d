#include "conformance/deviations/edits.h"

#include <algorithm>

namespace doublecheck::deviations {

Edit drop(harness::Matcher matcher) {
  return [matcher = std::move(matcher)](std::vector<wire::Node>& stanzas) {
    std::erase_if(stanzas, matcher.matches);
  };
}

Edit repeat(harness::Matcher matcher) {
  return [matcher = std::move(matcher)](std::vector<wire::Node>& stanzas) {
    std::vector<wire::Node> all;
    for (const wire::Node& stanza : stanzas) {
      all.push_back(stanza);
      if (matcher.matches(stanza)) all.push_back(stanza);
    }
    stanzas = std::move(all);
  };
}

Edit reverse(harness::Matcher matcher) {
  return [matcher = std::move(matcher)](std::vector<wire::Node>& stanzas) {
    auto left = stanzas.begin();
    auto right = stanzas.end();
    while (left < right) {
      if (!matcher.matches(*left)) {
        ++left;
      } else if (!matcher.matches(*std::prev(right))) {
        --right;
      } else {
        std::iter_swap(left++, --right);
      }
    }
  };
}

Edit change(harness::Matcher matcher, std::function<void(wire::Node&)> change) {
  return
      [matcher = std::move(matcher), change = std::move(change)](std::vector<wire::Node>& stanzas) {
        for (wire::Node& stanza : stanzas) {
          if (matcher.matches(stanza)) change(stanza);
        }
      };
}

harness::Matcher holding(std::string_view tag, std::string_view child) {
  return {std::string(tag) + " with " + std::string(child),
          [tag = std::string(tag), child = std::string(child)](const wire::Node& node) {
            return node.tag == tag && node.child(child) != nullptr;
          }};
}

wire::Node& first_child(wire::Node& node) {
  return std::get<std::vector<wire::Node>>(node.content).front();
}

}  // namespace doublecheck::deviations
