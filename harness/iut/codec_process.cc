#include "harness/iut/codec_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "harness/driver/child_process.h"
#include "spec/base/reader.h"
#include "spec/base/writer.h"

namespace doublecheck::harness {
namespace {

using CodecClock = std::chrono::steady_clock;

// An interpreter may have to load a large library before it answers the first request.
constexpr std::chrono::duration<double> kFirstAnswerTimeout = std::chrono::seconds(60);
// The longest that a case asks for: signatures of a message of 16 MiB, nodes nested millions deep.
constexpr std::chrono::duration<double> kAnswerTimeout = std::chrono::seconds(20);
constexpr std::chrono::milliseconds kCodecExitTimeout{2'000};
// What is kept of stderr.
constexpr std::size_t kMaxErrorText = 2'048;
constexpr std::size_t kCodecLengthSize = 4;
constexpr std::size_t kReadSize = std::size_t{1} << 16;

}  // namespace

class CodecProcess::Implementation {
 public:
  Implementation(ChildProcess child, double time_scale) : child_(child), time_scale_(time_scale) {
    for (const int descriptor : {child_.input, child_.output, child_.errors})
      ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  }
  ~Implementation() {
    end_process();
    for (const int descriptor : {child_.input, child_.output, child_.errors}) {
      if (descriptor >= 0) ::close(descriptor);
    }
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  int process_id() const { return child_.process; }

  Result<Bytes> answer(ByteView request) {
    if (failure_) return std::unexpected(*failure_);
    auto answered = exchange(request);
    if (!answered) {
      end_process();
      read_errors();
      if (!error_text_.empty()) answered.error().why += "; stderr: " + error_text_;
      failure_ = answered.error();
    }
    return answered;
  }

 private:
  Result<Bytes> exchange(ByteView request) {
    if (request.size() > kMaxCodecMessage) return fail("codec", "a request of that size");
    const auto limit = (asked_ ? kAnswerTimeout : kFirstAnswerTimeout) * time_scale_;
    asked_ = true;
    const auto deadline = CodecClock::now() + std::chrono::ceil<CodecClock::duration>(limit);
    Writer writer;
    writer.u32(static_cast<std::uint32_t>(request.size()));
    writer.bytes(request);
    ByteView unwritten = writer.written();
    Bytes came;
    for (;;) {
      if (const auto size = Reader(came).u32()) {
        if (*size > kMaxCodecMessage)
          return fail("codec", "wrote a response of more than kMaxCodecMessage bytes");
        if (came.size() > kCodecLengthSize + *size)
          return fail("codec", "wrote more than one response");
        if (came.size() == kCodecLengthSize + *size) {
          if (!unwritten.empty()) return fail("codec", "answered a request before it had come");
          came.erase(came.begin(), came.begin() + kCodecLengthSize);
          return came;
        }
      }
      if (!wait(!unwritten.empty() && !input_closed_, deadline))
        return fail("codec", "gave no answer in time");
      if (!unwritten.empty()) {
        const ssize_t wrote = ::write(child_.input, unwritten.data(), unwritten.size());
        if (wrote > 0) unwritten = unwritten.subspan(static_cast<std::size_t>(wrote));
        // Whether it has ended is seen when its output is read.
        if (wrote < 0 && errno != EAGAIN && errno != EINTR) input_closed_ = true;
      }
      read_errors();
      if (!read_into(came)) return fail("codec", how_it_ended());
    }
  }

  // Until there may be something to read or write; false when the time is over.
  bool wait(bool to_write, CodecClock::time_point deadline) {
    std::array<pollfd, 3> waiting{
        {{.fd = child_.output, .events = POLLIN, .revents = 0},
         {.fd = child_.errors, .events = POLLIN, .revents = 0},
         {.fd = to_write ? child_.input : -1, .events = POLLOUT, .revents = 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - CodecClock::now());
    if (left.count() <= 0) return false;
    return ::poll(waiting.data(), waiting.size(), static_cast<int>(left.count())) != 0;
  }

  // False at the end of its output.
  bool read_into(Bytes& came) {
    for (;;) {
      const std::size_t had = came.size();
      came.resize(had + kReadSize);
      const ssize_t got = ::read(child_.output, came.data() + had, kReadSize);
      came.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got == 0) return false;
      // More than a response is seen by the caller.
      if (got < 0) return errno == EAGAIN || errno == EINTR;
      if (came.size() > kMaxCodecMessage + kCodecLengthSize) return true;
    }
  }

  // Reads on also when nobody looks: a library that prints much must not be made to wait.
  void read_errors() {
    if (child_.errors < 0) return;
    std::array<char, 4096> chunk;
    for (;;) {
      const ssize_t got = ::read(child_.errors, chunk.data(), chunk.size());
      if (got == 0) {
        // A closed pipe would wake `wait` for ever.
        ::close(std::exchange(child_.errors, -1));
        return;
      }
      if (got < 0) return;
      error_text_.append(chunk.data(), static_cast<std::size_t>(got));
      if (error_text_.size() > kMaxErrorText)
        error_text_.erase(0, error_text_.size() - kMaxErrorText);
    }
  }

  // It has closed its output. Usually it is exiting; a moment later its status is known.
  std::string how_it_ended() {
    const auto deadline = CodecClock::now() + kCodecExitTimeout;
    while (CodecClock::now() < deadline) {
      int status = 0;
      if (::waitpid(child_.process, &status, WNOHANG) == child_.process) {
        ::kill(-child_.process, SIGKILL);
        child_.process = -1;
        return describe_exit(status);
      }
      ::usleep(5'000);
    }
    return "closed its output and did not exit";
  }

  void end_process() {
    if (child_.process <= 0) return;
    ::kill(-child_.process, SIGKILL);
    ::waitpid(child_.process, nullptr, 0);
    child_.process = -1;
  }

  ChildProcess child_;
  double time_scale_;
  bool asked_ = false;
  bool input_closed_ = false;
  std::optional<Error> failure_;
  std::string error_text_;
};

CodecProcess::CodecProcess(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

CodecProcess::~CodecProcess() = default;

Result<std::unique_ptr<CodecProcess>> CodecProcess::start(const CodecOptions& options) {
  const auto child = start_child(options.command);
  if (!child) return std::unexpected(child.error());
  return std::unique_ptr<CodecProcess>(
      new CodecProcess(std::make_unique<Implementation>(*child, options.time_scale)));
}

int CodecProcess::process_id() const { return implementation_->process_id(); }

Result<Bytes> CodecProcess::answer(ByteView request) { return implementation_->answer(request); }

}  // namespace doublecheck::harness
