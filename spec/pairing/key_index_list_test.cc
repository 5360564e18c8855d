#include "spec/pairing/key_index_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spec/base/text_encoding.h"
#include "spec/noise/test_guard.h"

namespace doublecheck::pairing {
namespace {

using testing::ElementsAre;

const KeyIndexList kList = {.raw_id = 1,
                            .timestamp = 1700000000,
                            .current_index = 200,
                            .valid_indexes = {0, 3, 200},
                            .account_type = AccountType::kE2ee};

TEST(KeyIndexList, IsEncodedWithPackedIndexes) {
  EXPECT_EQ(to_hex(encode_key_index_list(kList)), "08011080e2cfaa0618c80122040003c8012800");
  EXPECT_EQ(decode_key_index_list(encode_key_index_list(kList)), kList);
  EXPECT_EQ(decode_key_index_list(*from_hex("2000200320c801"))->valid_indexes, kList.valid_indexes)
      << "indexes that are not packed are read as well";
  EXPECT_EQ(decode_key_index_list({}), KeyIndexList{});
}

// DEVICE-04
TEST(KeyIndexList, AdmitsWhatItListsAndWhatIsNewer) {
  EXPECT_TRUE(kList.admits(0));
  EXPECT_TRUE(kList.admits(3));
  EXPECT_TRUE(kList.admits(200));
  EXPECT_TRUE(kList.admits(201));
  EXPECT_FALSE(kList.admits(1));
  EXPECT_FALSE(kList.admits(199));
}

// DEVICE-03
TEST(KeyIndexList, VerifiesWithTheKeyOfItsAccount) {
  SeededRandom random(1);
  const KeyPair account = KeyPair::generate(random);
  const KeyPair other = KeyPair::generate(random);
  const SignedKeyIndexList good = sign_key_index_list(kList, account, random);
  EXPECT_EQ(good.account_signature_key, to_bytes(account.public_key));
  EXPECT_TRUE(xeddsa_verify(account.public_key, concat({Bytes{6, 2}, good.details}),
                            good.account_signature));
  EXPECT_EQ(verify_key_index_list(good, account.public_key, {}), kList);

  TestGuard observer;
  EXPECT_FALSE(verify_key_index_list(good, other.public_key, observer.guard()));
  SignedKeyIndexList forged = good;
  forged.details = encode_key_index_list(
      {.raw_id = 1, .timestamp = 2, .current_index = 3, .valid_indexes = {4}});
  EXPECT_FALSE(verify_key_index_list(forged, account.public_key, observer.guard()));
  forged = good;
  forged.account_signature.clear();
  EXPECT_FALSE(verify_key_index_list(forged, account.public_key, observer.guard()));
  EXPECT_THAT(observer.violated(), ElementsAre(Rule::DEVICE_03, Rule::DEVICE_03, Rule::DEVICE_03));
  observer.force(Rule::DEVICE_03, true);
  EXPECT_TRUE(verify_key_index_list(forged, account.public_key, observer.guard()));
}

TEST(KeyIndexList, TheSignedListEncodesToItself) {
  const SignedKeyIndexList list{
      .details = {1, 2}, .account_signature = {3}, .account_signature_key = {4, 5}};
  EXPECT_EQ(to_hex(encode_signed_key_index_list(list)), "0a0201021201031a020405");
  EXPECT_EQ(decode_signed_key_index_list(encode_signed_key_index_list(list)), list);
  EXPECT_FALSE(decode_signed_key_index_list(Bytes{0xff}));
}

TEST(KeyIndexList, IsLimited) {
  KeyIndexList list;
  list.valid_indexes.resize(kMaxAdvStructure - 11, 1);
  ASSERT_EQ(encode_key_index_list(list).size(), kMaxAdvStructure);
  EXPECT_EQ(decode_key_index_list(encode_key_index_list(list)), list);
  list.valid_indexes.push_back(1);
  EXPECT_FALSE(decode_key_index_list(encode_key_index_list(list)));

  SignedKeyIndexList signed_list;
  signed_list.details.resize(kMaxAdvStructure - 7);
  ASSERT_EQ(encode_signed_key_index_list(signed_list).size(), kMaxAdvStructure);
  EXPECT_TRUE(decode_signed_key_index_list(encode_signed_key_index_list(signed_list)));
  signed_list.details.push_back(0);
  EXPECT_FALSE(decode_signed_key_index_list(encode_signed_key_index_list(signed_list)));
}

}  // namespace
}  // namespace doublecheck::pairing
