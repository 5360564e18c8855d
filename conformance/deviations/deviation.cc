#include "conformance/deviations/deviation.h"

namespace doublecheck::deviations {

const std::vector<Deviation>& deviations() {
  static const std::vector<Deviation> kAll = [] {
    std::vector<Deviation> all;
    for (const auto some :
         {server_deviations, client_deviations, client_handshake_deviations,
          client_login_deviations, client_pairing_deviations, client_conduct_deviations,
          client_session_deviations, codec_node_deviations, codec_crypto_deviations}) {
      for (Deviation& each : some()) all.push_back(std::move(each));
    }
    return all;
  }();
  return kAll;
}

}  // namespace doublecheck::deviations
