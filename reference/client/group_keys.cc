#include "reference/client/group_keys.h"

#include <utility>

#include "reference/client/limits.h"

namespace doublecheck::client {

OwnGroupKey* GroupKeys::own_key(const wire::Jid& group, RandomSource& random) {
  const std::string name = group.to_string();
  const auto known = own.find(name);
  if (known != own.end()) return &known->second;
  if (own.size() >= kMaxGroups) return nullptr;
  return &own.emplace(name, OwnGroupKey{signal::OwnSenderKey::generate(random), {}}).first->second;
}

signal::SenderKeyRecord* GroupKeys::record(const GroupSender& sender) {
  const auto known = others.find(sender);
  if (known != others.end()) return &known->second;
  if (others.size() >= kMaxGroupSenders) return nullptr;
  return &others[sender];
}

void GroupKeys::rename(const Address& from, const Address& to) {
  const auto renamed = [&](const Address& device) {
    return device.same_account(from) ? Address{to.user, to.server, device.device} : device;
  };
  for (auto& [group, key] : own) {
    std::set<Address> holders;
    for (const Address& holder : key.holders) holders.insert(renamed(holder));
    key.holders = std::move(holders);
  }
  std::map<GroupSender, signal::SenderKeyRecord> records;
  for (auto& [sender, record] : others)
    records.emplace(GroupSender{sender.group, renamed(sender.sender)}, std::move(record));
  others = std::move(records);
}

void GroupKeys::forget_user(const Address& user) {
  for (auto& [group, key] : own)
    std::erase_if(key.holders, [&](const Address& holder) { return holder.same_account(user); });
  std::erase_if(others, [&](const auto& entry) { return entry.first.sender.same_account(user); });
}

void GroupKeys::forget_device(const Address& device) {
  for (auto& [group, key] : own) key.holders.erase(device);
  std::erase_if(others, [&](const auto& entry) { return entry.first.sender == device; });
}

}  // namespace doublecheck::client
