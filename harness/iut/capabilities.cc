#include "harness/iut/capabilities.h"

namespace doublecheck::harness {

const std::set<std::string>& known_capabilities() {
  static const std::set<std::string> kKnown{
      "websocket",       "websocket_tls", "tcp",        "trust_root",        "push_name",
      "connect_timeout", "keepalive",     "qr_pairing", "code_pairing",      "logout",
      "send_text",       "receive_text",  "receipts",   "mark_read",         "presence",
      "advance_clock",   "reconnects",    "groups",     "presence_of_others"};
  return kKnown;
}

}  // namespace doublecheck::harness
