#include "reference/net/credentials_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace doublecheck::net {
namespace {

std::unexpected<Error> failed(const std::string& what, const std::string& why) {
  return fail("credentials", "cannot " + what + ": " + why);
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

bool write_all(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return descriptor.get() >= 0 && ::fsync(descriptor.get()) == 0;
}

}  // namespace

Result<CredentialsFile> CredentialsFile::in(const std::string& folder) {
  std::error_code error;
  if (std::filesystem::create_directories(folder, error))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return failed("make " + folder, error.message());
  if (!std::filesystem::is_directory(folder)) return failed("use " + folder, "it is no folder");
  return CredentialsFile(folder + "/credentials");
}

Result<std::optional<client::Credentials>> CredentialsFile::load() const {
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) {
    if (error) return failed("look for " + path_, error.message());
    return std::nullopt;
  }
  std::ifstream file(path_, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.good() && !file.eof()) return failed("read " + path_, std::strerror(errno));
  auto credentials = client::restore(as_bytes(bytes));
  if (!credentials) return propagate(credentials);
  return *std::move(credentials);
}

Result<> CredentialsFile::save(const client::Credentials& credentials) const {
  const std::string next = path_ + ".next";
  {
    const Descriptor file(
        ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file.get() < 0 || !write_all(file.get(), client::serialize(credentials)) ||
        ::fsync(file.get()) != 0) {
      return failed("write " + next, std::strerror(errno));
    }
  }
  std::error_code error;
  std::filesystem::rename(next, path_, error);
  if (error) return failed("replace " + path_, error.message());
  if (!sync_folder(std::filesystem::path(path_).parent_path()))
    return failed("write " + path_, std::strerror(errno));
  return {};
}

}  // namespace doublecheck::net
