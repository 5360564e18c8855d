#pragma once

namespace doublecheck::harness {

// The reference client as an adapter: commands on stdin, events on stdout, until `exit` or the end
// of stdin. The exit code.
int run_reference_adapter();

}  // namespace doublecheck::harness
