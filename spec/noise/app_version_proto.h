#pragma once

#include "spec/noise/client_payload.h"
#include "spec/proto/access.h"
#include "spec/proto/client_payload.pb.h"

// The version of an app, as protobuf. For .cc files.
namespace doublecheck::noise {

inline void to_proto(const AppVersion& version, proto::AppVersion& message) {
  proto::set(message, &proto::AppVersion::set_primary, version.primary);
  proto::set(message, &proto::AppVersion::set_secondary, version.secondary);
  proto::set(message, &proto::AppVersion::set_tertiary, version.tertiary);
  proto::set(message, &proto::AppVersion::set_quaternary, version.quaternary);
  proto::set(message, &proto::AppVersion::set_quinary, version.quinary);
}

inline AppVersion from_proto(const proto::AppVersion& message) {
  using M = proto::AppVersion;
  return {.primary = proto::get<std::uint32_t>(message, &M::has_primary, &M::primary),
          .secondary = proto::get<std::uint32_t>(message, &M::has_secondary, &M::secondary),
          .tertiary = proto::get<std::uint32_t>(message, &M::has_tertiary, &M::tertiary),
          .quaternary = proto::get<std::uint32_t>(message, &M::has_quaternary, &M::quaternary),
          .quinary = proto::get<std::uint32_t>(message, &M::has_quinary, &M::quinary)};
}

}  // namespace doublecheck::noise
