#include "reference/client/prekeys.h"

#include <utility>
#include <vector>

#include "reference/client/prekey_nodes.h"
#include "reference/client/stanzas.h"
#include "spec/signal/public_key.h"

namespace doublecheck::client {
namespace {

constexpr std::uint64_t kNotFound = 404;

wire::Node upload_iq(const KeyStore& keys, const std::vector<signal::OneTimePrekey>& batch) {
  std::vector<wire::Node> list;
  for (const signal::OneTimePrekey& prekey : batch) list.push_back(prekey_node(prekey));
  const std::uint8_t type[] = {signal::kCurve25519KeyType};
  return query_node(
      "encrypt", "set",
      {bytes_element("registration", u32_bytes(keys.local.registration_id)),
       bytes_element("type", type), bytes_element("identity", keys.local.identity_key.public_key),
       parent("list", std::move(list)), signed_prekey_node(keys.signed_prekey())});
}

void go_on(Turn& turn, const Continuation& then) {
  if (then && !turn.ending()) then(turn);
}

}  // namespace

void upload_prekeys(Turn& turn, Duration timeout, Continuation then) {
  if (turn.connection().uploading_prekeys) return go_on(turn, then);
  KeyStore& keys = turn.state.credentials.keys;
  std::vector<signal::OneTimePrekey> batch;
  for (std::size_t i = 0; i < kPrekeyBatch; ++i)
    batch.push_back(keys.add_one_time_prekey(turn.context.random));
  turn.changed();
  turn.connection().uploading_prekeys = true;
  turn.query(upload_iq(keys, batch), timeout,
             [then = std::move(then)](Turn& later, const IqAnswer& answer) {
               if (later.state.connection) later.connection().uploading_prekeys = false;
               if (!answer) later.remark("prekey upload: " + answer.error().to_string());
               go_on(later, then);
             });
}

void replenish_prekeys(Turn& turn, Duration timeout, Continuation then) {
  turn.query(
      query_node("encrypt", "get", {element("count")}), timeout,
      [timeout, then = std::move(then)](Turn& later, const IqAnswer& answer) {
        const wire::Node* count = answer ? (*answer)->child("count") : nullptr;
        if (!answer) later.remark("prekey count: " + answer.error().to_string());
        // A result that does not say how many there are says that there are none.
        if (answer && (count == nullptr || count->number("value").value_or(0) < kLowPrekeys)) {
          return upload_prekeys(later, timeout, then);
        }
        go_on(later, then);
      });
}

void check_digest(Turn& turn) {
  turn.query(query_node("encrypt", "get", {element("digest")}), kIqTimeout,
             [](Turn& later, const IqAnswer& answer) {
               const bool nothing_on_record = !answer &&
                                              answer.error().kind == IqFailure::Kind::kError &&
                                              answer.error().code == kNotFound;
               if (nothing_on_record) upload_prekeys(later, kIqTimeout, nullptr);
             });
}

}  // namespace doublecheck::client
