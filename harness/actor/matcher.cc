#include "harness/actor/matcher.h"

namespace doublecheck::harness {

Matcher Matcher::operator||(const Matcher& other) const {
  return {description + " or " + other.description,
          [first = matches, second = other.matches](const wire::Node& node) {
            return first(node) || second(node);
          }};
}

Matcher Matcher::operator&&(const Matcher& other) const {
  return {description + " and " + other.description,
          [first = matches, second = other.matches](const wire::Node& node) {
            return first(node) && second(node);
          }};
}

Matcher stanza(std::string_view tag, AttributeTexts attributes) {
  std::string description = "<" + std::string(tag);
  for (const auto& [name, value] : attributes) description += " " + name + "=\"" + value + "\"";
  description += ">";
  return {std::move(description),
          [tag = std::string(tag), attributes = std::move(attributes)](const wire::Node& node) {
            if (node.tag != tag) return false;
            for (const auto& [name, value] : attributes) {
              const wire::Value* found = node.attribute(name);
              if (found == nullptr || wire::to_string(*found) != value) return false;
            }
            return true;
          }};
}

Matcher answer_to(std::string_view id) {
  return {"the answer to iq " + std::string(id), [id = std::string(id)](const wire::Node& node) {
            const auto type = node.text("type");
            return node.tag == "iq" && node.text("id") == id &&
                   (type == "result" || type == "error");
          }};
}

Matcher query_with(std::string_view child) {
  return {"<iq type=\"set\"><" + std::string(child) + ">",
          [child = std::string(child)](const wire::Node& node) {
            const auto type = node.text("type");
            return node.tag == "iq" && (type == "set" || type == "get") &&
                   !node.children().empty() && node.children().front().tag == child;
          }};
}

Matcher ack_of(std::string_view stanza_class, std::string_view id) {
  return stanza("ack", {{"class", std::string(stanza_class)}, {"id", std::string(id)}});
}

Matcher info(std::string_view child) {
  return {"<ib><" + std::string(child) + ">", [child = std::string(child)](const wire::Node& node) {
            return node.tag == "ib" && node.child(child) != nullptr;
          }};
}

Matcher stream_error() { return stanza("stream:error"); }

Matcher anything() {
  return {"any stanza", [](const wire::Node&) { return true; }};
}

}  // namespace doublecheck::harness
