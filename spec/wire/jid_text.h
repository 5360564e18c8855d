#pragma once

#include <cstdint>
#include <string_view>

#include "spec/base/result.h"

// The text form of JIDs taken apart, for parse_jid and for JIDs inside nodes as text, which differ
// in the servers and devices that they let pass.
namespace doublecheck::wire {

struct JidParts {
  std::string_view user;    // empty: the server itself
  std::string_view server;  // never empty
  std::uint16_t device = 0;
  std::uint16_t integrator = 0;
};

// `server`, `@server`, `user@server`, `user:device@server`, and with server `interop` also
// `integrator-user…`. The parts refer to `text`.
Result<JidParts> split_jid(std::string_view text);

bool is_known_server(std::string_view server);

}  // namespace doublecheck::wire
