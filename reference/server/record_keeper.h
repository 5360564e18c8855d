#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reference/server/account.h"
#include "reference/server/directory.h"
#include "reference/server/group_directory.h"
#include "reference/server/newsletter_directory.h"
#include "reference/server/record_codec.h"
#include "reference/store/record.h"
#include "spec/base/bytes.h"
#include "spec/base/result.h"

// What a step has changed of that which survives a restart. Handlers change accounts and devices
// and know nothing of it: the keeper compares those that they were given with what it last saw of
// them. Its records:
//
//   server                                    ServerRecord
//   account/P                                 AccountRecord; P is the phone number
//   account/P/accepted/N                      AcceptedRecord
//   account/P/app_state/COLLECTION/N          a patch; N is its place in the collection
//   account/P/device/D                        DeviceRecord
//   account/P/device/D/keys                   KeysRecord
//   account/P/device/D/queue/N                a stanza, as it would be on the wire
//   account/P/keys                            KeysRecord of the phone
//   account/P/phone                           the phone
//   group/G                                   GroupRecord; G is the group's id
//   newsletter/L                              NewsletterRecord; L is the newsletter's id
//   newsletter/L/post/S                       PostRecord; S is the number that the server gave it
//
// Numbers have 16 hexadecimal digits, so that the order of keys is that of numbers.
namespace doublecheck::server {

class RecordKeeper {
 public:
  // All that there is to keep, in the order of keys.
  static std::vector<store::Record> snapshot(const ServerIdentity& identity,
                                             const Directory& directory,
                                             const GroupDirectory& groups,
                                             const NewsletterDirectory& newsletters);

  // What has changed since the last call. The directories forget what they noted as changed.
  std::vector<store::Change> changes(const ServerIdentity& identity, Directory& directory,
                                     GroupDirectory& groups, NewsletterDirectory& newsletters);

  // Fills directories that are empty with what was kept, and takes it as known. The records are in
  // the order of their keys. An error names the record that is damaged or unknown, and leaves the
  // directories to be thrown away. Nothing when there are none: the server is new.
  Result<std::optional<ServerIdentity>> restore(const std::vector<store::Record>& records,
                                                Directory& directory, GroupDirectory& groups,
                                                NewsletterDirectory& newsletters);

 private:
  struct KnownDevice {
    std::uint32_t key_index = 0;  // tells a device from a later one of the same number
    Bytes device;
    std::optional<KeyDirectory> keys;
    std::uint64_t next_sequence = 1;
  };
  struct KnownAccount {
    Bytes account;
    std::optional<KeyDirectory> keys;
    Bytes phone;
    std::map<std::uint16_t, KnownDevice> devices;
    std::map<std::string, std::uint64_t> patches;  // how many, by collection
    std::uint64_t first_accepted = 0;
    std::uint64_t end_accepted = 0;
  };

  struct KnownNewsletter {
    Bytes newsletter;
    std::map<std::uint64_t, std::uint64_t> posts;  // revisions, by number
  };

  void compare(std::string key, Bytes value, Bytes& known);
  void compare(std::string key, const KeyDirectory& keys, std::optional<KeyDirectory>& known);
  void set(std::string key, Bytes value) { changes_.push_back({std::move(key), std::move(value)}); }
  void erase(std::string key) { changes_.push_back({std::move(key), std::nullopt}); }
  void compare_account(const Account& account, KnownAccount& known);
  void compare_device(const std::string& key, const Device& device, KnownDevice& known);
  void compare_newsletter(const Newsletter& newsletter, KnownNewsletter& known);
  Result<> take_group(const store::Record& record, const std::string& id, GroupDirectory& groups);
  // `newsletter/L` and beneath it.
  Result<> take_newsletter(const store::Record& record, const std::vector<std::string>& parts,
                           NewsletterDirectory& newsletters);
  Result<> take(const store::Record& record, const std::vector<std::string>& parts,
                Directory& directory);
  Result<> take_of_device(const store::Record& record, const std::vector<std::string>& parts,
                          Account& account, KnownAccount& known);

  Bytes identity_;
  std::map<std::string, KnownAccount> accounts_;        // by phone number
  std::map<std::string, Bytes> groups_;                 // by id
  std::map<std::string, KnownNewsletter> newsletters_;  // by id
  std::vector<store::Change> changes_;                  // of the call that is under way
};

}  // namespace doublecheck::server
