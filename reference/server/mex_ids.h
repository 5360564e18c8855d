#pragma once

#include <string_view>

#include "reference/server/config.h"

// GraphQL queries are persisted: a client names one by a number, which changes with the releases of
// the clients. The server knows the numbers that libraries use; the configuration adds others.
namespace doublecheck::server {

// Whether that is the name of an operation, as the configuration has it: "newsletter_create".
bool is_mex_operation(std::string_view name);

// The operation behind an id; empty for one that nobody knows.
std::string_view mex_operation_of(std::string_view id, const Config& config);

}  // namespace doublecheck::server
