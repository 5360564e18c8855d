#include "spec/payload/phash.h"

#include <algorithm>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::payload {
namespace {

std::string agent_form(const DeviceAddress& address) {
  return address.user + ".0:" + std::to_string(address.device) + "@" + address.server;
}

std::string plain_form(const DeviceAddress& address) {
  if (address.device == 0) return address.user + "@" + address.server;
  return address.user + ":" + std::to_string(address.device) + "@" + address.server;
}

}  // namespace

std::string phash(std::span<const DeviceAddress> devices, PhashForm form) {
  const bool plain = form == PhashForm::kPlainJid || form == PhashForm::kPlainJidSixCharacters;
  std::vector<std::string> addresses;
  for (const DeviceAddress& device : devices) {
    addresses.push_back(plain ? plain_form(device) : agent_form(device));
  }
  std::ranges::sort(addresses);
  std::string all;
  for (const std::string& address : addresses) all += address;

  // Six bytes are eight characters, without padding.
  std::string text = to_base64(ByteView(sha256(as_bytes(all))).first(6));
  if (form == PhashForm::kUrlSafe) {
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
  }
  if (form == PhashForm::kPlainJidSixCharacters) text.resize(6);
  return "2:" + text;
}

}  // namespace doublecheck::payload
