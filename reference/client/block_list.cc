#include "reference/client/block_list.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reference/client/envelope.h"
#include "reference/client/stanzas.h"
#include "spec/base/result.h"

namespace doublecheck::client {
namespace {

// A state of the list.
struct BlockList {
  std::string hash;  // empty: the server has none
  std::set<Address> users;
};

// Reads whom an item names, by both names if it has them.
Result<Address> read_user(Turn& turn, const wire::Node& item) {
  const wire::Jid* jid = item.jid("jid");
  if (item.tag != "item" || jid == nullptr || !is_user(*jid))
    return fail("block list", "an item without user");
  const wire::Jid* phone_number = item.jid("pn_jid");
  if (phone_number != nullptr && turn.state.credentials.learn(*jid, *phone_number)) turn.changed();
  return turn.state.credentials.peers.address_of(*jid).account();
}

Result<BlockList> read_list(Turn& turn, const IqAnswer& answer) {
  if (!answer) return fail("block list", answer.error().to_string());
  const wire::Node* node = (*answer)->child("list");
  if (node == nullptr) return fail("block list", "the answer has no list");
  if (node->children().size() > kMaxBlockedUsers)
    return fail("block list", "more than kMaxBlockedUsers users");
  BlockList list{.hash = std::string(node->text("dhash").value_or("")), .users = {}};
  for (const wire::Node& item : node->children()) {
    auto user = read_user(turn, item);
    if (!user) return propagate(user);
    list.users.insert(*std::move(user));
  }
  return list;
}

std::vector<wire::Jid> names(const std::set<Address>& users) {
  std::vector<wire::Jid> jids;
  for (const Address& user : users) jids.push_back({user.user, user.server, 0, 0});
  return jids;
}

// Those of one set that are not in the other.
std::set<Address> without(const std::set<Address>& users, const std::set<Address>& others) {
  std::set<Address> left;
  std::ranges::set_difference(users, others, std::inserter(left, left.end()));
  return left;
}

// The copy becomes this list, and the application hears of the difference.
void adopt(Turn& turn, BlockList list) {
  Peers& peers = turn.state.credentials.peers;
  BlockListChanged change{.blocked = names(without(list.users, peers.blocked)),
                          .unblocked = names(without(peers.blocked, list.users))};
  if (!change.blocked.empty() || !change.unblocked.empty()) turn.notify(std::move(change));
  if (peers.blocked == list.users && peers.block_list_hash == list.hash) return;
  peers.blocked = std::move(list.users);
  peers.block_list_hash = std::move(list.hash);
  turn.changed();
}

wire::Node list_query() {
  return element("iq", {{"to", wire::Jid::of_server()}, {"xmlns", "blocklist"}, {"type", "get"}});
}

using ListHandler = std::function<void(Turn&, const Result<>&)>;

void query_list(Turn& turn, wire::Node query, ListHandler then) {
  turn.query(std::move(query), kIqTimeout,
             [then = std::move(then)](Turn& later, const IqAnswer& answer) {
               auto list = read_list(later, answer);
               if (!list) return then(later, propagate(list));
               adopt(later, *std::move(list));
               then(later, {});
             });
}

// The list after these changes; nothing if they are not understood, or lead beyond a limit.
Result<BlockList> changed(Turn& turn, const wire::Node& change) {
  BlockList list{.hash = std::string(change.text("dhash").value_or("")),
                 .users = turn.state.credentials.peers.blocked};
  for (const wire::Node& item : change.children()) {
    auto user = read_user(turn, item);
    if (!user) return propagate(user);
    const auto action = item.text("action");
    if (action == "block") {
      list.users.insert(*std::move(user));
    } else if (action == "unblock") {
      list.users.erase(*user);
    } else {
      return fail("block list", "an item that is neither blocked nor unblocked");
    }
    if (list.users.size() > kMaxBlockedUsers)
      return fail("block list", "more than kMaxBlockedUsers users");
  }
  return list;
}

}  // namespace

void change_block_list(Turn& turn, CommandId command, const wire::Jid& user, bool is_blocked) {
  if (!turn.state.is_open()) return turn.fail_command(command, "not connected");
  if (!is_user(user)) return turn.fail_command(command, "only users can be blocked");
  wire::Node item =
      element("item", {{"jid", user.account()}, {"action", is_blocked ? "block" : "unblock"}});
  query_list(turn, query_node("blocklist", "set", {std::move(item)}),
             [command](Turn& later, const Result<>& answered) {
               if (!answered) return later.fail_command(command, answered.error().to_string());
               later.done(command);
             });
}

void fetch_block_list(Turn& turn, CommandId command) {
  if (!turn.state.is_open()) return turn.fail_command(command, "not connected");
  query_list(turn, list_query(), [command](Turn& later, const Result<>& answered) {
    if (!answered) return later.fail_command(command, answered.error().to_string());
    later.notify(BlockListFetched{names(later.state.credentials.peers.blocked)});
    later.done(command);
  });
}

void refresh_block_list(Turn& turn) {
  query_list(turn, list_query(), [](Turn& later, const Result<>& answered) {
    if (!answered) later.remark(answered.error().to_string());
  });
}

void receive_block_list_change(Turn& turn, const wire::Node& change) {
  const std::string& known = turn.state.credentials.peers.block_list_hash;
  if (!known.empty() && change.text("dhash") == known) return;
  const bool follows = !known.empty() && change.text("prev_dhash") == known;
  if (!follows || !change.has("dhash")) return refresh_block_list(turn);
  auto list = changed(turn, change);
  if (list) return adopt(turn, *std::move(list));
  turn.remark("asks for the whole list: " + list.error().to_string());
  refresh_block_list(turn);
}

}  // namespace doublecheck::client
