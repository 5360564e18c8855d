#include "reference/store/test_power_cut_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <span>
#include <stdexcept>
#include <utility>

namespace doublecheck::store::testing {
namespace {

constexpr std::size_t kSector = 512;
constexpr int kMaxPath = 512;

// What SQLite allocates for an open file.
struct OpenFile {
  sqlite3_file base;
  PowerCutDisk* disk;
  std::shared_ptr<PowerCutDisk::File> file;
  std::uint64_t generation;

  static OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
  bool has_power() const { return generation == disk->generation(); }
};

int close(sqlite3_file* file) {
  OpenFile::of(file).~OpenFile();
  return SQLITE_OK;
}

int read(sqlite3_file* handle, void* out, int amount, sqlite3_int64 offset) {
  const OpenFile& open = OpenFile::of(handle);
  if (!open.has_power()) return SQLITE_IOERR_READ;
  const Bytes& content = open.file->content;
  const auto wanted = static_cast<std::size_t>(amount);
  const auto begin = std::min(static_cast<std::size_t>(offset), content.size());
  const std::size_t size = std::min(wanted, content.size() - begin);
  std::memset(out, 0, wanted);
  if (size > 0) std::memcpy(out, content.data() + begin, size);
  return size == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* handle, const void* data, int amount, sqlite3_int64 offset) {
  const OpenFile& open = OpenFile::of(handle);
  if (!open.has_power()) return SQLITE_IOERR_WRITE;
  if (open.disk->full()) return SQLITE_FULL;
  PowerCutDisk::File& file = *open.file;
  const auto begin = static_cast<std::size_t>(offset);
  const std::size_t end = begin + static_cast<std::size_t>(amount);
  if (file.content.size() < end) file.content.resize(end);
  std::memcpy(file.content.data() + begin, data, static_cast<std::size_t>(amount));
  for (std::size_t sector = begin / kSector; sector * kSector < end; ++sector) {
    file.written.push_back(sector);
  }
  return SQLITE_OK;
}

int truncate(sqlite3_file* handle, sqlite3_int64 size) {
  const OpenFile& open = OpenFile::of(handle);
  if (!open.has_power()) return SQLITE_IOERR_TRUNCATE;
  open.file->content.resize(static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int sync(sqlite3_file* handle, int) {
  const OpenFile& open = OpenFile::of(handle);
  if (!open.has_power()) return SQLITE_IOERR_FSYNC;
  return open.disk->sync(*open.file) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int file_size(sqlite3_file* handle, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(OpenFile::of(handle).file->content.size());
  return SQLITE_OK;
}

// One process has the disk.
int lock(sqlite3_file*, int) { return SQLITE_OK; }
int check_reserved_lock(sqlite3_file*, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}
int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return static_cast<int>(kSector); }
int device_characteristics(sqlite3_file*) { return 0; }

const sqlite3_io_methods kMethods = {.iVersion = 1,
                                     .xClose = close,
                                     .xRead = read,
                                     .xWrite = write,
                                     .xTruncate = truncate,
                                     .xSync = sync,
                                     .xFileSize = file_size,
                                     .xLock = lock,
                                     .xUnlock = lock,
                                     .xCheckReservedLock = check_reserved_lock,
                                     .xFileControl = file_control,
                                     .xSectorSize = sector_size,
                                     .xDeviceCharacteristics = device_characteristics,
                                     .xShmMap = nullptr,
                                     .xShmLock = nullptr,
                                     .xShmBarrier = nullptr,
                                     .xShmUnmap = nullptr,
                                     .xFetch = nullptr,
                                     .xUnfetch = nullptr};

PowerCutDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<PowerCutDisk*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* out, int flags, int* out_flags) {
  PowerCutDisk& disk = disk_of(vfs);
  out->pMethods = nullptr;
  std::shared_ptr<PowerCutDisk::File> file =
      path == nullptr ? std::make_shared<PowerCutDisk::File>() : disk.find(path);
  if (file == nullptr) {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    file = disk.make(path);
  }
  new (out) OpenFile{{&kMethods}, &disk, std::move(file), disk.generation()};
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int) {
  disk_of(vfs).remove(path);
  return SQLITE_OK;
}

int access(sqlite3_vfs* vfs, const char* path, int, int* out) {
  *out = disk_of(vfs).find(path) != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int full_pathname(sqlite3_vfs*, const char* path, int size, char* out) {
  const std::string_view view(path);
  if (view.size() >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  std::ranges::copy(view, out);
  out[view.size()] = '\0';
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out) {
  std::fill_n(out, size, '\x5a');
  return size;
}
int no_sleep(sqlite3_vfs*, int) { return 0; }
int current_time(sqlite3_vfs*, double* out) {
  *out = 2'460'000.5;  // a Julian day
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) { return SQLITE_OK; }

}  // namespace

struct PowerCutDisk::Vfs {
  sqlite3_vfs vfs{};
};

PowerCutDisk::PowerCutDisk(std::string name, std::uint64_t seed)
    : name_(std::move(name)), random_(seed), vfs_(std::make_unique<Vfs>()) {
  sqlite3_vfs& vfs = vfs_->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(OpenFile);
  vfs.mxPathname = kMaxPath;
  vfs.zName = name_.c_str();
  vfs.pAppData = this;
  vfs.xOpen = open;
  vfs.xDelete = delete_file;
  vfs.xAccess = access;
  vfs.xFullPathname = full_pathname;
  vfs.xRandomness = randomness;
  vfs.xSleep = no_sleep;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw std::runtime_error("cannot register a VFS");
}

PowerCutDisk::~PowerCutDisk() { sqlite3_vfs_unregister(&vfs_->vfs); }

std::shared_ptr<PowerCutDisk::File> PowerCutDisk::find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

std::shared_ptr<PowerCutDisk::File> PowerCutDisk::make(const std::string& path) {
  return files_[path] = std::make_shared<File>();
}

bool PowerCutDisk::sync(File& file) {
  if (cut_after_syncs_ && (*cut_after_syncs_)-- == 0) {
    cut_power();
    return false;
  }
  ++syncs_;
  file.durable = file.content;
  file.written.clear();
  return true;
}

void PowerCutDisk::cut_power() {
  cut_after_syncs_.reset();
  ++generation_;
  for (auto& [path, file] : files_) {
    // Open handles keep their own; what is opened next is what the disk holds.
    Bytes left = file->durable;
    if (random_.below(2) == 0) left.resize(file->content.size());
    std::ranges::sort(file->written);
    const auto repeated = std::ranges::unique(file->written);
    file->written.erase(repeated.begin(), repeated.end());
    for (const std::size_t sector : file->written) {
      const std::size_t begin = sector * kSector;
      const std::uint64_t fate = random_.below(3);  // lost, torn, kept
      const std::size_t wanted = fate == 0   ? 0
                                 : fate == 1 ? static_cast<std::size_t>(random_.below(kSector))
                                             : kSector;
      const std::size_t end = std::min({begin + wanted, left.size(), file->content.size()});
      for (std::size_t i = begin; i < end; ++i) left[i] = file->content[i];
    }
    file = std::make_shared<File>(File{.content = left, .durable = left, .written = {}});
  }
}

}  // namespace doublecheck::store::testing
