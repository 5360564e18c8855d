#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>

#include "harness/certification/signing_key.h"
#include "harness/cli/commands.h"
#include "harness/driver/child_process.h"

// `doublecheck keygen`: makes the key that results are signed with.
namespace doublecheck::harness {
namespace {

// A new file that `mode` says who may read; false, with errno, when there is one already.
bool write_new_file(const std::string& path, mode_t mode, const std::string& content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return false;
  const bool written = write_all(file, content);
  return ::close(file) == 0 && written;
}

int keygen(const std::string& path) {
  const auto key = SigningKey::generate();
  if (!key) {
    std::cerr << "doublecheck keygen: " << key.error().to_string() << "\n";
    return 1;
  }
  const std::string public_path = path + ".pub";
  const VerifyingKey verifying = key->verifying_key();
  for (const auto& [file, mode, pem] :
       {std::tuple{path, mode_t{0600}, key->to_pem()},
        std::tuple{public_path, mode_t{0644}, verifying.to_pem()}}) {
    if (write_new_file(file, mode, pem)) continue;
    std::cerr << "doublecheck keygen: cannot write " << file << ": " << std::strerror(errno)
              << "\n";
    return 1;
  }
  std::cout << "private key: " << path << "\npublic key:  " << public_path
            << "\nkey id:      " << verifying.id() << "\n";
  return 0;
}

}  // namespace

Command add_keygen(CLI::App& app) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "keygen",
      "Make an Ed25519 key to sign results with: FILE, which nobody else may read, and FILE.pub for "
      "everybody. Overwrites nothing.");
  command->add_option("file", *path, "Where to write the private key")->required();
  return [path] { return keygen(*path); };
}

}  // namespace doublecheck::harness
