#include "reference/server/admin_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <variant>
#include <vector>

#include "reference/server/fault_kind.h"
#include "reference/server/json_fields.h"
#include "reference/server/limits.h"
#include "spec/base/random.h"
#include "spec/base/text_encoding.h"
#include "spec/wire/node_codec.h"

namespace doublecheck::server {
namespace {

using ::testing::HasSubstr;

// The command that a request is; the test fails if it is another, or none.
template <typename Command>
Command decoded(std::string_view method, std::string_view target, std::string_view body = {}) {
  const auto command = decode_admin({method, target, body}, Config());
  if (!command) {
    ADD_FAILURE() << command.error().status << ' ' << command.error().message;
    return Command();
  }
  if (!std::holds_alternative<Command>(*command)) {
    ADD_FAILURE() << "another command, number " << command->index();
    return Command();
  }
  return std::get<Command>(*command);
}

std::pair<int, std::string> refused(std::string_view method, std::string_view target,
                                    std::string_view body = {}) {
  const auto command = decode_admin({method, target, body}, Config());
  if (command) return {200, "accepted"};
  EXPECT_FALSE(command.error().code.empty());
  return {command.error().status, command.error().message};
}

TEST(DecodeAdminTest, ScanTakesJsonOrTheBareText) {
  const auto scan =
      decoded<ScanQr>("POST", "/admin/v1/phone/scan",
                      R"({"qr": "2@a,b,c,d", "account": "Alice", "fault": "wrong-hmac"})");
  EXPECT_EQ(scan.text, "2@a,b,c,d");
  EXPECT_EQ(scan.account, "Alice");
  EXPECT_EQ(scan.fault, PairFault::kWrongHmac);

  const auto plain =
      decoded<ScanQr>("POST", "/admin/v1/phone/scan", " https://example.com/#2@a,b,c,d\n");
  EXPECT_EQ(plain.text, " https://example.com/#2@a,b,c,d\n");
  EXPECT_EQ(plain.account, std::nullopt);
  EXPECT_EQ(plain.fault, PairFault::kNone);

  EXPECT_THAT(refused("POST", "/admin/v1/phone/scan").second, HasSubstr("\"qr\" is missing"));
  EXPECT_THAT(refused("POST", "/admin/v1/phone/scan", R"({"qr":"x","fault":"none"})").second,
              HasSubstr("wrong-hmac"));
}

TEST(DecodeAdminTest, EnterCode) {
  const auto code = decoded<EnterCode>("POST", "/admin/v1/phone/code",
                                       R"({"phone": "15550001111", "code": "ABCD1234"})");
  EXPECT_EQ(code.phone_number, "15550001111");
  EXPECT_EQ(code.code, "ABCD1234");
}

TEST(DecodeAdminTest, Accounts) {
  const auto created = decoded<CreateAccount>(
      "POST", "/admin/v1/accounts",
      R"({"name": "Alice", "pn": "15550001111", "lid": "123", "props": {"1": "x"}})");
  EXPECT_EQ(created.name, "Alice");
  EXPECT_EQ(created.phone_number, "15550001111");
  EXPECT_EQ(created.lid, "123");
  EXPECT_EQ(created.settings.props, (std::map<std::string, std::string>{{"1", "x"}}));
  EXPECT_EQ(decoded<CreateAccount>("POST", "/admin/v1/accounts").name, "");

  EXPECT_EQ(decoded<GetAccount>("GET", "/admin/v1/accounts/Alice%20%C3%A4%2Fb").account,
            "Alice \xc3\xa4/b");
  const auto props =
      decoded<ChangeAccount>("PATCH", "/admin/v1/accounts/123", R"({"props": {"1": "y"}})");
  EXPECT_EQ(props.account, "123");
  EXPECT_EQ(props.settings.props, (std::map<std::string, std::string>{{"1", "y"}}));
  EXPECT_EQ(decoded<DeleteAccount>("DELETE", "/admin/v1/accounts/123").account, "123");

  EXPECT_THAT(refused("POST", "/admin/v1/accounts", R"({"name":"A","about":"x"})").second,
              HasSubstr("\"about\""));
}

TEST(DecodeAdminTest, SettingsOfAnAccount) {
  const auto changed =
      decoded<ChangeAccount>("PATCH", "/admin/v1/accounts/123",
                             R"({"policy": {"contact": "token-required", "accept_cstoken": false},
          "salt": {"value": "YWI=", "in_history": true}})");
  EXPECT_EQ(
      changed.settings.contact_policy,
      (ContactPolicy{.token_required = true, .accept_tctoken = true, .accept_cstoken = false}));
  EXPECT_EQ(changed.settings.salt,
            (FirstContactSalt{.value = to_bytes(as_bytes("ab")), .in_history = true}));
  const auto why = [](std::string_view body) {
    return refused("PATCH", "/admin/v1/accounts/123", body).second;
  };
  EXPECT_THAT(why(R"({"policy": {"contact": "closed"}})"), HasSubstr("token-required"));
  EXPECT_THAT(why(R"({"policy": {"x": 1}})"), HasSubstr("\"x\""));
  EXPECT_THAT(why(R"({"salt": {}})"), HasSubstr("\"value\""));
  EXPECT_THAT(why(R"({"salt": {"value": "?"}})"), HasSubstr("base64"));
  const auto salt = [](std::size_t size) {
    return R"({"salt": {"value": ")" + to_base64(Bytes(size, 1)) + R"("}})";
  };
  decoded<ChangeAccount>("PATCH", "/admin/v1/accounts/123", salt(kMaxSaltBytes));
  EXPECT_THAT(why(salt(kMaxSaltBytes + 1)), HasSubstr("kMaxSaltBytes"));
}

TEST(DecodeAdminTest, Phones) {
  const auto written = decoded<WriteAsPhone>("POST", "/admin/v1/accounts/123/message",
                                             R"({"to": "Bob", "text": "hello", "id": "A1"})");
  EXPECT_EQ(written.account, "123");
  EXPECT_EQ(written.to, "Bob");
  EXPECT_EQ(written.message, payload::Message::of_text("hello"));
  EXPECT_EQ(written.id, "A1");
  const Bytes encoded = payload::encode_message(payload::Message::of_text("hello"));
  EXPECT_EQ(decoded<WriteAsPhone>("POST", "/admin/v1/accounts/123/message",
                                  R"({"to": "Bob", "proto": ")" + to_base64(encoded) + R"("})")
                .message,
            written.message);
  for (const char* body : {R"({"to": "Bob"})", R"({"to": "Bob", "text": "a", "proto": "YQ=="})",
                           R"({"to": "Bob", "proto": "?"})", R"({"to": "Bob", "proto": "YQ=="})",
                           R"({"text": "a"})", R"({"to": "Bob", "text": "a", "id": ""})"})
    EXPECT_EQ(refused("POST", "/admin/v1/accounts/123/message", body).first, 400) << body;
  EXPECT_EQ(decoded<ListPhoneMessages>("GET", "/admin/v1/accounts/123/messages").account, "123");
  EXPECT_EQ(decoded<ReplacePhone>("POST", "/admin/v1/accounts/123/phone/replace").account, "123");
}

TEST(DecodeAdminTest, Groups) {
  const auto group = decoded<CreateGroup>(
      "POST", "/admin/v1/groups",
      R"({"subject": "S", "members": ["A", "B"], "admins": ["B"], "addressing": "pn", "settings": ["locked"]})");
  EXPECT_EQ(group.group.subject, "S");
  EXPECT_EQ(group.group.members, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(group.group.admins, (std::vector<std::string>{"B"}));
  EXPECT_EQ(group.group.by_lid, false);
  EXPECT_EQ(group.group.switches, (std::vector<std::string>{"locked"}));
  EXPECT_THAT(refused("POST", "/admin/v1/groups", R"({"subject": "S", "members": "A"})").second,
              HasSubstr("list of texts"));
  EXPECT_EQ(decoded<GetGroup>("GET", "/admin/v1/groups/123").id, "123");
}

TEST(DecodeAdminTest, Faults) {
  const auto added = decoded<AddFault>(
      "POST", "/admin/v1/faults",
      R"({"where": "iq", "fault": "delay", "account": "Alice", "device": 1, "count": 3,
          "match": {"tag": "iq", "xmlns": "usync", "child": "usync", "attrs": {"a": "b"}},
          "params": {"delay_ms": 7}})");
  EXPECT_EQ(added.account, "Alice");
  EXPECT_EQ(
      added.fault,
      (Fault{.where = "iq",
             .name = "delay",
             .phone_number = {},
             .device = 1,
             .match = {.tag = "iq", .xmlns = "usync", .child = "usync", .attributes = {{"a", "b"}}},
             .count = 3,
             .parameters = {{"delay_ms", 7}}}));
  const auto why = [](const char* body) {
    return refused("POST", "/admin/v1/faults", body).second;
  };
  EXPECT_THAT(why(R"({"where": "iq"})"), HasSubstr("\"fault\""));
  EXPECT_THAT(why(R"({"where": "iq", "fault": "delay", "count": 0})"), HasSubstr("\"count\""));
  EXPECT_THAT(why(R"({"where": "iq", "fault": "delay", "match": {"x": 1}})"), HasSubstr("\"x\""));
  EXPECT_THAT(why(R"({"where": "iq", "fault": "delay", "params": {"a": "b"}})"),
              HasSubstr("\"a\""));
  EXPECT_THAT(why(R"({"where": "iq", "fault": "delay", "params": []})"), HasSubstr("object"));
  EXPECT_EQ(decoded<GetFault>("GET", "/admin/v1/faults/12").number, 12u);
  EXPECT_EQ(decoded<RemoveFault>("DELETE", "/admin/v1/faults/12").number, 12u);
  EXPECT_EQ(refused("GET", "/admin/v1/faults/x").first, 404);
  decoded<ListFaults>("GET", "/admin/v1/faults");
  decoded<ListFaultKinds>("GET", "/admin/v1/fault-kinds");
}

TEST(DecodeAdminTest, Devices) {
  EXPECT_EQ(decoded<ListDevices>("GET", "/admin/v1/accounts/123/devices").account, "123");
  const auto unlinked = decoded<UnlinkDevice>("DELETE", "/admin/v1/accounts/123/devices/65535");
  EXPECT_EQ(unlinked.account, "123");
  EXPECT_EQ(unlinked.device, 65535);

  const std::string target = "/admin/v1/accounts/123/devices/1/disconnect";
  EXPECT_EQ(decoded<DisconnectDevice>("POST", target).how, DisconnectHow::kClose);
  EXPECT_EQ(decoded<DisconnectDevice>("POST", target, R"({"how": "tcp-reset"})").how,
            DisconnectHow::kReset);
  const auto error =
      decoded<DisconnectDevice>("POST", target, R"({"how": "stream-error", "code": "515"})");
  EXPECT_EQ(error.device, 1);
  EXPECT_EQ(error.how, DisconnectHow::kStreamError);
  EXPECT_EQ(error.code, "515");
  EXPECT_THAT(refused("POST", target, R"({"how":"stream-error"})").second, HasSubstr("\"code\""));
  EXPECT_THAT(refused("POST", target, R"({"how":"close","code":"515"})").second,
              HasSubstr("\"code\""));
  EXPECT_THAT(refused("POST", target, R"({"refuse_for_ms":5})").second,
              HasSubstr("\"refuse_for_ms\""));

  for (const auto* device : {"65536", "-1", "x", "", "1x", "+1"}) {
    EXPECT_EQ(refused("DELETE", "/admin/v1/accounts/123/devices/" + std::string(device)).first, 404)
        << device;
  }
}

TEST(DecodeAdminTest, Send) {
  const std::string target = "/admin/v1/accounts/123/devices/1/send";
  const auto send = decoded<SendStanza>(
      "POST", target, R"({"tag": "ib", "attrs": {"from": {"jid": "s.whatsapp.net"}}})");
  EXPECT_EQ(send.account, "123");
  EXPECT_EQ(send.device, 1);
  EXPECT_EQ(
      send.stanza,
      (wire::Node{.tag = "ib", .attributes = {{"from", wire::Jid::of_server()}}, .content = {}}));
  EXPECT_EQ(refused("POST", target).first, 422);
  EXPECT_EQ(refused("POST", target, R"({"tag":""})").first, 422);
}

TEST(DecodeAdminTest, ConfigIsChangedInPart) {
  Config present;
  present.noise_ik = false;
  decoded<GetConfig>("GET", "/admin/v1/config");
  const auto command =
      decode_admin({"PATCH", "/admin/v1/config", R"({"first_device": 0})"}, present);
  ASSERT_TRUE(command);
  Config expected = present;
  expected.first_device = 0;
  EXPECT_EQ(std::get<SetConfig>(*command).config, expected);
  EXPECT_THAT(refused("PATCH", "/admin/v1/config", R"({"colour":1})").second,
              HasSubstr("\"colour\""));
}

TEST(DecodeAdminTest, TheRest) {
  decoded<RotateNoiseKey>("POST", "/admin/v1/noise/rotate", "{}");
  decoded<GetState>("GET", "/admin/v1/state");
  EXPECT_EQ(decoded<AdvanceTime>("POST", "/admin/v1/time", R"({"advance_s": 60})").by,
            std::chrono::minutes(1));
  EXPECT_FALSE(decoded<Reset>("POST", "/admin/v1/reset").keep_accounts);
  EXPECT_FALSE(decoded<Reset>("POST", "/admin/v1/reset", R"({"keep": []})").keep_accounts);
  EXPECT_TRUE(decoded<Reset>("POST", "/admin/v1/reset", R"({"keep": ["accounts"]})").keep_accounts);

  const auto trace = decoded<GetTrace>("GET", "/admin/v1/trace?since=12&account=Alice%20B");
  EXPECT_EQ(trace.account, "Alice B");
  EXPECT_EQ(trace.since, 12U);
  EXPECT_EQ(decoded<GetTrace>("GET", "/admin/v1/trace").account, std::nullopt);

  EXPECT_THAT(refused("POST", "/admin/v1/time", "{}").second,
              HasSubstr("\"advance_s\" is missing"));
  EXPECT_THAT(refused("POST", "/admin/v1/time", R"({"advance_s":-1})").second,
              HasSubstr("\"advance_s\""));
  EXPECT_THAT(refused("POST", "/admin/v1/reset", R"({"keep":["queues"]})").second,
              HasSubstr("\"keep\""));
  EXPECT_THAT(refused("GET", "/admin/v1/trace?since=x").second, HasSubstr("\"since\""));
  EXPECT_THAT(refused("GET", "/admin/v1/trace?sins=1").second, HasSubstr("\"sins\""));
}

TEST(DecodeAdminTest, TheAdvanceOfTimeIsLimited) {
  const auto advance = [](std::int64_t seconds) {
    return refused("POST", "/admin/v1/time", R"({"advance_s":)" + std::to_string(seconds) + "}")
        .first;
  };
  EXPECT_EQ(advance(kMaxTimeAdvance.count()), 200);
  EXPECT_EQ(advance(kMaxTimeAdvance.count() + 1), 400);
}

TEST(DecodeAdminTest, UnknownTargetsAndMethods) {
  for (const auto* target : {"", "/", "/admin", "/admin/v1", "/admin/v1/", "/admin/v2/state",
                             "/admin/v1/State", "/admin/v1/state/", "/admin/v1//state",
                             "/admin/v1/accounts/", "/admin/v1/accounts//devices"}) {
    EXPECT_EQ(refused("GET", target).first, 404) << target;
  }
  EXPECT_EQ(refused("DELETE", "/admin/v1/config"), std::pair(405, std::string("use GET, PATCH")));
  EXPECT_EQ(refused("get", "/admin/v1/state").first, 405);
}

TEST(DecodeAdminTest, MalformedTargets) {
  for (const auto* target :
       {"/admin/v1/accounts/%", "/admin/v1/accounts/%4", "/admin/v1/accounts/%4g",
        "/admin/v1/accounts/%C3", "/admin/v1/accounts/\xff", "/admin/v1/trace?since=%",
        "/admin/v1/trace?since=1&since=2", "/admin/v1/state?x=1"}) {
    EXPECT_EQ(refused("GET", target).first, 400) << target;
  }
}

TEST(DecodeAdminTest, MalformedBodies) {
  for (const auto* body :
       {"{", "[]", "null", "1", "x", R"({"advance_s":1}x)", R"({"advance_s":1,"advance_s":1})"}) {
    EXPECT_EQ(refused("POST", "/admin/v1/time", body).first, 400) << body;
  }
  EXPECT_THAT(refused("GET", "/admin/v1/state", R"({"x":1})").second, HasSubstr("\"x\""));
  EXPECT_EQ(refused("GET", "/admin/v1/state", " {} ").first, 200);
}

TEST(DecodeAdminTest, SizesAreLimited) {
  const auto body_of = [](std::size_t size) { return "{}" + std::string(size - 2, ' '); };
  EXPECT_EQ(refused("GET", "/admin/v1/state", body_of(kMaxAdminBody)).first, 200);
  EXPECT_EQ(refused("GET", "/admin/v1/state", body_of(kMaxAdminBody + 1)).first, 413);
  const auto target_of = [](std::size_t size) {
    const std::string start = "/admin/v1/accounts/";
    return start + std::string(size - start.size(), 'a');
  };
  EXPECT_EQ(refused("GET", target_of(kMaxAdminTarget)).first, 200);
  EXPECT_EQ(refused("GET", target_of(kMaxAdminTarget + 1)).first, 414);
}

TEST(DecodeAdminTest, DepthIsLimited) {
  const auto nested = [](std::size_t levels) {
    std::string text = R"({"tag":"x"})";
    for (std::size_t i = 1; i < levels; ++i) text = R"({"tag":"x","content":[)" + text + "]}";
    return refused("POST", "/admin/v1/accounts/1/devices/1/send", text).first;
  };
  EXPECT_EQ(nested(kMaxJsonDepth / 2), 200);  // a level takes an object and a list
  EXPECT_EQ(nested(kMaxJsonDepth / 2 + 1), 400);
}

// Whatever comes is a command or an error that says why; nothing else happens.
TEST(DecodeAdminTest, IsTotal) {
  const std::vector<std::string> seeds = {
      R"({"qr":"2@a,b","account":"Alice","fault":"wrong-hmac"})",
      R"({"tag":"iq","attrs":{"to":{"jid":"1:2@lid"}},"content":[{"tag":"a","content":{"bytes":"AP8="}}]})",
      R"({"name":"A","pn":"1","props":{"1":"2"}})", R"({"keep":["accounts"]})",
      R"({"advance_s":12})"};
  const std::vector<std::string> targets = {
      "/admin/v1/phone/scan", "/admin/v1/accounts/%41/devices/1/send", "/admin/v1/accounts",
      "/admin/v1/reset", "/admin/v1/trace?since=1&account=%41"};
  SeededRandom random(1);
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string target = targets[random.below(targets.size())];
    std::string body = seeds[random.below(seeds.size())];
    for (std::string* text : {&target, &body}) {
      for (std::uint64_t changes = random.below(3); changes > 0 && !text->empty(); --changes) {
        const std::size_t at = random.below(text->size());
        (*text)[at] = static_cast<char>(random.below(256));
        if (random.below(2) == 0) text->resize(at);
      }
    }
    const auto command =
        decode_admin({random.below(2) == 0 ? "POST" : "GET", target, body}, Config());
    if (command) ++accepted;
    EXPECT_TRUE(command || !command.error().message.empty());
  }
  EXPECT_GT(accepted, 100U);
}

Json encoded(AdminResult result) {
  const AdminResponse response = encode_admin(std::move(result));
  EXPECT_EQ(response.status, 200);
  return Json::parse(response.body);
}

TEST(EncodeAdminTest, Errors) {
  const AdminResponse response =
      encode_admin(std::unexpected(AdminError{410, "expired", "too late"}));
  EXPECT_EQ(response.status, 410);
  EXPECT_EQ(Json::parse(response.body),
            Json::parse(R"({"error":{"code":"expired","message":"too late"}})"));
}

TEST(EncodeAdminTest, EveryResult) {
  EXPECT_EQ(encoded(Done{}), Json::object());
  EXPECT_EQ(
      encoded(
          PairedDevice{.phone_number = "15550001111", .lid = "123", .name = "Alice", .device = 2}),
      Json::parse(R"({"account":{"pn":"15550001111","lid":"123","name":"Alice"},"device":2})"));
  EXPECT_EQ(
      encoded(AccountView{.name = "Alice",
                          .phone_number = "15550001111",
                          .lid = "123",
                          .settings = {.props = {{"1", "x"}}},
                          .devices = {1, 2}}),
      Json::parse(
          R"({"pn":"15550001111","lid":"123","name":"Alice","props":{"1":"x"},"policy":{"contact":"open","accept_tctoken":true,"accept_cstoken":true},"salt":null,"devices":[1,2]})"));
  EXPECT_EQ(
      encoded(std::vector<DeviceView>{{.device = 1,
                                       .key_index = 3,
                                       .online = true,
                                       .ready = false,
                                       .queued = 4,
                                       .one_time_prekeys = 5,
                                       .registration_id = 6}}),
      Json::parse(R"({"devices":[{"device":1,"key_index":3,"online":true,"ready":false,"queued":4,
                                        "one_time_prekeys":5,"registration_id":6}]})"));
  EXPECT_EQ(encoded(SentMessage{"A1"}), Json::parse(R"({"id":"A1"})"));
  const Bytes hello = payload::encode_message(payload::Message::of_text("hello"));
  EXPECT_EQ(encoded(std::vector<PhoneMessage>{{.from = {"15550001111", 1},
                                               .id = "A1",
                                               .at = UnixTime::from_seconds(5),
                                               .content = hello}}),
            Json::parse(R"({"messages":[{"from":{"pn":"15550001111","device":1},"id":"A1",
                            "time_ms":5000,"proto":")" +
                        to_base64(hello) + R"(","text":"hello"}]})"));
  EXPECT_EQ(
      encoded(
          GroupView{.id = "1", .subject = "S", .by_lid = false, .members = {"2"}, .admins = {}}),
      Json::parse(R"({"id":"1","subject":"S","addressing":"pn","members":["2"],"admins":[]})"));
  FaultView view{.number = 1, .fault = {.where = "iq", .name = "silence"}, .result = {}};
  EXPECT_EQ(encoded(view), Json::parse(R"({"id":1,"where":"iq","fault":"silence","count":1,
      "result":{"triggered":0,"closed":false,"events":[]}})"));
  view.result = {.triggered = 1,
                 .first_at = Instant{},
                 .first_at_time = UnixTime::from_seconds(5),
                 .connection = 3,
                 .events = {{.after = std::chrono::milliseconds(20),
                             .kind = FaultEvent::Kind::kStanza,
                             .stanza = wire::Node{.tag = "presence"}},
                            {.after = std::chrono::milliseconds(30),
                             .kind = FaultEvent::Kind::kClosedByClient}},
                 .closed = true};
  EXPECT_EQ(encoded(std::vector<FaultView>{view})["faults"][0]["result"],
            Json::parse(R"({"triggered":1,"closed":true,"time_ms":5000,"connection":3,"events":[
                {"after_ms":20,"event":"stanza","stanza":{"tag":"presence","attrs":{},"content":null}},
                {"after_ms":30,"event":"closed-by-client"}]})"));
  EXPECT_EQ(encoded(FaultKinds{})["fault_kinds"].size(), fault_kinds().size());
  EXPECT_EQ(encoded(Config())["first_device"], 1);
  EXPECT_EQ(encoded(StateView{.counters = {{"iq.unknown", 2}}, .accounts = 1, .connections = 3}),
            Json::parse(R"({"accounts":1,"connections":3,"counters":{"iq.unknown":2}})"));
}

TEST(EncodeAdminTest, TextThatIsNotUtf8DoesNotBreakTheAnswer) {
  EXPECT_EQ(
      encoded(AccountView{
          .name = "\xff", .phone_number = "1", .lid = "2", .settings = {}, .devices = {}})["name"],
      "\xef\xbf\xbd");
}

TracedStanza traced(std::uint64_t number, Bytes plaintext) {
  return {.number = number,
          .at = UnixTime::from_seconds(5),
          .connection = 7,
          .direction = trace::Direction::kSent,
          .device = DeviceAddress{"15550001111", 1},
          .plaintext = std::move(plaintext)};
}

TEST(EncodeAdminTest, TracesAreDecoded) {
  const Bytes plaintext = wire::encode_payload({.tag = "ib"}).value();
  EXPECT_EQ(encoded(std::vector<TracedStanza>{traced(1, plaintext), traced(2, {0x00, 0xff})}),
            Json::parse(R"(
      {"stanzas":[{"number":1,"time_ms":5000,"connection":7,"direction":"sent",
                   "device":{"pn":"15550001111","device":1},"stanza":{"tag":"ib","attrs":{},"content":null}},
                  {"number":2,"time_ms":5000,"connection":7,"direction":"sent",
                   "device":{"pn":"15550001111","device":1},"undecodable":"AP8="}],
       "more":false})"));
}

TEST(EncodeAdminTest, AnAnswerHoldsALimitedPartOfATrace) {
  const auto parts = [](std::vector<std::size_t> sizes) {
    std::vector<TracedStanza> trace;
    for (const std::size_t size : sizes) trace.push_back(traced(trace.size() + 1, Bytes(size)));
    const Json json = encoded(trace);
    return std::pair(json["stanzas"].size(), json["more"].get<bool>());
  };
  EXPECT_EQ(parts({kMaxTraceAnswer - 1, 1}), std::pair(std::size_t{2}, false));
  EXPECT_EQ(parts({kMaxTraceAnswer - 1, 2}), std::pair(std::size_t{1}, true));
  EXPECT_EQ(parts({kMaxTraceAnswer + 1, 1}), std::pair(std::size_t{1}, true)) << "never nothing";
}

}  // namespace
}  // namespace doublecheck::server
