#pragma once

#include "harness/cli/commands.h"

namespace doublecheck::deviations {

// `doublecheck detect`: what the cases notice of deliberate violations.
harness::Command add_detect(CLI::App& app);

}  // namespace doublecheck::deviations
