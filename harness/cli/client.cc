#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "harness/cli/commands.h"
#include "harness/cli/console.h"
#include "harness/cli/reference_adapter.h"
#include "harness/iut/remote_server.h"
#include "reference/net/client_host.h"
#include "reference/net/clock.h"
#include "reference/net/credentials_file.h"
#include "spec/base/random.h"
#include "spec/wire/jid.h"

// `doublecheck client`: the reference client from the shell.
namespace doublecheck::harness {
namespace {

struct ClientOptions {
  std::string url = "ws://127.0.0.1:8080/ws/chat";
  std::string state_folder = "doublecheck-client";
  std::optional<std::string> trust_root;
  std::optional<std::string> allow_remote_host;
  std::string push_name;
  bool scan = false;
  std::string phone;
  std::string to;
  std::string text;
  std::string subject;
  std::vector<std::string> participants;
  std::string category;
  std::string value;
  double seconds = 0;
};

std::string name(const std::optional<wire::Jid>& jid) { return jid ? jid->to_string() : "unknown"; }

std::string lines(std::string_view heading, const std::vector<wire::Jid>& users) {
  std::string text;
  for (const wire::Jid& user : users) text += fmt::format("{}{}\n", heading, user.to_string());
  return text;
}
std::string lines(const std::vector<client::PrivacySetting>& settings) {
  std::string text;
  for (const auto& [category, value] : settings)
    text += fmt::format("privacy   {} {}\n", category, value);
  return text;
}

// What a person reads of an event; empty for what is not for people.
std::string describe(const client::Event& event) {
  using namespace client;
  if (const auto* qr = std::get_if<QrShown>(&event)) return "QR code   " + qr->text;
  if (const auto* code = std::get_if<PairingCodeShown>(&event)) return "code      " + code->code;
  if (const auto* paired = std::get_if<Paired>(&event))
    return fmt::format("paired    as {}, LID {}", paired->jid.to_string(), name(paired->lid));
  if (const auto* open = std::get_if<Opened>(&event))
    return fmt::format("open      as {}, LID {}", open->jid.to_string(), name(open->lid));
  if (const auto* closed = std::get_if<Closed>(&event)) {
    return fmt::format("closed    {}{}{}", closed->reason,
                       closed->status == 0 ? "" : fmt::format(" ({})", closed->status),
                       closed->will_reconnect ? "; connects again" : "");
  }
  if (const auto* message = std::get_if<MessageReceived>(&event)) {
    const bool group = message->chat.server == wire::server_name::kGroup;
    return fmt::format("message   {}{}{}{}: {}", message->sender.to_string(),
                       group ? " in " + message->chat.to_string() : "",
                       message->push_name.empty() ? "" : " \"" + message->push_name + "\"",
                       message->offline ? ", kept" : "", message->text);
  }
  if (const auto* unread = std::get_if<MessageUndecryptable>(&event)) {
    return fmt::format("message   {} of {} cannot be read: {}", unread->id,
                       unread->sender.to_string(), unread->reason);
  }
  if (const auto* receipt = std::get_if<ReceiptReceived>(&event)) {
    return fmt::format("receipt   {} {} by {}", receipt->id, to_string(receipt->type),
                       receipt->from.to_string());
  }
  if (const auto* rejected = std::get_if<MessageRejected>(&event))
    return fmt::format("rejected  {}: {}", rejected->id, rejected->reason);
  if (const auto* presence = std::get_if<PresenceChanged>(&event)) {
    return fmt::format("presence  {} is {}", presence->user.to_string(),
                       presence->available ? "available" : "away");
  }
  if (const auto* state = std::get_if<ChatStateChanged>(&event))
    return fmt::format("chat      {} {}", state->sender.to_string(), to_string(state->activity));
  if (const auto* group = std::get_if<GroupChanged>(&event))
    return fmt::format("group     {} {}", group->group.to_string(), group->change);
  if (const auto* status = std::get_if<StatusChanged>(&event))
    return fmt::format("status    {}: {}", status->user.to_string(), status->text);
  if (const auto* renamed = std::get_if<PushNameChanged>(&event))
    return "name      " + renamed->name;
  if (const auto* list = std::get_if<BlockListChanged>(&event))
    return lines("blocked   ", list->blocked) + lines("unblocked ", list->unblocked);
  if (const auto* list = std::get_if<BlockListFetched>(&event))
    return list->users.empty() ? "nobody is blocked" : lines("on list   ", list->users);
  if (const auto* privacy = std::get_if<PrivacyChanged>(&event)) return lines(privacy->settings);
  if (const auto* privacy = std::get_if<PrivacyFetched>(&event)) return lines(privacy->settings);
  if (const auto* remark = std::get_if<Remark>(&event)) return "remark    " + remark->text;
  return {};
}

// A client on sockets, for as long as one command takes.
class Run {
 public:
  using OnEvent = std::function<void(Run&, const client::Event&)>;

  Run(const ClientOptions& options, OnEvent on_event)
      : options_(options), on_event_(std::move(on_event)), io_(1) {}

  // Begins with Connect, and ends when `finish` was called; the exit code.
  int run() {
    const auto started = start();
    if (!started) {
      std::cerr << "doublecheck client: " << started.error().to_string() << "\n";
      return 1;
    }
    boost::asio::signal_set signals(io_, SIGINT, SIGTERM);
    signals.async_wait([this](const boost::system::error_code&, int) { io_.stop(); });
    command(client::Connect{});
    if (options_.seconds > 0) {
      io_.run_for(std::chrono::milliseconds(static_cast<std::int64_t>(options_.seconds * 1000)));
    } else {
      io_.run();
    }
    return code_;
  }

  client::CommandId command(const client::Command& wanted) {
    host_->command(++last_command_, wanted);
    return last_command_;
  }
  void finish(int code) {
    code_ = code;
    io_.stop();
  }
  RemoteServer& remote() { return *remote_; }
  const ClientOptions& options() const { return options_; }

 private:
  Result<> start() {
    auto remote = RemoteServer::open({.url = options_.url,
                                      .control_url = {},
                                      .trust_root = options_.trust_root,
                                      .allow_remote_host = options_.allow_remote_host});
    if (!remote) return propagate(remote);
    remote_ = std::move(*remote);
    auto url = net::parse_url(options_.url);
    if (!url) return propagate(url);
    auto file = net::CredentialsFile::in(options_.state_folder);
    if (!file) return propagate(file);
    auto credentials = file->load();
    if (!credentials) return propagate(credentials);
    client_.emplace(client::Config{.trust_root = noise::TrustRoot{remote_->trust_root()},
                                   .push_name = options_.push_name},
                    std::move(*credentials), random_);
    net::ConnectOptions connect;
    connect.allow_remote_host = options_.allow_remote_host;
    host_.emplace(io_, *client_, *url, std::move(connect), clock_,
                  net::ClientHostHandlers{
                      .on_event =
                          [this](const client::Event& event) {
                            if (const std::string line = describe(event); !line.empty())
                              print(line);
                            on_event_(*this, event);
                          },
                      .persist = [file = *file](
                                     const client::Credentials& kept) { return file.save(kept); }});
    return {};
  }

  const ClientOptions& options_;
  OnEvent on_event_;
  boost::asio::io_context io_;
  net::SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<RemoteServer> remote_;
  std::optional<client::Client> client_;
  std::optional<net::ClientHost> host_;
  client::CommandId last_command_ = 0;
  int code_ = 0;
};

// Ends a run that has lost its connection for good.
bool gave_up(Run& run, const client::Event& event) {
  const auto* closed = std::get_if<client::Closed>(&event);
  if (closed == nullptr || closed->will_reconnect) return false;
  run.finish(1);
  return true;
}

int pair(ClientOptions options) {
  if (options.push_name.empty()) options.push_name = "Doublecheck";
  bool asked = false;
  return Run(options,
             [&](Run& run, const client::Event& event) {
               if (gave_up(run, event)) return;
               if (std::holds_alternative<client::Opened>(event)) return run.finish(0);
               const auto* qr = std::get_if<client::QrShown>(&event);
               if (qr == nullptr || asked) return;
               if (!options.phone.empty()) {
                 asked = true;
                 run.command(client::PairCode{options.phone});
               } else if (options.scan) {
                 asked = true;
                 if (const auto scanned = run.remote().scan(qr->text); !scanned) {
                   print("the code could not be scanned: " + scanned.error().to_string());
                   run.finish(1);
                 }
               }
             })
      .run();
}

// Connects, gives one command, and ends with its answer.
int run_once(const ClientOptions& options, const client::Command& command) {
  std::optional<client::CommandId> given;
  return Run(options,
             [&](Run& run, const client::Event& event) {
               if (gave_up(run, event)) return;
               if (std::holds_alternative<client::QrShown>(event)) {
                 print("no account is kept here: pair first");
                 return run.finish(1);
               }
               if (std::holds_alternative<client::Opened>(event) && !given)
                 given = run.command(command);
               if (const auto* failed = std::get_if<client::CommandFailed>(&event);
                   failed != nullptr && given == failed->command) {
                 print("failed    " + failed->reason);
                 return run.finish(1);
               }
               if (const auto* done = std::get_if<client::CommandDone>(&event);
                   done != nullptr && given == done->command) {
                 if (done->group) print("group     " + done->group->to_string());
                 if (!done->message_id.empty()) print("sent      " + done->message_id);
                 run.finish(0);
               }
             })
      .run();
}

int listen(const ClientOptions& options) {
  return Run(options, [](Run& run, const client::Event& event) { gave_up(run, event); }).run();
}

template <typename Make>
int with_jid(const ClientOptions& options, const std::string& text, Make make) {
  const auto jid = wire::parse_jid(text);
  if (!jid) {
    std::cerr << "doublecheck client: " << jid.error().to_string() << "\n";
    return 2;
  }
  return run_once(options, make(*jid));
}

int create_group(const ClientOptions& options) {
  client::CreateGroup create{.subject = options.subject, .participants = {}};
  for (const std::string& participant : options.participants) {
    const auto jid = wire::parse_jid(participant);
    if (!jid) {
      std::cerr << "doublecheck client: " << jid.error().to_string() << "\n";
      return 2;
    }
    create.participants.push_back(*jid);
  }
  return run_once(options, create);
}

int privacy(const ClientOptions& options) {
  if (options.category.empty()) return run_once(options, client::FetchPrivacy{});
  return run_once(options, client::SetPrivacy{options.category, options.value});
}

}  // namespace

Command add_client(CLI::App& app) {
  auto options = std::make_shared<ClientOptions>();
  CLI::App* command = app.add_subcommand(
      "client", "Run the reference client: pair it with a server, send, listen.");
  command->require_subcommand(1);
  command->add_option("--server", options->url, "ws://, wss:// or tcp:// URL")
      ->capture_default_str();
  command->add_option("--state", options->state_folder, "Folder that keeps its keys and account")
      ->capture_default_str();
  command->add_option("--trust-root", options->trust_root,
                      "Key that signs the server's Noise certificates, 64 hexadecimal digits; "
                      "default: ask the admin API of a doublecheck server");
  command->add_option("--name", options->push_name,
                      "Push name to register with, or to have from now on; default: the one that "
                      "the account has, Doublecheck for a new one");
  command->add_option("--allow-remote-host", options->allow_remote_host,
                      "Host other than this machine that may be contacted");

  CLI::App* pairing = command->add_subcommand("pair", "Become a companion device of an account.");
  pairing->add_flag("--scan", options->scan,
                    "Have the simulated phone of a doublecheck server scan the QR code");
  pairing->add_option("--phone", options->phone,
                      "Pair by code instead, with the phone of this number (digits)");
  CLI::App* sending = command->add_subcommand("send", "Send a text to a user or a group.");
  sending->add_option("to", options->to, "JID, for instance 15550001111@s.whatsapp.net")
      ->required();
  sending->add_option("text", options->text, "The text")->required();
  CLI::App* listening = command->add_subcommand("listen", "Print what comes, until interrupted.");
  listening->add_option("--seconds", options->seconds, "End after this time")
      ->check(CLI::PositiveNumber);
  CLI::App* grouping = command->add_subcommand("create-group", "Make a group.");
  grouping->add_option("subject", options->subject, "What it is called")->required();
  grouping->add_option("participants", options->participants, "JIDs of its members");
  CLI::App* leaving = command->add_subcommand("leave-group", "Leave a group.");
  leaving->add_option("group", options->to, "JID of the group")->required();
  CLI::App* telling = command->add_subcommand("status", "Change what the account says of itself.");
  telling->add_option("text", options->text, "The text; \"\" for none")->required();
  CLI::App* blocking =
      command->add_subcommand("block", "Block a user, or list those who are blocked.");
  blocking->add_option("user", options->to, "JID of the user; default: list them");
  CLI::App* unblocking = command->add_subcommand("unblock", "Let a user write again.");
  unblocking->add_option("user", options->to, "JID of the user")->required();
  CLI::App* hiding =
      command->add_subcommand("privacy", "Change who may see or do something, or list it all.");
  CLI::Option* category = hiding->add_option("category", options->category,
                                             "last, readreceipts, status …; default: list all");
  category->needs(hiding->add_option("value", options->value, "all, contacts, none …"));
  CLI::App* logout = command->add_subcommand("logout", "Remove this device from its account.");
  CLI::App* adapter = command->add_subcommand(
      "adapter", "Speak the adapter's language on stdin and stdout (harness/iut/README.md).");

  return [=] {
    if (pairing->parsed()) return pair(*options);
    if (listening->parsed()) return listen(*options);
    if (grouping->parsed()) return create_group(*options);
    if (logout->parsed()) return run_once(*options, client::Logout{});
    if (adapter->parsed()) return run_reference_adapter();
    if (telling->parsed()) return run_once(*options, client::SetStatus{options->text});
    if (hiding->parsed()) return privacy(*options);
    if (blocking->parsed() && options->to.empty())
      return run_once(*options, client::FetchBlockList{});
    if (blocking->parsed())
      return with_jid(*options, options->to,
                      [](const wire::Jid& jid) { return client::Block{jid}; });
    if (unblocking->parsed()) {
      return with_jid(*options, options->to,
                      [](const wire::Jid& jid) { return client::Unblock{jid}; });
    }
    if (leaving->parsed()) {
      return with_jid(*options, options->to,
                      [](const wire::Jid& jid) { return client::LeaveGroup{jid}; });
    }
    return with_jid(*options, options->to, [&](const wire::Jid& jid) {
      return client::SendText{.to = jid, .text = options->text};
    });
  };
}

}  // namespace doublecheck::harness
