#include "reference/net/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doublecheck::net {
namespace {

using ::testing::HasSubstr;

TEST(UrlTest, ReadsEveryScheme) {
  EXPECT_EQ(parse_url("ws://127.0.0.1:8080/other?x=1"),
            (Url{Scheme::kWs, "127.0.0.1", 8080, "/other?x=1"}));
  EXPECT_EQ(parse_url("wss://localhost:8443"), (Url{Scheme::kWss, "localhost", 8443, "/ws/chat"}));
  EXPECT_EQ(parse_url("tcp://[::1]:5222"), (Url{Scheme::kTcp, "::1", 5222, ""}));
}

TEST(UrlTest, PortAndPathHaveDefaults) {
  EXPECT_EQ(parse_url("ws://localhost"), (Url{Scheme::kWs, "localhost", 80, "/ws/chat"}));
  EXPECT_EQ(parse_url("wss://localhost/"), (Url{Scheme::kWss, "localhost", 443, "/"}));
}

TEST(UrlTest, IsWrittenAsItIsRead) {
  for (const std::string text :
       {"ws://127.0.0.1:8080/ws/chat", "wss://[::1]:443/x", "tcp://localhost:1"}) {
    const auto url = parse_url(text);
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(url->to_string(), text);
  }
}

TEST(UrlTest, AnythingElseIsRefusedWithTheReason) {
  const auto why = [](std::string_view text) {
    const auto url = parse_url(text);
    return url ? "accepted as " + url->to_string() : url.error().why;
  };
  EXPECT_THAT(why(""), HasSubstr("does not begin with"));
  EXPECT_THAT(why("http://localhost"), HasSubstr("does not begin with"));
  EXPECT_THAT(why("WS://localhost"), HasSubstr("does not begin with"));
  EXPECT_THAT(why("ws:/localhost"), HasSubstr("does not begin with"));
  EXPECT_THAT(why("ws"), HasSubstr("does not begin with"));
  EXPECT_THAT(why("ws://"), HasSubstr("host"));
  EXPECT_THAT(why("ws://:80"), HasSubstr("host"));
  EXPECT_THAT(why("ws://a%41"), HasSubstr("host"));
  EXPECT_THAT(why("ws://user@localhost"), HasSubstr("user information"));
  EXPECT_THAT(why("ws://localhost/#top"), HasSubstr("fragment"));
  EXPECT_THAT(why("ws://localhost/a b"), HasSubstr("visible ASCII"));
  EXPECT_THAT(why("ws://localhost/\xc3\xa4"), HasSubstr("visible ASCII"));
  EXPECT_THAT(why("ws://localhost?x"), HasSubstr("query without a path"));
  EXPECT_THAT(why("ws://localhost:"), HasSubstr("port"));
  EXPECT_THAT(why("ws://localhost:0"), HasSubstr("port"));
  EXPECT_THAT(why("ws://localhost:65536"), HasSubstr("port"));
  EXPECT_THAT(why("ws://localhost:80x"), HasSubstr("port"));
  EXPECT_THAT(why("ws://localhost:-1"), HasSubstr("port"));
  EXPECT_THAT(why("ws://[::1"), HasSubstr("IPv6"));
  EXPECT_THAT(why("ws://[127.0.0.1]"), HasSubstr("IPv6"));
  EXPECT_THAT(why("ws://[::1]x"), HasSubstr("port"));
  EXPECT_THAT(why("tcp://localhost"), HasSubstr("no port"));
  EXPECT_THAT(why("tcp://localhost:1/path"), HasSubstr("path"));
}

TEST(UrlTest, LengthIsLimited) {
  const std::string start = "ws://localhost/";
  const std::string longest = start + std::string(kMaxUrlBytes - start.size(), 'a');
  EXPECT_TRUE(parse_url(longest));
  EXPECT_FALSE(parse_url(longest + "a"));
}

TEST(UrlTest, LoopbackIsThisMachineOnly) {
  for (const auto* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const auto* host : {"", "0.0.0.0", "::", "192.0.2.1", "localhost.example.com", "example.com",
                           "::ffff:192.0.2.1"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace doublecheck::net
