#include "conformance/interop/libsignal_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>

#include "harness/driver/child_process.h"

namespace doublecheck::interop {
namespace {

constexpr const char* kProgram = DC_SOURCE_DIR "/conformance/interop/libsignal/libsignal.mjs";
constexpr const char* kPackage =
    DC_SOURCE_DIR "/conformance/interop/libsignal/node_modules/@signalapp/libsignal-client";

constexpr int kAnswerTimeoutMs = 60'000;  // the first answer waits until the library is loaded

}  // namespace

bool LibsignalProcess::is_prepared() { return std::filesystem::exists(kPackage); }

LibsignalProcess::LibsignalProcess() {
  // Writing to a process that has died must not end the test.
  ::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> to_child{};
  std::array<int, 2> from_child{};
  if (::pipe2(to_child.data(), O_CLOEXEC) != 0 || ::pipe2(from_child.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("no process");
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(to_child[0], STDIN_FILENO);
    ::dup2(from_child[1], STDOUT_FILENO);
    ::execlp("node", "node", kProgram, nullptr);
    ::_exit(127);
  }
  ::close(to_child[0]);
  ::close(from_child[1]);
  input_ = to_child[1];
  output_ = from_child[0];
}

LibsignalProcess::~LibsignalProcess() {
  ::close(input_);
  ::close(output_);
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

Json LibsignalProcess::ask(std::string_view operation, Json request) {
  request["op"] = operation;
  if (!harness::write_all(input_, request.dump() + "\n"))
    throw std::runtime_error("libsignal has ended");
  return Json::parse(read_line());
}

std::string LibsignalProcess::read_line() {
  for (;;) {
    if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    pollfd ready{.fd = output_, .events = POLLIN, .revents = 0};
    const int polled = ::poll(&ready, 1, kAnswerTimeoutMs);
    if (polled == 0) throw std::runtime_error("libsignal does not answer");
    std::array<char, 65536> chunk{};
    const ssize_t size = polled < 0 ? -1 : ::read(output_, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) throw std::runtime_error("libsignal has ended");
    buffer_.append(chunk.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace doublecheck::interop
