#pragma once

#include "harness/iut/client_under_test.h"
#include "reference/client/credentials.h"

namespace doublecheck::harness {

// A reference client, of which can be seen what it keeps: a scripted device may take its place.
class ReferenceClient : public ClientUnderTest {
 public:
  virtual const client::Credentials& credentials() const = 0;
};

}  // namespace doublecheck::harness
