#include "spec/base/crypto.h"

#include <gtest/gtest.h>

#include "spec/base/test_vectors.h"

// Known answers from the standards. What this protocol makes of the primitives is tested where it
// is used.
namespace doublecheck {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

// RFC 6234 and RFC 1321.
TEST(Digest, KnownAnswers) {
  const ByteView abc = as_bytes("abc");
  const ByteView two_blocks = as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(abc)),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(two_blocks)),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha512(abc)),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(to_hex(sha1({})), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(to_hex(sha1(abc)), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(md5({})), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(md5(abc)), "900150983cd24fb0d6963f7d28e17f72");
}

// RFC 4231, and a key of no bytes.
TEST(Hmac, KnownAnswers) {
  const auto tag = [](ByteView key, ByteView data) { return to_hex(hmac_sha256(key, data)); };
  EXPECT_EQ(tag(Bytes(20, 0x0b), as_bytes("Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(tag(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(tag(Bytes(20, 0xaa), Bytes(50, 0xdd)),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(
      tag(Bytes(131, 0xaa), as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(tag({}, {}), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 5869, appendix A.
TEST(Hkdf, KnownAnswers) {
  EXPECT_EQ(to_hex(hkdf_sha256(Bytes(22, 0x0b), hex("000102030405060708090a0b0c"),
                               hex("f0f1f2f3f4f5f6f7f8f9"), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  Bytes input(80);
  Bytes salt(80);
  Bytes info(80);
  for (std::uint8_t i = 0; i < 80; ++i) {
    input[i] = i;
    salt[i] = static_cast<std::uint8_t>(0x60 + i);
    info[i] = static_cast<std::uint8_t>(0xb0 + i);
  }
  EXPECT_EQ(
      to_hex(hkdf_sha256(input, salt, info, 82)),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
      "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(to_hex(hkdf_sha256(Bytes(22, 0x0b), {}, {}, 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, SizesUpToTheLimit) {
  const Bytes most = hkdf_sha256(as_bytes("input"), {}, {}, 255 * 32);
  EXPECT_EQ(most.size(), 255U * 32);
  for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 8159U}) {
    const Bytes some = hkdf_sha256(as_bytes("input"), {}, {}, size);
    EXPECT_EQ(to_hex(some), to_hex(ByteView(most).first(size)));
  }
  EXPECT_EQ(hkdf_sha256(as_bytes("input"), Bytes(32, 0), {}, 32),
            hkdf_sha256(as_bytes("input"), {}, {}, 32));
}

TEST(HkdfDeathTest, MoreThanTheLimitIsAMistakeOfTheCaller) {
  EXPECT_DEATH(hkdf_sha256(as_bytes("input"), {}, {}, 255 * 32 + 1), "");
}

TEST(Hkdf, Vectors) {
  const auto vectors = test_vectors::load("hkdf-infos");
  EXPECT_GE(vectors["cases"].size(), 30U);
  for (const auto& vector : vectors["cases"]) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const auto& input = vector["input"];
    EXPECT_EQ(to_hex(hkdf_sha256(test_vectors::bytes_of_hex(input["ikm"]),
                                 test_vectors::bytes_of_hex(input["salt"]),
                                 test_vectors::bytes_of_hex(input["infoHex"]), input["length"])),
              vector["output"]["okm"].get<std::string>());
  }
}

// RFC 7914, section 11.
TEST(Pbkdf2, KnownAnswers) {
  EXPECT_EQ(to_hex(pbkdf2_hmac_sha256(as_bytes("passwd"), as_bytes("salt"), 1, 64)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
  EXPECT_EQ(to_hex(pbkdf2_hmac_sha256(as_bytes("Password"), as_bytes("NaCl"), 80000, 64)),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
            "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d");
}

struct GcmCase {
  std::string key;
  std::string nonce;
  std::string plaintext;
  std::string associated_data;
  std::string sealed;
};

// Test cases 13 to 16 of the specification of GCM.
const GcmCase kGcmCases[] = {
    {std::string(64, '0'), std::string(24, '0'), "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {std::string(64, '0'), std::string(24, '0'), std::string(32, '0'), "",
     "cea7403d4d606b6e074ec5d3baf39d18"
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Gcm, KnownAnswers) {
  for (const GcmCase& gcm : kGcmCases) {
    const Bytes sealed =
        aes256_gcm_seal(hex(gcm.key), hex(gcm.nonce), hex(gcm.plaintext), hex(gcm.associated_data));
    EXPECT_EQ(to_hex(sealed), gcm.sealed);
    EXPECT_EQ(aes256_gcm_open(hex(gcm.key), hex(gcm.nonce), sealed, hex(gcm.associated_data)),
              hex(gcm.plaintext));
  }
}

TEST(Gcm, AnyChangeIsRefused) {
  const GcmCase& gcm = kGcmCases[3];
  const auto open = [&](const Bytes& sealed, const Bytes& associated_data) {
    return aes256_gcm_open(hex(gcm.key), hex(gcm.nonce), sealed, associated_data);
  };
  const Bytes sealed = hex(gcm.sealed);
  const Bytes associated_data = hex(gcm.associated_data);
  ASSERT_TRUE(open(sealed, associated_data));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 0x01;
    EXPECT_FALSE(open(changed, associated_data)) << i;
    EXPECT_FALSE(open(Bytes(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(i)),
                      associated_data))
        << i;
  }
  EXPECT_FALSE(open(sealed, {}));
  EXPECT_FALSE(open({}, {}));
}

// NIST SP 800-38A, sections F.2.5 and F.5.5.
const char* const kAesKey = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
const char* const kAesPlaintext =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

TEST(Cbc, KnownAnswers) {
  const Bytes key = hex(kAesKey);
  const Bytes iv = hex("000102030405060708090a0b0c0d0e0f");
  const Bytes ciphertext = aes256_cbc_encrypt(key, iv, hex(kAesPlaintext));
  ASSERT_EQ(ciphertext.size(), 80U);  // and a block of padding
  EXPECT_EQ(to_hex(ByteView(ciphertext).first(64)),
            "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
            "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b");
  EXPECT_EQ(aes256_cbc_decrypt(key, iv, ciphertext), hex(kAesPlaintext));
}

TEST(Cbc, PaddingFillsTheLastBlock) {
  const Bytes key(32, 1);
  const Bytes iv(16, 2);
  for (std::size_t size = 0; size <= 33; ++size) {
    const Bytes plaintext(size, 0x77);
    const Bytes ciphertext = aes256_cbc_encrypt(key, iv, plaintext);
    EXPECT_EQ(ciphertext.size(), (size / 16 + 1) * 16);
    EXPECT_EQ(aes256_cbc_decrypt(key, iv, ciphertext), plaintext);
  }
}

TEST(Cbc, BadSizesAndPaddingAreRefused) {
  const Bytes key(32, 1);
  const Bytes iv(16, 2);
  const Bytes ciphertext = aes256_cbc_encrypt(key, iv, Bytes(20, 0x77));
  EXPECT_FALSE(aes256_cbc_decrypt(key, iv, {}));
  for (std::size_t size = 1; size < ciphertext.size(); ++size) {
    // The first block alone ends in 77, which is no padding.
    EXPECT_FALSE(aes256_cbc_decrypt(key, iv, ByteView(ciphertext).first(size))) << size;
  }
  // A change in the first block changes the same bit of the padding in the second.
  Bytes changed = ciphertext;
  changed[15] ^= 0x01;
  EXPECT_FALSE(aes256_cbc_decrypt(key, iv, changed));
}

TEST(Ctr, KnownAnswers) {
  const Bytes iv = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  const std::string ciphertext =
      "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
      "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6";
  EXPECT_EQ(to_hex(aes256_ctr(hex(kAesKey), iv, hex(kAesPlaintext))), ciphertext);
  EXPECT_EQ(to_hex(aes256_ctr(hex(kAesKey), iv, hex(ciphertext))), kAesPlaintext);
  EXPECT_EQ(aes256_ctr(hex(kAesKey), iv, {}), Bytes{});
  // RFC 3686, test vector 7.
  EXPECT_EQ(
      to_hex(aes256_ctr(hex("776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c104"),
                        hex("00000060db5672c97aa8f0b200000001"), as_bytes("Single block msg"))),
      "145ad01dbf824ec7560863dc71e3e0c0");
}

TEST(EqualInConstantTime, ComparesSizeAndOctets) {
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  EXPECT_TRUE(equal_in_constant_time(Bytes{1, 2}, Bytes{1, 2}));
  EXPECT_FALSE(equal_in_constant_time(Bytes{1, 2}, Bytes{1, 3}));
  EXPECT_FALSE(equal_in_constant_time(Bytes{1, 2}, Bytes{1}));
}

}  // namespace
}  // namespace doublecheck
