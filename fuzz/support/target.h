#pragma once

#include <cstddef>
#include <cstdint>

// The one function of a fuzz target: declared here so that a target, libFuzzer's main and the
// replay agree on it. Always returns 0; what is wrong ends the process.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
