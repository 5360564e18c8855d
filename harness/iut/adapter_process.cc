#include "harness/iut/adapter_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "harness/driver/child_process.h"

namespace doublecheck::harness {
namespace {

namespace asio = boost::asio;

constexpr Duration kHelloTimeout =
    std::chrono::seconds(60);  // an interpreter may have to load a large library
constexpr Duration kConfigureTimeout = std::chrono::seconds(30);
constexpr Duration kAdvanceTimeout = std::chrono::seconds(10);
constexpr Duration kExitTimeout = std::chrono::seconds(15);

// What the adapter may leave unread of our commands before it is given up.
constexpr std::size_t kMaxUnwritten = std::size_t{16} << 20;

}  // namespace

class AdapterProcess::Implementation {
 public:
  explicit Implementation(SocketDriver& driver)
      : driver_(driver), input_(driver.io()), output_(driver.io()), errors_(driver.io()) {}
  ~Implementation() { kill(); }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  Result<> start(const std::string& command) {
    const auto child = start_child(command);
    if (!child) return std::unexpected(child.error());
    process_ = child->process;
    input_.assign(child->input);
    output_.assign(child->output);
    errors_.assign(child->errors);
    read();
    read_errors();
    return {};
  }

  void send(std::string line) {
    if (ended_) return;
    unwritten_ += line.size();
    if (unwritten_ > kMaxUnwritten) return end("does not read its commands");
    queue_.push_back(std::move(line));
    if (queue_.size() == 1) write();
  }

  // Waits for the answer to one command of ours.
  Result<> answered(client::CommandId id, Duration within) {
    const auto is_ours = [&](const client::Event& event) { return is_answer(event, id); };
    driver_.run_until([&] { return ended_ || std::ranges::any_of(*events_, is_ours); }, within);
    const auto found = std::ranges::find_if(*events_, is_ours);
    if (found == events_->end()) return fail("adapter", ended_ ? *ended_ : "does not answer");
    const client::Event event = std::move(*found);
    events_->erase(found);
    if (const auto* failed = std::get_if<client::CommandFailed>(&event))
      return fail("adapter", failed->reason);
    return {};
  }

  // Nothing more is written; what was queued before is lost if it has not left yet.
  void close_input() {
    boost::system::error_code ignored;
    input_.close(ignored);
  }

  int process_id() const { return process_; }

  void kill() {
    if (process_ <= 0) return;
    ::kill(-process_, SIGKILL);
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
  }

  SocketDriver& driver_;
  std::deque<client::Event>* events_ = nullptr;
  std::function<void(client::Event)> came_;
  std::optional<AdapterReady> ready_;
  std::set<std::string> capabilities_;
  std::optional<std::string> ended_;
  std::string error_text_;
  client::CommandId next_id_ = 1;

 private:
  // What a handler holds that may run after this object is gone.
  std::weak_ptr<void> alive() const { return alive_; }

  void write() {
    asio::async_write(input_, asio::buffer(queue_.front()),
                      [this, alive = alive()](const boost::system::error_code& error, std::size_t) {
                        if (error || alive.expired())
                          return;  // the process is ending, which its output will tell
                        unwritten_ -= queue_.front().size();
                        queue_.pop_front();
                        if (!queue_.empty()) write();
                      });
  }

  void read() {
    output_.async_read_some(
        asio::buffer(chunk_),
        [this, alive = alive()](const boost::system::error_code& error, std::size_t size) {
          if (alive.expired() || error == asio::error::operation_aborted) return;
          if (error) return exited();
          buffer_.append(chunk_.data(), size);
          take_lines();
          if (!ended_) read();
        });
  }

  // Reads on when nobody looks: a library that prints much must not be made to wait.
  void read_errors() {
    errors_.async_read_some(
        asio::buffer(error_chunk_),
        [this, alive = alive()](const boost::system::error_code& error, std::size_t size) {
          if (error || alive.expired()) return;
          error_text_.append(error_chunk_.data(), size);
          if (error_text_.size() > kMaxAdapterErrorText)
            error_text_.erase(0, error_text_.size() - kMaxAdapterErrorText);
          read_errors();
        });
  }

  void take_lines() {
    std::size_t begin = 0;
    while (!ended_) {
      const std::size_t end_of_line = buffer_.find('\n', begin);
      if (end_of_line == std::string::npos) break;
      take_line(std::string_view(buffer_).substr(begin, end_of_line - begin));
      begin = end_of_line + 1;
    }
    buffer_.erase(0, begin);
    if (!ended_ && buffer_.size() >= kMaxAdapterLine)
      end("wrote a line of more than kMaxAdapterLine bytes");
  }

  void take_line(std::string_view line) {
    if (line.size() >= kMaxAdapterLine)
      return end("wrote a line of more than kMaxAdapterLine bytes");
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    auto message = read_adapter_line(line);
    if (!message) return end(message.error().why);
    if (auto* ready = std::get_if<AdapterReady>(&*message)) {
      capabilities_.insert(ready->capabilities.begin(), ready->capabilities.end());
      ready_ = std::move(*ready);
    } else {
      came_(std::get<client::Event>(std::move(*message)));
      if (events_->size() > kMaxUntakenEvents)
        end("wrote more than kMaxUntakenEvents events that nobody waited for");
    }
  }

  // It has closed its output. Usually it is exiting; a moment later its status is known.
  void exited() {
    int status = 0;
    for (int attempt = 0; attempt < 200; ++attempt) {
      if (::waitpid(process_, &status, WNOHANG) == process_) {
        ::kill(-process_, SIGKILL);
        process_ = -1;
        ended_ = describe_exit(status);
        return;
      }
      ::usleep(10'000);
    }
    end("closed its output and did not exit");
  }

  void end(std::string how) {
    ended_ = std::move(how);
    kill();
    boost::system::error_code ignored;
    output_.close(ignored);
    input_.close(ignored);
  }

  std::shared_ptr<void> alive_ = std::make_shared<char>();
  pid_t process_ = -1;
  asio::posix::stream_descriptor input_;
  asio::posix::stream_descriptor output_;
  asio::posix::stream_descriptor errors_;
  std::deque<std::string> queue_;
  std::size_t unwritten_ = 0;
  std::array<char, 65536> chunk_{};
  std::array<char, 4096> error_chunk_{};
  std::string buffer_;
};

AdapterProcess::AdapterProcess(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {
  implementation_->events_ = &events();
  implementation_->came_ = [this](client::Event event) { came(std::move(event)); };
}

AdapterProcess::~AdapterProcess() = default;

Result<std::unique_ptr<AdapterProcess>> AdapterProcess::start(SocketDriver& driver,
                                                              const std::string& command) {
  std::unique_ptr<AdapterProcess> adapter(
      new AdapterProcess(std::make_unique<Implementation>(driver)));
  Implementation& implementation = *adapter->implementation_;
  if (auto started = implementation.start(command); !started) return propagate(started);
  const client::CommandId hello = implementation.next_id_++;
  implementation.send(hello_line(hello));
  if (auto greeted = implementation.answered(hello, kHelloTimeout); !greeted) {
    Error error = std::move(greeted.error());
    if (!implementation.error_text_.empty()) error.why += "; stderr: " + implementation.error_text_;
    return std::unexpected(std::move(error));
  }
  if (!implementation.ready_ || implementation.ready_->protocol != 1) {
    return fail("adapter", "does not say that it is ready for protocol 1");
  }
  return adapter;
}

Result<> AdapterProcess::configure(const AdapterConfiguration& configuration) {
  const client::CommandId id = implementation_->next_id_++;
  implementation_->send(configure_line(id, configuration));
  return implementation_->answered(id, kConfigureTimeout);
}

Result<> AdapterProcess::exit() {
  const client::CommandId id = implementation_->next_id_++;
  implementation_->send(exit_line(id));
  implementation_->driver_.run_until([this] { return implementation_->ended_.has_value(); },
                                     kExitTimeout);
  if (!implementation_->ended_) return fail("adapter", "does not exit");
  if (*implementation_->ended_ != "exited with code 0")
    return fail("adapter", *implementation_->ended_);
  return {};
}

void AdapterProcess::send_line(const std::string& line) { implementation_->send(line + "\n"); }
void AdapterProcess::close_input() { implementation_->close_input(); }
client::CommandId AdapterProcess::next_id() { return implementation_->next_id_++; }
const std::string& AdapterProcess::error_text() const { return implementation_->error_text_; }

int AdapterProcess::process_id() const { return implementation_->process_id(); }

std::string AdapterProcess::name() const { return implementation_->ready_->library; }
std::string AdapterProcess::version() const { return implementation_->ready_->version; }
const std::set<std::string>& AdapterProcess::capabilities() const {
  return implementation_->capabilities_;
}
const std::optional<std::string>& AdapterProcess::ended() const { return implementation_->ended_; }

bool AdapterProcess::advance_clock(Duration by) {
  const client::CommandId id = implementation_->next_id_++;
  implementation_->send(
      advance_clock_line(id, std::chrono::duration_cast<std::chrono::milliseconds>(by)));
  return implementation_->answered(id, kAdvanceTimeout).has_value();
}

client::CommandId AdapterProcess::command(const client::Command& command) {
  const client::CommandId id = implementation_->next_id_++;
  if (const auto line = command_line(id, command)) {
    implementation_->send(*line);
  } else {
    came(client::CommandFailed{.command = id,
                               .reason = "the language of adapters has no such command",
                               .unsupported = true});
  }
  return id;
}

}  // namespace doublecheck::harness
