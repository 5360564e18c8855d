#include "spec/payload/phash.h"

#include <gtest/gtest.h>

#include <charconv>
#include <string_view>
#include <vector>

#include "spec/base/test_vectors.h"

namespace doublecheck::payload {
namespace {

// `user@server` or `user:device@server`.
DeviceAddress address_of(std::string_view jid) {
  const std::size_t at = jid.find('@');
  const std::string_view name = jid.substr(0, at);
  const std::size_t colon = name.find(':');
  DeviceAddress address{.user = std::string(name.substr(0, colon)),
                        .server = std::string(jid.substr(at + 1))};
  if (colon != std::string_view::npos) {
    std::from_chars(name.data() + colon + 1, name.data() + name.size(), address.device);
  }
  return address;
}

std::vector<DeviceAddress> addresses_of(std::initializer_list<std::string_view> jids) {
  std::vector<DeviceAddress> addresses;
  for (const std::string_view jid : jids) addresses.push_back(address_of(jid));
  return addresses;
}

TEST(Phash, Vectors) {
  std::size_t checked = 0;
  const test_vectors::Json vectors = test_vectors::load("phash");
  for (const auto& vector : vectors.at("cases")) {
    std::vector<DeviceAddress> devices;
    for (const auto& jid : vector.at("input").at("devices")) {
      devices.push_back(address_of(jid.get<std::string>()));
    }
    EXPECT_EQ(phash(devices), vector.at("output").at("expected").get<std::string>())
        << vector.at("name");
    ++checked;
  }
  EXPECT_GE(checked, 10U);
}

TEST(Phash, OtherForms) {
  const auto devices =
      addresses_of({"5511000000002@s.whatsapp.net", "5511000000002:3@s.whatsapp.net",
                    "5511000000002:12@s.whatsapp.net"});
  EXPECT_EQ(phash(devices, PhashForm::kStandard), "2:33EG/Q7L");
  EXPECT_EQ(phash(devices, PhashForm::kUrlSafe), "2:33EG_Q7L");
  EXPECT_EQ(phash(devices, PhashForm::kPlainJid), "2:oTbPeUWR");
  EXPECT_EQ(phash(devices, PhashForm::kPlainJidSixCharacters), "2:oTbPeU");
  const auto plus = addresses_of({"5511000010010@s.whatsapp.net"});
  EXPECT_EQ(phash(plus, PhashForm::kStandard), "2:/ksM+mNY");
  EXPECT_EQ(phash(plus, PhashForm::kUrlSafe), "2:_ksM-mNY");
  EXPECT_EQ(phash(plus, PhashForm::kPlainJid), "2:ZEeSY+kr");
  EXPECT_EQ(phash({}, PhashForm::kPlainJidSixCharacters), "2:47DEQp");
}

TEST(Phash, DoesNotDependOnTheOrder) {
  const auto one = addresses_of({"1@lid", "1:2@lid", "2@lid"});
  const auto other = addresses_of({"2@lid", "1:2@lid", "1@lid"});
  EXPECT_EQ(phash(one), phash(other));
  EXPECT_NE(phash(one), phash(addresses_of({"1@lid", "1:2@lid"})));
}

}  // namespace
}  // namespace doublecheck::payload
