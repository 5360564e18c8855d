#include "harness/cli/commands.h"

namespace doublecheck::harness {

const char* const kVersion = DC_VERSION;

}  // namespace doublecheck::harness
