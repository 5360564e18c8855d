#include "reference/server/json_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace doublecheck::server {
namespace {

using ::testing::HasSubstr;

std::string why_not(std::string_view text) {
  const auto json = parse_json(text);
  return json ? "accepted" : json.error().why;
}

TEST(ParseJsonTest, KeepsTheOrderOfMembers) {
  EXPECT_EQ(parse_json(R"( {"b": [1, true], "a": null} )").value().dump(),
            R"({"b":[1,true],"a":null})");
}

TEST(ParseJsonTest, RefusesWhatIsNotOneValue) {
  for (const auto* text :
       {"", " ", "{", "{}{}", "[1,]", "{'a':1}", "nul", "\"a", "\"\\x\"", "01", "// no\n{}"}) {
    EXPECT_THAT(why_not(text), HasSubstr("not JSON")) << text;
  }
  EXPECT_THAT(why_not("\"\xc3\""), HasSubstr("not JSON")) << "not UTF-8";
  EXPECT_THAT(why_not("\"\\ud800\""), HasSubstr("not JSON")) << "half a surrogate pair";
  EXPECT_THAT(why_not("1e999"), HasSubstr("not JSON")) << "a number without a value";
}

TEST(ParseJsonTest, RefusesTwoMembersOfOneName) {
  EXPECT_THAT(why_not(R"({"a":1,"b":{"a":1},"a":2})"), HasSubstr("\"a\""));
  EXPECT_EQ(why_not(R"([{"a":1},{"a":1}])"), "accepted");
}

TEST(ParseJsonTest, DepthIsLimited) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(why_not(nested(kMaxJsonDepth)), "accepted");
  EXPECT_THAT(why_not(nested(kMaxJsonDepth + 1)), HasSubstr("kMaxJsonDepth"));
  EXPECT_THAT(why_not(std::string(1'000'000, '[')), HasSubstr("kMaxJsonDepth"));
}

TEST(ParseJsonTest, MembersAreLimited) {
  const auto with_members = [](std::size_t count) {
    Json object = Json::object();
    for (std::size_t i = 0; i < count; ++i) object[std::to_string(i)] = 1;
    return object.dump();
  };
  EXPECT_EQ(why_not(with_members(kMaxJsonMembers)), "accepted");
  EXPECT_THAT(why_not(with_members(kMaxJsonMembers + 1)), HasSubstr("kMaxJsonMembers"));
}

constexpr std::array<std::pair<std::string_view, int>, 2> kChoices = {{{"one", 1}, {"two", 2}}};

TEST(FieldsTest, TakesValuesOfTheRightType) {
  const Json object =
      parse_json(R"({"t":"x","b":true,"n":5,"c":"two","m":{"k":"v"},"a":[]})").value();
  Fields fields(object);
  EXPECT_EQ(fields.text("t"), "x");
  EXPECT_EQ(fields.boolean("b"), true);
  EXPECT_EQ(fields.number("n", 0, 5), 5U);
  EXPECT_EQ(fields.choice("c", kChoices), 2);
  EXPECT_EQ(fields.texts("m"), (std::map<std::string, std::string>{{"k", "v"}}));
  EXPECT_NE(fields.any("a"), nullptr);
  EXPECT_EQ(fields.text("absent"), std::nullopt);
  EXPECT_TRUE(fields.finish());
}

TEST(FieldsTest, NamesTheFirstThingThatIsWrong) {
  const auto why = [](const char* text, auto take) {
    const Json object = parse_json(text).value();
    Fields fields(object);
    take(fields);
    const auto finished = fields.finish();
    return finished ? "accepted" : finished.error().why;
  };
  const auto text = [](Fields& fields) { fields.text("f"); };
  const auto number = [](Fields& fields) { fields.number("f", 1, 10); };
  EXPECT_EQ(why("[]", text), "must be an object");
  EXPECT_EQ(why(R"({"f":1})", text), R"(field "f" must be text)");
  EXPECT_EQ(why(R"({"f":null})", text), R"(field "f" must be text)");
  EXPECT_EQ(why(R"({"f":"","g":1})", text), R"(there is no field "g")");
  EXPECT_EQ(why("{}", [](Fields& fields) { fields.required_text("f"); }),
            R"(field "f" is missing)");
  for (const auto* wrong : {R"({"f":0})", R"({"f":11})", R"({"f":-1})", R"({"f":1.5})",
                            R"({"f":1e1})", R"({"f":"1"})"}) {
    EXPECT_EQ(why(wrong, number), R"(field "f" must be a whole number from 1 to 10)") << wrong;
  }
  EXPECT_EQ(why(R"({"f":0})", [](Fields& fields) { fields.boolean("f"); }),
            R"(field "f" must be true or false)");
  EXPECT_EQ(why(R"({"f":"three"})", [](Fields& fields) { fields.choice("f", kChoices); }),
            R"(field "f" must be one of one, two)");
  for (const auto* wrong : {R"({"f":["x"]})", R"({"f":{"x":1}})", R"({"f":"x"})", R"({"f":[]})"}) {
    EXPECT_EQ(why(wrong, [](Fields& fields) { fields.texts("f"); }),
              R"(field "f" must be an object of texts)")
        << wrong;
  }
  EXPECT_EQ(why(R"({"f":1,"g":2})",
                [](Fields& fields) {
                  fields.text("f");
                  fields.text("g");
                }),
            R"(field "f" must be text)");
}

}  // namespace
}  // namespace doublecheck::server
