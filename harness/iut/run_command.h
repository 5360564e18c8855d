#pragma once

#include "harness/iut/client_under_test.h"

namespace doublecheck::harness {

// Gives a client a command, lets the driver run until it is answered, and takes the answer: its
// CommandDone, or why there is none.
Result<client::CommandDone> run_command(Driver& driver, ClientUnderTest& subject,
                                        const client::Command& command, Duration within);

}  // namespace doublecheck::harness
