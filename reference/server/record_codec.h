#pragma once

#include <cstdint>
#include <string>

#include "reference/server/account.h"
#include "reference/server/group.h"
#include "reference/server/newsletter.h"
#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/result.h"
#include "spec/noise/certificate.h"

// The values of the server's records (records.proto). Encoding is deterministic; decoding is total,
// and refuses keys of a wrong size.
namespace doublecheck::server {

// What makes this server itself to those who know it.
struct ServerIdentity {
  noise::CertificateAuthority authority;
  KeyPair static_key;
  std::uint64_t next_stanza_number = 1;
  std::uint64_t unnamed_accounts = 0;
};

Bytes encode_identity(const ServerIdentity& identity);
Result<ServerIdentity> decode_identity(ByteView bytes);

// An account without its phone, its devices, its app state and the messages accepted from it.
Bytes encode_account(const Account& account);
Result<Account> decode_account(std::string phone_number, ByteView bytes, phone::Phone phone);

// A device without its keys and its queue.
Bytes encode_device(const Device& device);
Result<Device> decode_device(std::uint16_t number, ByteView bytes);

Bytes encode_keys(const KeyDirectory& keys);
Result<KeyDirectory> decode_keys(ByteView bytes);

Bytes encode_group(const Group& group);
Result<Group> decode_group(std::string id, ByteView bytes);

// A newsletter without its posts; a post, under its number.
Bytes encode_newsletter(const Newsletter& newsletter);
Result<Newsletter> decode_newsletter(std::string id, ByteView bytes);
Bytes encode_post(const NewsletterPost& post);
Result<NewsletterPost> decode_post(std::uint64_t server_id, ByteView bytes);

Bytes encode_accepted(const AcceptedMessages::Message& message);
Result<AcceptedMessages::Message> decode_accepted(ByteView bytes);

}  // namespace doublecheck::server
