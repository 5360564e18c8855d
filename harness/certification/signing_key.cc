#include "harness/certification/signing_key.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdexcept>
#include <utility>

#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::harness {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

struct FreeDigestContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigestContext>;

std::shared_ptr<EVP_PKEY> shared(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }

using ReadPem = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

// OpenSSL would ask a person for the password of an encrypted key.
int no_password(char*, int, int, void*) { return -1; }

Result<std::shared_ptr<EVP_PKEY>> read_key(std::string_view pem, ReadPem read, const char* what) {
  if (pem.size() > kMaxPemBytes) return fail(what, "the file is larger than kMaxPemBytes");
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EVP_PKEY* const key = read(bio.get(), nullptr, no_password, nullptr);
  if (key == nullptr) return fail(what, "the file is not a key in PEM without a password");
  auto owned = shared(key);
  if (EVP_PKEY_base_id(key) != EVP_PKEY_ED25519) return fail(what, "the key is not one of Ed25519");
  return owned;
}

template <typename Write>
std::string write_key(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (write(bio.get()) != 1) throw std::runtime_error("a key could not be written");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

const unsigned char* bytes_of(ByteView view) {
  return reinterpret_cast<const unsigned char*>(view.data());
}

}  // namespace

Result<VerifyingKey> VerifyingKey::from_pem(std::string_view pem) {
  auto key = read_key(pem, PEM_read_bio_PUBKEY, "public key");
  if (!key) return propagate(key);
  return VerifyingKey(std::move(*key));
}

std::string VerifyingKey::to_pem() const {
  return write_key([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key_.get()); });
}

bool VerifyingKey::verifies(ByteView message, ByteView signature) const {
  const DigestContext context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

std::string VerifyingKey::id() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  if (size <= 0) throw std::runtime_error("a key could not be written");
  const Bytes info(der, der + size);
  OPENSSL_free(der);
  return to_hex(sha256(info));
}

Result<SigningKey> SigningKey::generate() {
  EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (key == nullptr) return fail("key", "OpenSSL could not make one");
  return SigningKey(shared(key));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  auto key = read_key(pem, PEM_read_bio_PrivateKey, "private key");
  if (!key) return propagate(key);
  return SigningKey(std::move(*key));
}

std::string SigningKey::to_pem() const {
  return write_key([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

VerifyingKey SigningKey::verifying_key() const { return VerifyingKey(key_); }

Bytes SigningKey::sign(ByteView message) const {
  const DigestContext context(EVP_MD_CTX_new());
  Bytes signature(64);
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(message), message.size()) !=
          1) {
    throw std::runtime_error("OpenSSL could not sign");
  }
  return signature;
}

}  // namespace doublecheck::harness
