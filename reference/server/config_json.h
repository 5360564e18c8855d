#pragma once

#include <nlohmann/json_fwd.hpp>

#include "reference/server/config.h"
#include "spec/base/result.h"

// The JSON form of the configuration, which the admin API and profiles share. Its keys are flat,
// dots included.
namespace doublecheck::server {

nlohmann::ordered_json config_to_json(const Config& config);

// Changes what `changes` names. An unknown key, or a value that its key cannot have, is an error
// that names it, and changes nothing. In `props`, a null removes a prop.
Result<> apply_config(const nlohmann::ordered_json& changes, Config& config);

}  // namespace doublecheck::server
