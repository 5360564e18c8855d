#include "reference/server/fault_kind.h"

#include <algorithm>
#include <string>

namespace doublecheck::server {

std::uint64_t FaultRun::parameter() const {
  const FaultKind* kind = find_fault_kind(fault.where, fault.name);
  const auto chosen = fault.parameters.find(std::string(kind->parameter));
  return chosen == fault.parameters.end() ? kind->initial : chosen->second;
}

std::span<const FaultKind> fault_kinds() {
  static const std::vector<FaultKind> kAll = [] {
    std::vector<FaultKind> all;
    for (const auto part :
         {faults_of_connections(), faults_of_answers(), faults_of_messages(), faults_of_delivery()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return kAll;
}

const FaultKind* find_fault_kind(std::string_view where, std::string_view name) {
  const auto kinds = fault_kinds();
  const auto found = std::ranges::find_if(
      kinds, [&](const FaultKind& kind) { return kind.where == where && kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace doublecheck::server
