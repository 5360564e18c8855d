#pragma once

#include <string>

namespace doublecheck::server {

// The picture of an account or a group. The image itself is not kept: media are not served, so
// there is nowhere to fetch it from.
struct Picture {
  std::string id;    // another one for each picture
  std::string hash;  // base64 of the SHA-256 of the image

  friend bool operator==(const Picture&, const Picture&) = default;
};

}  // namespace doublecheck::server
