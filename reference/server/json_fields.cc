#include "reference/server/json_fields.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace doublecheck::server {
namespace {

std::string in_quotes(std::string_view name) {
  constexpr std::size_t kShown = 64;
  return "\"" + std::string(name.substr(0, kShown)) + (name.size() > kShown ? "…\"" : "\"");
}

// Looks at every event of a text, and stops at the first that is not acceptable.
class Check final : public nlohmann::json_sax<Json> {
 public:
  const std::string& failure() const { return failure_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }

  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    auto& members = levels_.back();
    if (members.size() >= kMaxJsonMembers)
      return fail_with("an object with more members than kMaxJsonMembers");
    if (!members.insert(name).second)
      return fail_with("two members with the name " + in_quotes(name));
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return fail_with("not JSON, at byte " + std::to_string(position));
  }

 private:
  bool enter() {
    if (levels_.size() >= kMaxJsonDepth) return fail_with("nested deeper than kMaxJsonDepth");
    levels_.emplace_back();
    return true;
  }
  bool leave() {
    levels_.pop_back();
    return true;
  }
  bool fail_with(std::string why) {
    failure_ = std::move(why);
    return false;
  }

  std::vector<std::set<std::string>> levels_;  // the names so far, of every object that is open
  std::string failure_;
};

}  // namespace

Result<Json> parse_json(std::string_view text) {
  Check check;
  if (!Json::sax_parse(text, &check)) return fail("JSON", check.failure());
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return fail("JSON", "not JSON");  // a number that has no value
  return value;
}

Fields::Fields(const Json& object, std::string noun) : object_(&object), noun_(std::move(noun)) {
  if (!object.is_object()) failure_ = Error{"JSON", "must be an object", std::nullopt};
}

bool Fields::has(std::string_view name) const {
  return object_->is_object() && object_->contains(name);
}

const Json* Fields::any(std::string_view name) {
  if (!has(name)) return nullptr;
  taken_.emplace(name);
  return &*object_->find(name);
}

std::optional<std::string> Fields::text(std::string_view name) {
  const Json* const value = any(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    refuse(name, "must be text");
    return std::nullopt;
  }
  return value->get<std::string>();
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const Json* const value = any(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) {
    refuse(name, "must be true or false");
    return std::nullopt;
  }
  return value->get<bool>();
}

std::optional<std::uint64_t> Fields::number(std::string_view name, std::uint64_t smallest,
                                            std::uint64_t largest) {
  const Json* const value = any(name);
  if (value == nullptr) return std::nullopt;
  const std::uint64_t number = value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
  if (!value->is_number_unsigned() || number < smallest || number > largest) {
    refuse(name, "must be a whole number from " + std::to_string(smallest) + " to " +
                     std::to_string(largest));
    return std::nullopt;
  }
  return number;
}

std::optional<std::map<std::string, std::string>> Fields::texts(std::string_view name) {
  const Json* const value = any(name);
  if (value == nullptr) return std::nullopt;
  std::map<std::string, std::string> texts;
  bool acceptable = value->is_object();
  for (const auto& [member, text] : value->items()) {
    acceptable = acceptable && text.is_string();
    if (acceptable) texts[member] = text.get<std::string>();
  }
  if (acceptable) return texts;
  refuse(name, "must be an object of texts");
  return std::nullopt;
}

std::string Fields::required_text(std::string_view name) {
  if (!has(name)) refuse(name, "is missing");
  return text(name).value_or("");
}

void Fields::refuse(std::string_view name, std::string why) {
  if (!failure_)
    failure_ = Error{"JSON", noun_ + " " + in_quotes(name) + " " + std::move(why), std::nullopt};
}

Result<> Fields::finish() {
  if (failure_) return std::unexpected(*failure_);
  for (const auto& [name, value] : object_->items()) {
    if (!taken_.contains(name)) return fail("JSON", "there is no " + noun_ + " " + in_quotes(name));
  }
  return {};
}

}  // namespace doublecheck::server
