#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/random.h"

// For tests: an SQLite VFS in memory whose power can be cut. What was written and not yet
// synchronised is then lost, kept, or torn, sector by sector, as chance has it.
namespace doublecheck::store::testing {

class PowerCutDisk {
 public:
  // Registers the VFS under this name, which must be unique while the disk lives.
  PowerCutDisk(std::string name, std::uint64_t seed);
  ~PowerCutDisk();
  PowerCutDisk(const PowerCutDisk&) = delete;
  PowerCutDisk& operator=(const PowerCutDisk&) = delete;

  const std::string& name() const { return name_; }

  // Files that are open fail from now on; those opened later see what the cut has left.
  void cut_power();

  // The same when files have been synchronised so many times more, before the next one is.
  void cut_power_after_syncs(std::size_t count) { cut_after_syncs_ = count; }

  // From now on writing fails as on a full disk.
  void fill_up() { full_ = true; }

  // How often a file was synchronised.
  std::size_t syncs() const { return syncs_; }

  // ---- For the VFS.

  struct File {
    Bytes content;
    Bytes durable;                     // as it was when last synchronised
    std::vector<std::size_t> written;  // sectors, since then
  };

  std::uint64_t generation() const { return generation_; }
  bool full() const { return full_; }
  std::shared_ptr<File> find(const std::string& path) const;
  std::shared_ptr<File> make(const std::string& path);
  void remove(const std::string& path) { files_.erase(path); }
  // False when the power is cut instead.
  bool sync(File& file);

 private:
  std::string name_;
  SeededRandom random_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::uint64_t generation_ = 0;  // power cuts so far
  bool full_ = false;
  std::optional<std::size_t> cut_after_syncs_;
  std::size_t syncs_ = 0;
  struct Vfs;
  std::unique_ptr<Vfs> vfs_;
};

}  // namespace doublecheck::store::testing
