#include "reference/server/mex.h"

// GraphQL: how an account is restricted.
namespace doublecheck::server {

// Nobody is kept from writing to whom he does not know.
MexAnswer mex_reachout_timelock(MexRequest&) {
  return Json{
      {"is_active", false}, {"time_enforcement_ends", "0"}, {"enforcement_type", "DEFAULT"}};
}

}  // namespace doublecheck::server
