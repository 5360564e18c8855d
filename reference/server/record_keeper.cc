#include "reference/server/record_keeper.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>
#include <string_view>

#include "spec/wire/node_codec.h"

namespace doublecheck::server {
namespace {

std::string digits_of(std::uint64_t number) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(number));
  return digits.data();
}

std::string numbered(const std::string& key, std::uint64_t number) {
  return key + "/" + digits_of(number);
}

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits != digits_of(number))
    return std::nullopt;
  return number;
}

std::vector<std::string> split(std::string_view key) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    parts.emplace_back(key.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string account_key(const std::string& phone_number) { return "account/" + phone_number; }
std::string group_key(const std::string& id) { return "group/" + id; }
std::string newsletter_key(const std::string& id) { return "newsletter/" + id; }

}  // namespace

void RecordKeeper::compare(std::string key, Bytes value, Bytes& known) {
  if (value == known) return;
  known = value;
  set(std::move(key), std::move(value));
}

// There are hundreds of keys, and they rarely change.
void RecordKeeper::compare(std::string key, const KeyDirectory& keys,
                           std::optional<KeyDirectory>& known) {
  if (keys == known) return;
  known = keys;
  set(std::move(key), encode_keys(keys));
}

std::vector<store::Change> RecordKeeper::changes(const ServerIdentity& identity,
                                                 Directory& directory, GroupDirectory& groups,
                                                 NewsletterDirectory& newsletters) {
  compare("server", encode_identity(identity), identity_);
  for (const std::string& phone_number : directory.touched()) {
    const Account* account = directory.look_up(phone_number);
    if (account == nullptr) {
      if (accounts_.erase(phone_number) > 0) erase(account_key(phone_number));
      continue;
    }
    compare_account(*account, accounts_[phone_number]);
  }
  directory.forget_changes();
  for (const std::string& id : groups.touched()) {
    if (const Group* group = groups.look_up(id)) {
      compare(group_key(id), encode_group(*group), groups_[id]);
    } else if (groups_.erase(id) > 0) {
      erase(group_key(id));
    }
  }
  groups.forget_changes();
  for (const std::string& id : newsletters.touched()) {
    if (const Newsletter* newsletter = newsletters.look_up(id)) {
      compare_newsletter(*newsletter, newsletters_[id]);
    } else if (newsletters_.erase(id) > 0) {
      erase(newsletter_key(id));
    }
  }
  newsletters.forget_changes();
  return std::exchange(changes_, {});
}

std::vector<store::Record> RecordKeeper::snapshot(const ServerIdentity& identity,
                                                  const Directory& directory,
                                                  const GroupDirectory& groups,
                                                  const NewsletterDirectory& newsletters) {
  RecordKeeper keeper;
  keeper.set("server", encode_identity(identity));
  for (const auto& [phone_number, account] : directory.all()) {
    keeper.compare_account(account, keeper.accounts_[phone_number]);
  }
  for (const auto& [id, group] : groups.all()) keeper.set(group_key(id), encode_group(group));
  for (const auto& [id, newsletter] : newsletters.all())
    keeper.compare_newsletter(newsletter, keeper.newsletters_[id]);
  std::vector<store::Record> records;
  for (store::Change& change : keeper.changes_) {
    if (change.value) records.push_back({std::move(change.key), std::move(*change.value)});
  }
  std::ranges::sort(records, {}, &store::Record::key);
  return records;
}

void RecordKeeper::compare_account(const Account& account, KnownAccount& known) {
  const std::string key = account_key(account.phone_number);
  compare(key, encode_account(account), known.account);
  compare(key + "/keys", account.phone_keys, known.keys);
  compare(key + "/phone", account.phone.serialize(), known.phone);

  for (; known.first_accepted < std::min(account.accepted.first(), known.end_accepted);
       ++known.first_accepted) {
    erase(numbered(key + "/accepted", known.first_accepted));
  }
  known.end_accepted = std::max(known.end_accepted, account.accepted.first());
  for (; known.end_accepted < account.accepted.end(); ++known.end_accepted) {
    set(numbered(key + "/accepted", known.end_accepted),
        encode_accepted(account.accepted.at(known.end_accepted)));
  }

  for (const auto& [name, collection] : account.app_state) {
    std::uint64_t& stored = known.patches[name];
    for (; stored < collection.patches.size(); ++stored) {
      set(numbered(key + "/app_state/" + name, stored), collection.patches[stored]);
    }
  }

  std::erase_if(known.devices, [&](const auto& entry) {
    const auto device = account.devices.find(entry.first);
    const bool gone =
        device == account.devices.end() || device->second.key_index != entry.second.key_index;
    if (gone) erase(numbered(key + "/device", entry.first));
    return gone;
  });
  for (const auto& [number, device] : account.devices) {
    compare_device(numbered(key + "/device", number), device, known.devices[number]);
  }
}

void RecordKeeper::compare_device(const std::string& key, const Device& device,
                                  KnownDevice& known) {
  known.key_index = device.key_index;
  compare(key, encode_device(device), known.device);
  compare(key + "/keys", device.keys, known.keys);
  for (const std::uint64_t sequence : device.queue.removed()) {
    // Of what came and went in one step nothing was ever kept.
    if (sequence < known.next_sequence) erase(numbered(key + "/queue", sequence));
  }
  const auto& stanzas = device.queue.stanzas();
  const auto first_new =
      std::ranges::lower_bound(stanzas, known.next_sequence, {}, &QueuedStanza::sequence);
  for (auto queued = first_new; queued != stanzas.end(); ++queued) {
    // What cannot be encoded cannot be sent either.
    if (auto stanza = wire::encode_payload(queued->stanza))
      set(numbered(key + "/queue", queued->sequence), std::move(*stanza));
  }
  known.next_sequence = device.queue.next_sequence();
}

void RecordKeeper::compare_newsletter(const Newsletter& newsletter, KnownNewsletter& known) {
  const std::string key = newsletter_key(newsletter.id);
  compare(key, encode_newsletter(newsletter), known.newsletter);
  const auto& posts = newsletter.history.posts();
  std::erase_if(known.posts, [&](const auto& entry) {
    const bool gone = !posts.contains(entry.first);
    if (gone) erase(numbered(key + "/post", entry.first));
    return gone;
  });
  for (const auto& [server_id, post] : posts) {
    const auto [at, added] = known.posts.try_emplace(server_id, post.revision);
    if (!added && at->second == post.revision) continue;
    at->second = post.revision;
    set(numbered(key + "/post", server_id), encode_post(post));
  }
}

Result<std::optional<ServerIdentity>> RecordKeeper::restore(
    const std::vector<store::Record>& records, Directory& directory, GroupDirectory& groups,
    NewsletterDirectory& newsletters) {
  if (records.empty()) return std::nullopt;
  std::optional<ServerIdentity> identity;
  for (const store::Record& record : records) {
    const auto damaged = [&](const std::string& why) {
      return fail("store", "record " + record.key + ": " + why);
    };
    if (record.key == "server") {
      auto decoded = decode_identity(record.value);
      if (!decoded) return damaged(decoded.error().to_string());
      identity_ = record.value;
      identity = *decoded;
      continue;
    }
    const std::vector<std::string> parts = split(record.key);
    if (parts.size() == 2 && parts.front() == "group") {
      if (auto taken = take_group(record, parts[1], groups); !taken)
        return damaged(taken.error().to_string());
      continue;
    }
    if (parts.size() >= 2 && parts.front() == "newsletter") {
      if (auto taken = take_newsletter(record, parts, newsletters); !taken)
        return damaged(taken.error().to_string());
      continue;
    }
    if (parts.size() < 2 || parts.front() != "account") return damaged("is of no known kind");
    if (parts.size() > 2) {
      if (auto taken = take(record, parts, directory); !taken)
        return damaged(taken.error().to_string());
      continue;
    }
    // It comes after those of the account's devices, but an account is nothing without it.
    const std::string phone_key = record.key + "/phone";
    const auto phone_record = std::ranges::lower_bound(records, phone_key, {}, &store::Record::key);
    if (phone_record == records.end() || phone_record->key != phone_key)
      return damaged("its phone is missing");
    auto phone = phone::Phone::restore(phone_record->value);
    if (!phone) return damaged(phone.error().to_string());
    auto account = decode_account(parts[1], record.value, std::move(*phone));
    if (!account) return damaged(account.error().to_string());
    if (auto inserted = directory.insert(std::move(*account)); !inserted)
      return damaged(inserted.error().to_string());
    KnownAccount& known = accounts_[parts[1]];
    known.account = record.value;
    known.phone = phone_record->value;
  }
  if (!identity) return fail("store", "record server is missing");
  for (const auto& [phone_number, known] : accounts_) {
    const auto missing = [account = account_key(phone_number)](const std::string& key) {
      return fail("store", "record " + account + key + " is missing");
    };
    if (!known.keys) return missing("/keys");
    for (const auto& [number, device] : known.devices) {
      if (!device.keys) return missing(numbered("/device", number) + "/keys");
    }
  }
  directory.forget_changes();
  groups.forget_changes();
  newsletters.forget_changes();
  return identity;
}

Result<> RecordKeeper::take_group(const store::Record& record, const std::string& id,
                                  GroupDirectory& groups) {
  auto group = decode_group(id, record.value);
  if (!group) return propagate(group);
  if (auto inserted = groups.insert(*std::move(group)); !inserted) return propagate(inserted);
  groups_[id] = record.value;
  return {};
}

Result<> RecordKeeper::take_newsletter(const store::Record& record,
                                       const std::vector<std::string>& parts,
                                       NewsletterDirectory& newsletters) {
  const std::string& id = parts[1];
  if (parts.size() == 2) {
    auto newsletter = decode_newsletter(id, record.value);
    if (!newsletter) return propagate(newsletter);
    if (auto inserted = newsletters.insert(*std::move(newsletter)); !inserted)
      return propagate(inserted);
    newsletters_[id].newsletter = record.value;
    return {};
  }
  const auto server_id = parts.size() == 4 ? number_of(parts[3]) : std::nullopt;
  if (parts[2] != "post" || !server_id) return fail("record", "is of no known kind");
  Newsletter* newsletter = newsletters.find(id);
  if (newsletter == nullptr) return fail("record", "its newsletter is missing");
  auto post = decode_post(*server_id, record.value);
  if (!post) return propagate(post);
  if (!newsletter->history.restore(*std::move(post)))
    return fail("record", "has a number that the newsletter never gave");
  newsletters_[id].posts[*server_id] = 0;
  return {};
}

// One record beneath an account's, `account/P/…`.
Result<> RecordKeeper::take(const store::Record& record, const std::vector<std::string>& parts,
                            Directory& directory) {
  Account* account = directory.by_phone_number(parts[1]);
  if (account == nullptr) return fail("record", "its account is missing");
  KnownAccount& known = accounts_[parts[1]];
  const std::string& kind = parts[2];
  if (kind == "phone" && parts.size() == 3) return {};  // came with its account
  if (kind == "keys" && parts.size() == 3) {
    auto keys = decode_keys(record.value);
    if (!keys) return propagate(keys);
    known.keys = *keys;
    account->phone_keys = std::move(*keys);
    return {};
  }
  const auto number = parts.size() > 3 ? number_of(parts.back()) : std::nullopt;
  if (kind == "accepted" && parts.size() == 4 && number) {
    auto message = decode_accepted(record.value);
    if (!message) return propagate(message);
    if (!account->accepted.restore(*number, *message))
      return fail("record", "does not follow the one before it");
    known.first_accepted = account->accepted.first();
    known.end_accepted = account->accepted.end();
    return {};
  }
  if (kind == "app_state" && parts.size() == 5 && number) {
    Collection& collection = account->app_state[parts[3]];
    if (collection.version() != *number) return fail("record", "an earlier one is missing");
    collection.patches.push_back(record.value);
    known.patches[parts[3]] = collection.version();
    return {};
  }
  if (kind == "device" && parts.size() > 3) return take_of_device(record, parts, *account, known);
  return fail("record", "is of no known kind");
}

// `account/P/device/D` and beneath it.
Result<> RecordKeeper::take_of_device(const store::Record& record,
                                      const std::vector<std::string>& parts, Account& account,
                                      KnownAccount& known) {
  const auto wide = number_of(parts[3]);
  if (!wide || *wide > std::numeric_limits<std::uint16_t>::max())
    return fail("record", "has no number of a device");
  const auto number = static_cast<std::uint16_t>(*wide);
  if (parts.size() == 4) {
    auto device = decode_device(number, record.value);
    if (!device) return propagate(device);
    known.devices[number] = {.key_index = device->key_index, .device = record.value, .keys = {}};
    account.devices.emplace(number, std::move(*device));
    return {};
  }
  const auto device = account.devices.find(number);
  if (device == account.devices.end()) return fail("record", "its device is missing");
  KnownDevice& known_device = known.devices[number];
  if (parts[4] == "keys" && parts.size() == 5) {
    auto keys = decode_keys(record.value);
    if (!keys) return propagate(keys);
    known_device.keys = *keys;
    device->second.keys = std::move(*keys);
    return {};
  }
  const auto sequence = parts.size() == 6 ? number_of(parts[5]) : std::nullopt;
  if (parts[4] == "queue" && sequence && *sequence < std::numeric_limits<std::uint64_t>::max()) {
    auto stanza = wire::Stanza::decode(record.value);
    if (!stanza) return propagate(stanza);
    device->second.queue.restore(*sequence, stanza->root());
    known_device.next_sequence = device->second.queue.next_sequence();
    return {};
  }
  return fail("record", "is of no known kind");
}

}  // namespace doublecheck::server
