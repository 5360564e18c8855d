#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/tamper.h"
#include "spec/wire/node.h"

// For tests of clients beside the reference server: looks on, and makes messages unreadable on
// their way to a device.
namespace doublecheck::harness {

class MessageTap final : public server::Tamper {
 public:
  static constexpr std::size_t kAlways = SIZE_MAX;

  // Damages so many copies of each message that the server sends for the first time on this
  // connection from now on.
  void damage(server::ConnectionId reader, std::size_t copies) {
    reader_ = reader;
    copies_ = copies;
  }

  // The messages and receipts that clients have sent, in order; those with this tag and id.
  const std::vector<wire::Node>& sent() const { return sent_; }
  std::vector<wire::Node> sent(std::string_view tag, std::string_view id) const;

  bool received(server::ConnectionId, const wire::Node& stanza) override;
  void sending(server::ConnectionId connection, std::vector<wire::Node>& stanzas) override;

 private:
  server::ConnectionId reader_ = 0;
  std::size_t copies_ = 0;
  std::map<std::string, std::size_t> left_;  // copies to damage, by message id
  std::vector<wire::Node> sent_;
};

}  // namespace doublecheck::harness
