#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/console.h"
#include "harness/cli/read_file.h"
#include "harness/cli/server_log.h"
#include "reference/net/clock.h"
#include "reference/net/server_host.h"
#include "reference/server/profile.h"
#include "reference/server/server.h"
#include "reference/store/sqlite_store.h"
#include "spec/base/random.h"
#include "spec/base/text_encoding.h"

// `doublecheck serve`: the reference server on sockets, for clients to pair with and message
// through.
namespace doublecheck::harness {
namespace {

struct ServeOptions {
  net::ServerHostOptions host{.address = "127.0.0.1",
                              .http_port = 8080,
                              .tcp_port = {},
                              .certificate_file = {},
                              .private_key_file = {},
                              .admin = true,
                              .admin_token = {},
                              .routes = {}};
  std::optional<std::string> trust_root_file;
  std::optional<std::string> profile_file;
  std::optional<std::string> data_directory;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint16_t> first_device;
  std::optional<server::Strictness> strictness;
  server::Profile profile;
  bool no_admin = false;
  bool verbose = false;
};

void announce(const ServeOptions& options, const net::ServerHost& host,
              const std::string& trust_root) {
  const std::string authority = options.host.address + ":" + std::to_string(host.http_port());
  print(fmt::format("doublecheck {} reference server", kVersion));
  print(fmt::format("  WebSocket   ws://{0}/ws/chat  wss://{0}/ws/chat", authority));
  if (host.tcp_port())
    print(fmt::format("  TCP         tcp://{}:{}", options.host.address, *host.tcp_port()));
  if (options.host.admin) print(fmt::format("  admin API   http://{}/admin/v1/", authority));
  print(fmt::format("  trust root  {}", trust_root));
  if (options.data_directory) print(fmt::format("  data        {}", *options.data_directory));
}

// The profile file, which the options of the command line override.
Result<> read_profile(ServeOptions& options) {
  if (options.profile_file) {
    auto text = read_file(*options.profile_file, server::kMaxProfileBytes);
    if (!text) return propagate(text);
    auto profile =
        server::parse_profile(*text, [](const std::string& variable) -> std::optional<std::string> {
          const char* const value = std::getenv(variable.c_str());
          return value == nullptr ? std::nullopt : std::optional<std::string>(value);
        });
    if (!profile) return propagate(profile);
    options.profile = std::move(*profile);
    options.host.routes = options.profile.routes;
  }
  if (options.strictness) options.profile.config.strictness = *options.strictness;
  if (options.first_device) options.profile.config.first_device = *options.first_device;
  return {};
}

// What the profile wants done once the server is there.
Result<> carry_out(const server::Profile& profile, bool is_new, net::ServerHost& host) {
  std::vector<server::AdminCommand> commands;
  if (is_new) commands = profile.seeds;
  commands.insert(commands.end(), profile.faults.begin(), profile.faults.end());
  for (const server::AdminCommand& command : commands) {
    if (const auto reply = host.admin(command); !reply)
      return fail("profile", reply.error().message);
  }
  return {};
}

int serve(ServeOptions options) {
  if (const auto read = read_profile(options); !read) {
    std::cerr << "doublecheck serve: " << read.error().to_string() << "\n";
    return 2;
  }
  options.host.admin = !options.no_admin;
  const net::SystemClock clock;
  std::unique_ptr<RandomSource> random = std::make_unique<SystemRandom>();
  if (options.seed) random = std::make_unique<SeededRandom>(*options.seed);

  ServerLog log(options.verbose, print);
  server::Server server(options.profile.config, *random, clock.now(),
                        {.tamper = nullptr, .guard = nullptr, .recorder = &log},
                        options.profile.rules);

  std::optional<store::SqliteStore> store;
  if (options.data_directory) {
    auto opened = store::SqliteStore::open(*options.data_directory);
    if (!opened) {
      std::cerr << "doublecheck serve: " << opened.error().to_string() << "\n";
      return 1;
    }
    store = std::move(*opened);
  }
  boost::asio::io_context io(1);
  options.host.on_store_failed = [&](const std::string&) { io.stop(); };
  auto host = net::ServerHost::start(
      io, server, clock, options.host,
      [](server::ConnectionId connection, std::string_view line) {
        print(connection == 0 ? std::string(line) : fmt::format("#{}  {}", connection, line));
      },
      std::move(store));
  if (!host) {
    std::cerr << "doublecheck serve: " << host.error().to_string() << "\n";
    return 1;
  }
  const bool is_new = server.state().directory.all().empty();
  if (const auto done = carry_out(options.profile, is_new, **host); !done) {
    std::cerr << "doublecheck serve: " << done.error().to_string() << "\n";
    return 2;
  }
  const std::string trust_root = to_hex(server.trust_root());
  if (options.trust_root_file) {
    std::ofstream file(*options.trust_root_file);
    file << trust_root << "\n";
    if (!file.flush()) {
      std::cerr << "doublecheck serve: cannot write " << *options.trust_root_file << "\n";
      return 1;
    }
  }
  announce(options, **host, trust_root);

  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code&, int) { io.stop(); });
  io.run();
  if (const auto kept = (*host)->finish_store(); !kept) {
    std::cerr << "doublecheck serve: " << kept.error().to_string() << "\n";
    return 1;
  }
  print("stopped");
  return 0;
}

}  // namespace

Command add_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* command = app.add_subcommand(
      "serve",
      "Run the reference server. Companions pair with POST /admin/v1/phone/scan and the text of their QR code.");
  command->add_option("--listen", options->host.address, "Address to listen on")
      ->capture_default_str();
  command
      ->add_option("--port", options->host.http_port,
                   "Port for WebSocket, HTTP and admin API, with and without TLS; 0: any")
      ->capture_default_str();
  command->add_option("--tcp-port", options->host.tcp_port,
                      "Port for the same protocol over plain TCP; 0: any");
  command->add_option("--trust-root", options->trust_root_file,
                      "Write the Noise trust root, in hexadecimal, to this file");
  command->add_option("--tls-cert", options->host.certificate_file,
                      "TLS certificate (PEM); default: a self-signed one");
  command->add_option("--tls-key", options->host.private_key_file, "Its private key (PEM)");
  command->add_flag("--no-admin", options->no_admin, "No admin API");
  command->add_option("--admin-token", options->host.admin_token,
                      "Token that the admin API requires as bearer");
  command
      ->add_option("--first-device", options->first_device,
                   "Number of the first companion: 1 with a phone as device 0 (the default), or 0 "
                   "without")
      ->check(CLI::Range(0, 1));
  static const std::map<std::string, server::Strictness> kStrictnesses = {
      {"lenient", server::Strictness::kLenient},
      {"strict", server::Strictness::kStrict},
      {"hostile", server::Strictness::kHostile}};
  command
      ->add_option("--strictness", options->strictness,
                   "strict (the default) refuses what the real service refuses, lenient puts up "
                   "with it, hostile injects the faults that it is asked for")
      ->transform(CLI::CheckedTransformer(kStrictnesses).description("lenient|strict|hostile"));
  command->add_option("--profile", options->profile_file,
                      "Start-up profile (JSON), see reference/server/README.md");
  CLI::Option* const seed = command->add_option(
      "--seed", options->seed, "Make every key and id a function of this number: for tests");
  command
      ->add_option("--data", options->data_directory,
                   "Keep accounts, devices and queues in this directory over a restart; default: "
                   "in memory only")
      ->excludes(seed);
  command->add_flag("-v,--verbose", options->verbose, "Print every stanza");
  return [options] { return serve(*options); };
}

}  // namespace doublecheck::harness
