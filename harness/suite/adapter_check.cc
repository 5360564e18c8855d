#include "harness/suite/adapter_check.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include "harness/driver/socket_driver.h"
#include "harness/iut/adapter_process.h"
#include "harness/iut/capabilities.h"
#include "harness/suite/live_server.h"
#include "harness/suite/temporary_folder.h"
#include "spec/base/random.h"

namespace doublecheck::harness {
namespace {

using std::chrono::seconds;

constexpr Duration kPatience = seconds(30);
constexpr std::uint64_t kSeed = 1;
// UTF-8, so that an adapter that reads bytes as Latin-1 is found.
constexpr const char* kText = "hello, äé 你好";

// A step that ends the check.
struct Stop {};

class AdapterCheck {
 public:
  AdapterCheck(const std::string& command, double time_scale,
               const std::function<void(const AdapterStep&)>& on_step)
      : command_(command), on_step_(on_step), driver_(time_scale) {}

  bool run() {
    try {
      start_server();
      check_start();
      check_lines();
      check_pairing();
      check_messages();
      check_disconnect();
      check_exit_and_state();
      check_end_of_input();
    } catch (const Stop&) {
      return !broken_;  // the rest cannot be tried
    }
    return !broken_;
  }

 private:
  // ---- Outcomes

  void held(std::string rule) { on_step_({std::move(rule), StepOutcome::kHeld, {}}); }
  void broken(std::string rule, std::string detail) {
    broken_ = true;
    on_step_({std::move(rule), StepOutcome::kBroken, std::move(detail)});
  }
  void step(std::string rule, bool holds, std::string detail) {
    if (holds) {
      held(std::move(rule));
    } else {
      broken(std::move(rule), std::move(detail));
    }
  }
  // A step without which the following ones cannot be tried.
  void need(std::string rule, bool holds, std::string detail) {
    step(std::move(rule), holds, std::move(detail));
    if (!holds) throw Stop{};
  }
  bool offered(const AdapterProcess& adapter, const std::string& capability, std::string rule) {
    if (adapter.capabilities().contains(capability)) return true;
    on_step_({std::move(rule), StepOutcome::kNotOffered, "no capability " + capability});
    return false;
  }

  // What there is to say when an event did not come.
  static std::string nothing(const AdapterProcess& adapter) {
    std::string text = adapter.ended() ? "the adapter " + *adapter.ended() : "nothing came in time";
    if (!adapter.error_text().empty()) text += "; the end of its stderr:\n" + adapter.error_text();
    return text;
  }

  // ---- The stage

  void start_server() {
    auto server = LiveServer::start(driver_, SeededRandom(kSeed));
    need("the reference server listens on loopback", server.has_value(),
         server ? "" : server.error().to_string());
    server_ = std::move(*server);
  }

  std::unique_ptr<AdapterProcess> started(const std::string& rule) {
    auto adapter = AdapterProcess::start(driver_, command_);
    need(rule, adapter.has_value(), adapter ? "" : adapter.error().to_string());
    return std::move(*adapter);
  }

  void configure(AdapterProcess& adapter, const std::string& state, const std::string& push_name,
                 const std::string& rule) {
    const auto configured =
        adapter.configure(server_->configuration((folder_.path() / state).string(), push_name));
    need(rule, configured.has_value(), configured ? "" : configured.error().to_string());
  }

  template <typename E>
  std::optional<E> next(
      AdapterProcess& adapter,
      const std::function<bool(const E&)>& wanted = [](const E&) { return true; }) {
    return wait_for<E>(driver_, adapter, kPatience, wanted);
  }

  struct Answer {
    bool came = false;
    bool done = false;
    bool unsupported = false;
    std::string detail;
  };
  Answer answer_to(AdapterProcess& adapter, client::CommandId id) {
    const auto is_ours = [&](const client::Event& event) { return is_answer(event, id); };
    auto& events = adapter.events();
    driver_.run_until([&] { return adapter.ended() || std::ranges::any_of(events, is_ours); },
                      kPatience);
    const auto answer = std::ranges::find_if(events, is_ours);
    if (answer == events.end()) return {false, false, false, nothing(adapter)};
    if (const auto* failed = std::get_if<client::CommandFailed>(&*answer))
      return {true, false, failed->unsupported, "failed: " + failed->reason};
    return {true, true, false, "done"};
  }

  // ---- The contract, rule by rule

  void check_start() {
    alice_ = started("it starts, and answers `hello` with `ready` and `done`");
    step("`ready` names the library and its version",
         !alice_->name().empty() && !alice_->version().empty(),
         "library '" + alice_->name() + "', version '" + alice_->version() + "'");
    std::string unknown;
    for (const std::string& capability : alice_->capabilities()) {
      if (!known_capabilities().contains(capability)) unknown += " " + capability;
    }
    step("every capability is one of the contract", unknown.empty(), "unknown:" + unknown);
    need("it can connect to ws://", alice_->capabilities().contains("websocket"),
         "the suite needs the capability websocket");
    if (offered(*alice_, "trust_root", "the library's trust root can be replaced"))
      held("the library's trust root can be replaced");
    configure(*alice_, "alice", "alice", "it answers `configure` with `done`");
  }

  void check_lines() {
    const client::CommandId unknown = alice_->next_id();
    alice_->send_line("{\"id\":" + std::to_string(unknown) + ",\"no_such_command\":{}}");
    const Answer answer = answer_to(*alice_, unknown);
    step("an unknown command is answered by `failed` with \"unsupported\":true",
         answer.came && !answer.done && answer.unsupported, answer.detail);
    alice_->send_line("this line is no command");
    const auto is_error = [](const client::Remark& remark) {
      return remark.text.starts_with("error");
    };
    step("a line that is no command is answered by `error`",
         next<client::Remark>(*alice_, is_error).has_value(), nothing(*alice_));
    alice_->send_line("");
    const client::CommandId after = alice_->command(client::Disconnect{});
    const Answer still = answer_to(*alice_, after);
    need("it goes on after that; `disconnect` without a connection is `done` at once", still.done,
         still.detail);
  }

  client::Opened pair(AdapterProcess& adapter, const std::string& who) {
    const client::CommandId connect = adapter.command(client::Connect{});
    const Answer begun = answer_to(adapter, connect);
    need(who + ": `connect` is `done` when connecting has begun", begun.done, begun.detail);
    const auto qr = next<client::QrShown>(adapter);
    need(who + ": `qr` shows the code", qr.has_value(), nothing(adapter));
    const auto scanned = server_->admin(
        server::ScanQr{.text = qr->text, .account = {}, .fault = server::PairFault::kNone});
    need(who + ": the code can be scanned", scanned.has_value(),
         scanned ? "" : scanned.error().message);
    step(who + ": `paired` tells the account", next<client::Paired>(adapter).has_value(),
         nothing(adapter));
    const auto restart = next<client::Closed>(adapter);
    step(who + ": `closed` says that it will reconnect after the pairing",
         restart && restart->will_reconnect,
         restart ? "will_reconnect is false" : nothing(adapter));
    if (restart && !restart->will_reconnect) adapter.command(client::Connect{});
    const auto open = next<client::Opened>(adapter);
    need(who + ": `open` when the library is ready for use", open.has_value(), nothing(adapter));
    const auto& device = std::get<server::PairedDevice>(*scanned);
    step(who + ": `open` names its own device",
         open->jid == wire::Jid::of_user(device.phone_number, device.device),
         "it says " + wire::to_string(open->jid));
    return *open;
  }

  void check_pairing() {
    if (!offered(*alice_, "qr_pairing", "pairing by QR code")) throw Stop{};
    alice_open_ = pair(*alice_, "first");
    bob_ = started("a second one runs beside it");
    configure(*bob_, "bob", "bob", "with a state of its own");
    bob_open_ = pair(*bob_, "second");
  }

  void check_messages() {
    if (!offered(*alice_, "send_text", "`send_text` sends")) return;
    const client::CommandId send =
        alice_->command(client::SendText{.to = bob_open_.jid.account(), .text = kText});
    std::string id;
    const auto done = next<client::CommandDone>(
        *alice_, [&](const client::CommandDone& event) { return event.command == send; });
    if (done) id = done->message_id;
    step("`send_text` is `done`, with the message's id", !id.empty(),
         done ? "message_id is empty" : nothing(*alice_));
    if (offered(*bob_, "receive_text", "`message` reports a text")) {
      const auto message = next<client::MessageReceived>(*bob_);
      step("`message` reports the text as it was written, and its id",
           message && message->text == kText && message->id == id,
           message ? "text '" + message->text + "', id '" + message->id + "'" : nothing(*bob_));
      step("`message` is not reported by who sent it",
           std::ranges::none_of(alice_->events(),
                                [](const client::Event& event) {
                                  return std::holds_alternative<client::MessageReceived>(event);
                                }),
           "the sender reported one");
    }
    if (offered(*alice_, "receipts", "`receipt` reports what became of a message")) {
      const auto receipt =
          next<client::ReceiptReceived>(*alice_, [&](const client::ReceiptReceived& event) {
            return event.id == id && event.type == client::ReceiptType::kDelivered;
          });
      step("`receipt` reports the delivery", receipt.has_value(), nothing(*alice_));
    }
  }

  void check_disconnect() {
    alice_->events().clear();
    const client::CommandId disconnect = alice_->command(client::Disconnect{});
    const Answer answer = answer_to(*alice_, disconnect);
    need("`disconnect` is `done`", answer.done, answer.detail);
    const auto position = [&](const auto& wanted) {
      return std::ranges::find_if(alice_->events(), wanted) - alice_->events().begin();
    };
    const auto closed = position(
        [](const client::Event& event) { return std::holds_alternative<client::Closed>(event); });
    const auto done = position([&](const client::Event& event) {
      const auto* one = std::get_if<client::CommandDone>(&event);
      return one != nullptr && one->command == disconnect;
    });
    step("`closed` comes before the `done` of the `disconnect` that caused it", closed < done,
         "it did not");
  }

  void check_exit_and_state() {
    const auto exited = alice_->exit();
    step("`exit` ends it with code 0", exited.has_value(),
         exited ? "" : exited.error().to_string());
    alice_.reset();
    std::error_code error;
    std::filesystem::copy(folder_.path() / "alice", folder_.path() / "copy",
                          std::filesystem::copy_options::recursive, error);
    need("`state_dir` holds its state", !error, error.message());
    alice_ = started("it starts again");
    configure(*alice_, "copy", "alice", "with a copy of its state in another place");
    alice_->command(client::Connect{});
    const auto open = next<client::Opened>(*alice_);
    const bool paired_again = std::ranges::any_of(alice_->events(), [](const client::Event& event) {
      return std::holds_alternative<client::QrShown>(event);
    });
    step("it logs in as the same device, without pairing",
         open && open->jid == alice_open_.jid && !paired_again,
         paired_again ? "it shows a QR code" : nothing(*alice_));
  }

  void check_end_of_input() {
    alice_->close_input();
    driver_.run_until([&] { return alice_->ended().has_value(); }, kPatience);
    step("it exits with code 0 when its stdin ends", alice_->ended() == "exited with code 0",
         alice_->ended().value_or("it still runs"));
  }

  std::string command_;
  const std::function<void(const AdapterStep&)>& on_step_;
  bool broken_ = false;

  SocketDriver driver_;
  TemporaryFolder folder_;
  std::unique_ptr<LiveServer> server_;
  std::unique_ptr<AdapterProcess> alice_;
  std::unique_ptr<AdapterProcess> bob_;
  client::Opened alice_open_;
  client::Opened bob_open_;
};

}  // namespace

bool check_adapter(const std::string& command, double time_scale,
                   const std::function<void(const AdapterStep&)>& on_step) {
  return AdapterCheck(command, time_scale, on_step).run();
}

}  // namespace doublecheck::harness
