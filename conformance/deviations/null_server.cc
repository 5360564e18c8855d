#include "conformance/deviations/null_server.h"

#include <chrono>
#include <string>
#include <utility>

namespace doublecheck::deviations {
namespace {

constexpr Duration kLatency = std::chrono::microseconds(100);

}  // namespace

std::unique_ptr<harness::Link> NullServer::connect(harness::LinkHandlers handlers) {
  const std::uint64_t id = next_connection_++;
  auto [client_end, server_end] = harness::make_memory_pipe(
      driver_, kLatency, std::move(handlers),
      {.on_bytes =
           [this, id](ByteView bytes) {
             if (behaviour_ == Behaviour::kEchoes) links_.at(id)->send(bytes);
           },
       .on_closed = [this, id](const std::string&) { links_.erase(id); }});
  if (behaviour_ == Behaviour::kCloses) {
    server_end->close();
  } else {
    links_[id] = std::move(server_end);
  }
  return std::move(client_end);
}

Result<server::PairedDevice> NullServer::scan(const std::string&) {
  return fail("scan", "nobody shows a code here");
}

Result<server::PairedDevice> NullServer::enter_code(const std::string&, const std::string&) {
  return fail("scan", "nobody shows a code here");
}

}  // namespace doublecheck::deviations
