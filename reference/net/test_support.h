#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reference/net/carrier.h"

// For the tests of this folder.
namespace doublecheck::net {

// Runs the io_context until `done`; false when that takes longer than any machine should need.
inline bool run_until(boost::asio::io_context& io, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    io.restart();
    io.run_one_until(deadline);
  }
  return true;
}

// One end of a connection, and everything that happened to it.
struct Recorded {
  bool open = false;
  std::vector<Bytes> pieces;
  Bytes bytes;  // of all pieces
  std::optional<CloseReason> closed;
  std::string details;
  std::unique_ptr<Carrier> carrier;

  CarrierHandlers handlers() {
    return {.on_open = [this] { open = true; },
            .on_bytes =
                [this](ByteView piece) {
                  pieces.push_back(to_bytes(piece));
                  append(bytes, piece);
                },
            .on_closed =
                [this](CloseReason reason, const std::string& why) {
                  closed = reason;
                  details = why;
                }};
  }
};

}  // namespace doublecheck::net
