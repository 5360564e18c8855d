#pragma once

#include <span>
#include <string_view>

// The operations of codec.proto by name and number.
namespace doublecheck::harness {

struct CodecOperation {
  int number = 0;         // of its field in Request and in Response
  std::string_view name;  // of that field
};

// All but `describe`.
std::span<const CodecOperation> codec_operations();

// "unknown" for any other number.
std::string_view codec_operation_name(int number);

}  // namespace doublecheck::harness
