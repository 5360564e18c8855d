#include "harness/driver/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace doublecheck::harness {

std::string describe_exit(int status) {
  if (WIFSIGNALED(status)) return std::string("killed by signal: ") + ::strsignal(WTERMSIG(status));
  return "exited with code " + std::to_string(WEXITSTATUS(status));
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<ChildProcess> start_child(const std::string& command) {
  ::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> to_child{};
  std::array<int, 2> from_child{};
  std::array<int, 2> errors{};
  if (::pipe2(to_child.data(), O_CLOEXEC) != 0 || ::pipe2(from_child.data(), O_CLOEXEC) != 0 ||
      ::pipe2(errors.data(), O_CLOEXEC) != 0) {
    return fail("process", "no pipe");
  }
  const pid_t process = ::fork();
  if (process < 0) return fail("process", "no process");
  if (process == 0) {
    ::setpgid(0, 0);
    // If this process is killed, which ends its process group alone, so is the child.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(to_child[0], STDIN_FILENO);
    ::dup2(from_child[1], STDOUT_FILENO);
    ::dup2(errors[1], STDERR_FILENO);
    const std::string line = "exec " + command;
    ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    ::_exit(127);
  }
  ::setpgid(process, process);
  ::close(to_child[0]);
  ::close(from_child[1]);
  ::close(errors[1]);
  return ChildProcess{
      .process = process, .input = to_child[1], .output = from_child[0], .errors = errors[0]};
}

}  // namespace doublecheck::harness
