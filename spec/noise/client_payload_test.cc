#include "spec/noise/client_payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "spec/base/text_encoding.h"
#include "spec/noise/device_props.h"
#include "spec/noise/test_guard.h"
#include "spec/noise/test_transcripts.h"

namespace doublecheck::noise {
namespace {

using namespace test_vectors;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr AppVersion kVersion = {
    .primary = 2, .secondary = 3000, .tertiary = 1043857760, .quaternary = {}, .quinary = {}};

RegistrationKeys registration_keys() {
  SeededRandom random(3);
  RegistrationKeys keys;
  keys.registration_id = 0x01020304;
  keys.identity = KeyPair::generate(random);
  keys.signed_prekey_id = 0x0a0b0c;
  keys.signed_prekey = KeyPair::generate(random);
  return keys;
}

ClientPayload registration() {
  SeededRandom random(4);
  ClientPayload payload;
  payload.passive = false;
  payload.pull = false;
  payload.user_agent.emplace().app_version = kVersion;
  payload.device_pairing_data =
      make_device_pairing_data(registration_keys(), kVersion, Bytes{1, 2, 3}, random);
  return payload;
}

ClientPayload login() {
  ClientPayload payload;
  payload.username = 15550001111;
  payload.device = 7;
  payload.passive = true;
  payload.pull = true;
  return payload;
}

TEST(ClientPayload, TheVectorDecodesAndEncodesToItself) {
  const Bytes encoded = bytes_of_hex(load_case("noise-xx")["input"]["client_payload"]);
  const auto payload = decode_client_payload(encoded);
  ASSERT_TRUE(payload);
  EXPECT_EQ(encode_client_payload(*payload), encoded);
  EXPECT_TRUE(payload->is_login());
  EXPECT_EQ(payload->passive, true);
  EXPECT_EQ(payload->pull, true);
  EXPECT_EQ(payload->lid_db_migrated, true);
  EXPECT_EQ(payload->lc, 1);
  EXPECT_EQ(payload->connect_type, ConnectType::kWifiUnknown);
  EXPECT_EQ(payload->connect_reason, ConnectReason::kUserActivated);
  EXPECT_EQ(payload->web_info->sub_platform, WebSubPlatform::kWebBrowser);
  EXPECT_EQ(payload->user_agent->platform, Platform::kWeb);
  EXPECT_EQ(payload->user_agent->manufacturer, "");
  EXPECT_EQ(payload->user_agent->device, "Desktop");
  EXPECT_EQ(payload->user_agent->country, "US");
  const auto valid = validate_login(*payload, {});
  ASSERT_TRUE(valid);
  EXPECT_EQ(valid->username, *payload->username);
  EXPECT_EQ(valid->device, *payload->device);
}

TEST(ClientPayload, EveryFieldSurvivesEncoding) {
  ClientPayload payload = registration();
  payload.username = UINT64_MAX;
  payload.user_agent = UserAgent{.platform = static_cast<Platform>(4711),  // unknown values survive
                                 .app_version = AppVersion{1, 2, 3, 4, 5},
                                 .mobile_country_code = "000",
                                 .mobile_network_code = "001",
                                 .os_version = "0.1",
                                 .manufacturer = "",
                                 .device = "Desktop",
                                 .os_build_number = "0.2",
                                 .release_channel = ReleaseChannel::kDebug,
                                 .language = "en",
                                 .country = "US"};
  payload.web_info = WebInfo{WebSubPlatform::kWin32};
  payload.push_name = "name";
  payload.session_id = INT32_MIN;
  payload.short_connect = true;
  payload.connect_type = ConnectType::kCellularUnknown;
  payload.connect_reason = ConnectReason::kPush;
  payload.connect_attempt_count = 0;
  payload.device = 0;
  payload.oc = false;
  payload.lc = -1;
  payload.lid_db_migrated = false;
  EXPECT_EQ(decode_client_payload(encode_client_payload(payload)), payload);
  EXPECT_EQ(decode_client_payload(encode_client_payload({})), ClientPayload{});
}

// PAYLOAD-11
TEST(ClientPayload, UnknownFieldsAreIgnored) {
  Bytes encoded = encode_client_payload(login());
  append(encoded, *from_hex("c23e0100"));
  TestGuard guard;
  EXPECT_EQ(decode_client_payload(encoded, guard.guard()), login());
  EXPECT_TRUE(guard.exercised(Rule::PAYLOAD_11));
  guard.force(Rule::PAYLOAD_11, false);
  EXPECT_FALSE(decode_client_payload(encoded, guard.guard()));
  EXPECT_TRUE(decode_client_payload(encode_client_payload(login()), guard.guard()));
}

TEST(ClientPayload, RefusesWhatIsNotOneAndWhatIsTooLarge) {
  EXPECT_FALSE(decode_client_payload(Bytes{0xff}));
  ClientPayload payload;
  payload.push_name = std::string(kMaxClientPayload - 4, 'x');
  const Bytes largest = encode_client_payload(payload);
  ASSERT_EQ(largest.size(), kMaxClientPayload);
  EXPECT_TRUE(decode_client_payload(largest));
  *payload.push_name += 'x';
  EXPECT_FALSE(decode_client_payload(encode_client_payload(payload)));
}

TEST(ClientPayload, IsARegistrationOrALoginOrNeither) {
  EXPECT_TRUE(registration().is_registration());
  EXPECT_FALSE(registration().is_login());
  EXPECT_TRUE(login().is_login());
  EXPECT_FALSE(login().is_registration());

  ClientPayload interrupted_code_pairing = login();
  interrupted_code_pairing.device.reset();
  ClientPayload both = registration();
  both.username = 15550001111;
  both.device = 1;
  for (const ClientPayload& payload : {ClientPayload{}, interrupted_code_pairing, both}) {
    EXPECT_FALSE(payload.is_registration());
    EXPECT_FALSE(payload.is_login());
  }
}

TEST(ClientPayload, TheBuildHashIsThatOfTheVersion) {
  EXPECT_EQ(version_text(kVersion), "2.3000.1043857760");
  EXPECT_EQ(to_hex(build_hash(kVersion)), "f6f65c0607a1cdffd8752b051fc95edf");
  EXPECT_EQ(version_text({}), "0.0.0");
}

TEST(Registration, AGoodOneIsTakenApart) {
  const RegistrationKeys keys = registration_keys();
  TestGuard guard;
  const auto valid = validate_registration(registration(), guard.guard());
  ASSERT_TRUE(valid) << valid.error().to_string();
  EXPECT_THAT(guard.violated(), IsEmpty());
  EXPECT_EQ(valid->registration_id, keys.registration_id);
  EXPECT_EQ(valid->identity_key, keys.identity.public_key);
  EXPECT_EQ(valid->signed_prekey_id, keys.signed_prekey_id);
  EXPECT_EQ(valid->signed_prekey, keys.signed_prekey.public_key);
  EXPECT_EQ(to_bytes(valid->signed_prekey_signature),
            registration().device_pairing_data->signed_prekey_signature);
  EXPECT_EQ(valid->device_props, (Bytes{1, 2, 3}));
}

struct Defect {
  const char* name;
  Rule rule;
  std::function<void(ClientPayload&, DevicePairingData&)> make;
};

const std::vector<Defect>& defects() {
  using P = ClientPayload;
  using D = DevicePairingData;
  static const std::vector<Defect> all = {
      {"no pairing data", Rule::PAYLOAD_01, [](P& p, D&) { p.device_pairing_data.reset(); }},
      {"a username", Rule::PAYLOAD_01, [](P& p, D&) { p.username = 15550001111; }},
      {"no registration id", Rule::PAYLOAD_01, [](P&, D& d) { d.registration_id.reset(); }},
      {"no key type", Rule::PAYLOAD_01, [](P&, D& d) { d.key_type.reset(); }},
      {"no identity key", Rule::PAYLOAD_01, [](P&, D& d) { d.identity_key.reset(); }},
      {"no prekey id", Rule::PAYLOAD_01, [](P&, D& d) { d.signed_prekey_id.reset(); }},
      {"no prekey", Rule::PAYLOAD_01, [](P&, D& d) { d.signed_prekey.reset(); }},
      {"no signature", Rule::PAYLOAD_01, [](P&, D& d) { d.signed_prekey_signature.reset(); }},
      {"no build hash", Rule::PAYLOAD_01, [](P&, D& d) { d.build_hash.reset(); }},
      {"no device props", Rule::PAYLOAD_01, [](P&, D& d) { d.device_props.reset(); }},
      {"registration id of 3 bytes", Rule::PAYLOAD_03,
       [](P&, D& d) { d.registration_id->pop_back(); }},
      {"registration id of 5 bytes", Rule::PAYLOAD_03,
       [](P&, D& d) { d.registration_id->push_back(0); }},
      {"prekey id of 4 bytes", Rule::PAYLOAD_03,
       [](P&, D& d) { d.signed_prekey_id->push_back(0); }},
      {"prekey id of 2 bytes", Rule::PAYLOAD_03, [](P&, D& d) { d.signed_prekey_id->pop_back(); }},
      {"key type 6", Rule::PAYLOAD_03, [](P&, D& d) { d.key_type = Bytes{6}; }},
      {"key type empty", Rule::PAYLOAD_03, [](P&, D& d) { d.key_type = Bytes{}; }},
      {"key type of 2 bytes", Rule::PAYLOAD_03, [](P&, D& d) { d.key_type = Bytes{5, 0}; }},
      {"typed identity key", Rule::PAYLOAD_03,
       [](P&, D& d) { d.identity_key->insert(d.identity_key->begin(), 5); }},
      {"prekey of 31 bytes", Rule::PAYLOAD_03, [](P&, D& d) { d.signed_prekey->pop_back(); }},
      {"signature flipped", Rule::PAYLOAD_04,
       [](P&, D& d) { (*d.signed_prekey_signature)[0] ^= 1; }},
      {"signature of 63 bytes", Rule::PAYLOAD_04,
       [](P&, D& d) { d.signed_prekey_signature->pop_back(); }},
      {"signature over the bare key", Rule::PAYLOAD_04,
       [](P&, D& d) {
         SeededRandom random(5);
         d.signed_prekey_signature = to_bytes(
             xeddsa_sign(registration_keys().identity.private_key, *d.signed_prekey, random));
       }},
      {"signature by another", Rule::PAYLOAD_04,
       [](P&, D& d) { d.identity_key = to_bytes(registration_keys().signed_prekey.public_key); }},
      {"build hash of another version", Rule::PAYLOAD_06,
       [](P& p, D&) { p.user_agent->app_version->tertiary = 1; }},
      {"no version", Rule::PAYLOAD_06, [](P& p, D&) { p.user_agent.reset(); }},
      {"passive", Rule::PAYLOAD_07, [](P& p, D&) { p.passive = true; }},
      {"pull", Rule::PAYLOAD_07, [](P& p, D&) { p.pull = true; }},
  };
  return all;
}

ClientPayload defective(const Defect& defect) {
  ClientPayload payload = registration();
  // Apart, since a defect may be that there is none.
  DevicePairingData data = *payload.device_pairing_data;
  defect.make(payload, data);
  if (payload.device_pairing_data) payload.device_pairing_data = data;
  return payload;
}

TEST(Registration, EachDefectViolatesItsRuleAndNoOther) {
  for (const Defect& defect : defects()) {
    SCOPED_TRACE(defect.name);
    TestGuard guard;
    EXPECT_FALSE(validate_registration(defective(defect), guard.guard()));
    EXPECT_THAT(guard.violated(), ElementsAre(defect.rule));
  }
}

TEST(Registration, ForcedOpenAnythingIsAccepted) {
  for (const Defect& defect : defects()) {
    SCOPED_TRACE(defect.name);
    TestGuard guard;
    for (const Rule rule : {Rule::PAYLOAD_01, Rule::PAYLOAD_03, Rule::PAYLOAD_04, Rule::PAYLOAD_06,
                            Rule::PAYLOAD_07}) {
      guard.force(rule, true);
    }
    EXPECT_TRUE(validate_registration(defective(defect), guard.guard()));
  }
}

TEST(Registration, AbsentFlagsAreFalse) {
  ClientPayload payload = registration();
  payload.passive.reset();
  payload.pull.reset();
  EXPECT_TRUE(validate_registration(payload, {}));
}

TEST(Login, EachDefectViolatesItsRule) {
  const auto violated = [](const std::function<void(ClientPayload&)>& change) {
    ClientPayload payload = login();
    change(payload);
    TestGuard guard;
    const bool valid = validate_login(payload, guard.guard()).has_value();
    EXPECT_EQ(valid, guard.violated().empty());
    return guard.violated();
  };
  EXPECT_THAT(violated([](auto&) {}), IsEmpty());
  EXPECT_THAT(violated([](auto& p) { p.pull.reset(); }), IsEmpty()) << "PAYLOAD-08 is a SHOULD";
  EXPECT_THAT(violated([](auto& p) { p.username.reset(); }), ElementsAre(Rule::PAYLOAD_02));
  EXPECT_THAT(violated([](auto& p) { p.device.reset(); }), ElementsAre(Rule::PAYLOAD_02));
  EXPECT_THAT(violated([](auto& p) { p.device_pairing_data.emplace(); }),
              ElementsAre(Rule::PAYLOAD_02));
  EXPECT_THAT(violated([](auto& p) { p.passive = false; }), ElementsAre(Rule::PAYLOAD_07));
  EXPECT_THAT(violated([](auto& p) { p.passive.reset(); }), ElementsAre(Rule::PAYLOAD_07));
  EXPECT_THAT(violated([](auto& p) {
                p.passive = false;
                p.device = 0;
              }),
              IsEmpty())
      << "a phone";
}

TEST(DeviceProps, EveryFieldSurvivesEncoding) {
  const DeviceProps props{
      .os = "Mac OS",
      .version = AppVersion{10, 15, 7, 0, 0},
      .platform = CompanionPlatform::kChrome,
      .require_full_sync = false,
      .history_sync_config = HistorySyncConfig{.full_sync_days_limit = 1,
                                               .full_sync_size_megabytes_limit = 2,
                                               .storage_quota_megabytes = 3,
                                               .inline_initial_payload = true,
                                               .recent_sync_days_limit = 0,
                                               .on_demand_ready = false}};
  EXPECT_EQ(decode_device_props(encode_device_props(props)), props);
  EXPECT_EQ(decode_device_props({}), DeviceProps{});
  EXPECT_EQ(to_hex(encode_device_props({.os = "x",
                                        .version = {},
                                        .platform = CompanionPlatform::kUnknown,
                                        .require_full_sync = true,
                                        .history_sync_config = {}})),
            "0a017818002001");
}

TEST(DeviceProps, RefusesWhatIsNotOneAndWhatIsTooLarge) {
  EXPECT_FALSE(decode_device_props(Bytes{0xff}));
  DeviceProps props;
  props.os = std::string(kMaxClientPayload - 4, 'x');
  ASSERT_EQ(encode_device_props(props).size(), kMaxClientPayload);
  EXPECT_TRUE(decode_device_props(encode_device_props(props)));
  *props.os += 'x';
  EXPECT_FALSE(decode_device_props(encode_device_props(props)));
}

}  // namespace
}  // namespace doublecheck::noise
