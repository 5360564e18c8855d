#pragma once

#include <string>

#include "reference/client/limits.h"
#include "spec/base/time.h"
#include "spec/noise/certificate.h"
#include "spec/noise/client_payload.h"

// What an application chooses once, before it connects.
namespace doublecheck::client {

struct Config {
  // The key that the server's certificate chain has to lead to (CERT-13).
  noise::TrustRoot trust_root;

  // The user's name. Announced when the device registers and whenever it becomes available; without
  // one it never becomes available (STANZA-111).
  std::string push_name = {};

  // For the carrier to come up, and again for the handshake (NOISE-17).
  Duration connect_timeout = kConnectTimeout;
  // The longest time between two keepalive pings; the shortest is half of it (STANZA-22).
  Duration keepalive_interval = kKeepaliveInterval;

  // Whether a paired client connects again by itself after a loss that is not final.
  bool reconnects = true;
  // Whether a handshake may be resumed by Noise IK.
  bool resumes = true;

  noise::AppVersion app_version = {
      .primary = 2, .secondary = 3000, .tertiary = 1045649367, .quaternary = {}, .quinary = {}};
};

}  // namespace doublecheck::client
