#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/base/random.h"
#include "spec/base/time.h"
#include "spec/wire/node.h"

// The queries of one connection that wait for their answers.
namespace doublecheck::client {

class Turn;

// Why there is no result.
struct IqFailure {
  enum class Kind { kError, kTimeout, kStreamEnded, kTooMany };
  Kind kind = Kind::kError;
  std::uint64_t code = 0;  // of an error; 0 when it has none
  std::string text = {};

  std::string to_string() const;
};

// The result iq, which lives during the call; or why there is none.
using IqAnswer = std::expected<const wire::Node*, IqFailure>;

// Called exactly once for every query (STANZA-17, STANZA-18, CONTROL-07).
using IqHandler = std::function<void(Turn&, const IqAnswer&)>;

class IqTable {
 public:
  // Ids are `a.b-n`: two numbers of this connection, drawn at random, and a counter (IQ-01).
  explicit IqTable(RandomSource& random);

  // The id of a new query; nothing when kMaxPendingQueries wait.
  std::optional<std::string> add(Instant deadline, IqHandler handler);

  bool waits_for(std::string_view id) const { return pending_.contains(id); }

  // The handlers to call: of the query with this id, of those whose time is over, of all. They are
  // forgotten here.
  IqHandler take(std::string_view id);
  std::vector<IqHandler> take_expired(Instant now);
  std::vector<IqHandler> take_all();

  std::optional<Instant> next_deadline() const;

 private:
  struct Pending {
    std::uint64_t number = 0;
    Instant deadline;
    IqHandler handler;
  };
  std::vector<IqHandler> take_if(const std::function<bool(const Pending&)>& wanted);

  std::string prefix_;
  std::uint64_t last_number_ = 0;
  std::map<std::string, Pending, std::less<>> pending_;
};

}  // namespace doublecheck::client
