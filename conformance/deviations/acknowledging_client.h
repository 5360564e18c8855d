#pragma once

#include <map>
#include <vector>

#include "reference/client/tamper.h"

// A client that pairs and logs in, and from then on acknowledges all that it is told, answers every
// query with an empty result, makes nothing of any of it, and writes to nobody.
namespace doublecheck::deviations {

class AcknowledgingClient final : public client::Tamper {
 public:
  bool received(client::ConnectionId connection, const wire::Node& stanza) override;
  void sending(client::ConnectionId connection, std::vector<wire::Node>& stanzas) override;

 private:
  // What it has to say on a connection on which it has logged in.
  std::map<client::ConnectionId, std::vector<wire::Node>> due_;
};

}  // namespace doublecheck::deviations
