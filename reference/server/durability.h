#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "reference/server/directory.h"
#include "reference/server/effect.h"
#include "reference/server/record_keeper.h"
#include "reference/store/record.h"
#include "spec/base/result.h"

// Nothing leaves the server before everything that it knew by then is durable.
namespace doublecheck::server {

class Durability {
 public:
  // See RecordKeeper.
  Result<std::optional<ServerIdentity>> restore(const std::vector<store::Record>& records,
                                                Directory& directory, GroupDirectory& groups,
                                                NewsletterDirectory& newsletters) {
    return keeper_.restore(records, directory, groups, newsletters);
  }

  // What a step wants done, of which `origin` is the connection, or 0. Comes back with what may be
  // done at once: the request to make durable what has changed, and the rest unless it has to wait.
  Effects admit(ConnectionId origin, const ServerIdentity& identity, Directory& directory,
                GroupDirectory& groups, NewsletterDirectory& newsletters, Effects effects);

  // What waited for no more than this.
  Effects persisted(store::Ticket ticket);

  // Bytes that wait on account of a connection: frames for it, and changes that it has made.
  std::size_t waiting_bytes(ConnectionId connection) const;

 private:
  struct Waiting {
    store::Ticket ticket;
    Effect effect;
  };
  struct Burden {
    store::Ticket ticket;
    ConnectionId connection;
    std::size_t bytes;
  };

  void burden(ConnectionId connection, std::size_t bytes);

  RecordKeeper keeper_;
  store::Ticket last_ = 0;     // that was given out
  store::Ticket durable_ = 0;  // the last one that is
  std::deque<Waiting> waiting_;
  std::deque<Burden> burdens_;
  std::map<ConnectionId, std::size_t> waiting_bytes_;
};

}  // namespace doublecheck::server
