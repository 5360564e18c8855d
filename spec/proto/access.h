#pragma once

#include <google/protobuf/message_lite.h>

#include <optional>
#include <string>
#include <type_traits>

#include "spec/base/bytes.h"

// Between protobuf messages and the plain structs of the layers. For .cc files: generated headers
// are heavy.
namespace doublecheck::proto {

inline Bytes serialize(const google::protobuf::MessageLite& message) {
  Bytes out(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(out.data());
  return out;
}

// The caller has limited the size.
inline bool parse(ByteView bytes, google::protobuf::MessageLite& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// An optional field; nothing if it is absent. Enumerations are read as the `Value` asked for.
template <typename Value, typename Message, typename Field>
std::optional<Value> get(const Message& message, bool (Message::*has)() const,
                         Field (Message::*field)() const) {
  if (!(message.*has)()) return std::nullopt;
  if constexpr (std::is_same_v<Value, Bytes>) {
    return to_bytes(std::string_view((message.*field)()));
  } else {
    return static_cast<Value>((message.*field)());
  }
}

// Sets a number or an enumeration, if there is one.
template <typename Message, typename Field, typename Value>
void set(Message& message, void (Message::*setter)(Field), const std::optional<Value>& value) {
  if (value) (message.*setter)(static_cast<Field>(*value));
}

// Sets a string or bytes, if there are any; empty ones are written, too.
template <typename Message>
void set(Message& message, std::string* (Message::*field)(), const std::optional<Bytes>& value) {
  if (value) (message.*field)()->assign(as_text(*value));
}
template <typename Message>
void set(Message& message, std::string* (Message::*field)(),
         const std::optional<std::string>& value) {
  if (value) *(message.*field)() = *value;
}

}  // namespace doublecheck::proto
