#include "spec/noise/faults.h"

namespace doublecheck::noise {

void FieldFault::apply(std::optional<Bytes>& field) const {
  if (replace) field = replace;
  if (field && resize) field->resize(*resize);
  if (field && flip_bit && *flip_bit / 8 < field->size()) {
    (*field)[*flip_bit / 8] ^= static_cast<std::uint8_t>(1u << *flip_bit % 8);
  }
  if (omit) field.reset();
}

}  // namespace doublecheck::noise
