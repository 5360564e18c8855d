#include "harness/iut/network_namespace.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

namespace doublecheck::harness {
namespace {

std::unexpected<Error> failed(const std::string& what) {
  return fail("network namespace", what + ": " + std::strerror(errno));
}

// A new user namespace has no user until one is mapped into it.
Result<> map_user(uid_t user) {
  std::FILE* file = std::fopen("/proc/self/uid_map", "w");
  if (file == nullptr) return failed("cannot map the user");
  std::fprintf(file, "0 %u 1\n", user);
  if (std::fclose(file) != 0) return failed("cannot map the user");
  return {};
}

Result<> bring_up_loopback() {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return failed("no socket");
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  bool up = ::ioctl(socket, SIOCGIFFLAGS, &request) == 0;
  if (up) {
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    up = ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
  }
  const int error = errno;
  ::close(socket);
  errno = error;
  if (!up) return failed("cannot bring up the loopback interface");
  return {};
}

}  // namespace

Result<> enter_loopback_namespace() {
  const uid_t user = ::getuid();
  if (::unshare(CLONE_NEWNET) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return failed("not permitted here");
    if (auto mapped = map_user(user); !mapped) return mapped;
  }
  return bring_up_loopback();
}

}  // namespace doublecheck::harness
