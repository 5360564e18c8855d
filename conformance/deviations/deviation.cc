#include "conformance/deviations/deviation.h"

namespace doublecheck::deviations {

const std::vector<Deviation>& deviations() {
  static const std::vector<Deviation> kAll = [] {
    std::vector<Deviation> all = server_deviations();
    for (Deviation& each : client_deviations()) all.push_back(std::move(each));
    for (Deviation& each : codec_deviations()) all.push_back(std::move(each));
    for (Deviation& each : client_conduct_deviations()) all.push_back(std::move(each));
    return all;
  }();
  return kAll;
}

}  // namespace doublecheck::deviations
