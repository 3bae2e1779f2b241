// FileSystem: the simulated disk. Files by name, in one directory, on a device
// of limited size.
//
// Supported: create, open, remove, a full disk, crashes.
// Rejected: directories, renames, links, permissions.
// Divergence from a real kernel: a file's name is durable as soon as the file
// was synced once; before that a crash may take it.

#ifndef WHARF_SIM_KERNEL_FILE_SYSTEM_H_
#define WHARF_SIM_KERNEL_FILE_SYSTEM_H_

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/file_image.h"
#include "sim/kernel/operation_table.h"

namespace wharf::sim {

// Not for concurrent use.
class FileSystem {
 public:
  // Sectors of `sector` bytes, and room for `capacity` bytes in all files.
  explicit FileSystem(uint32_t sector,
                      uint64_t capacity = std::numeric_limits<uint64_t>::max())
      : sector_(sector), capacity_(capacity) {}

  // Index of the file, or kNoIndex.
  uint32_t Find(std::string_view name) const;
  // Index of the file, which is created if there is none.
  uint32_t FindOrCreate(std::string_view name);
  // Takes the name away; the file stays for those who have it open. False if
  // there is none.
  bool Remove(std::string_view name);

  // The file, by its index; valid until the file system dies.
  FileImage& operator[](uint32_t file) { return files_[file]->image; }
  const FileImage& operator[](uint32_t file) const {
    return files_[file]->image;
  }
  // The file's name may not be taken by a crash any more.
  void MarkNameDurable(uint32_t file) { files_[file]->name_durable = true; }

  // How many of `wanted` bytes from `offset` on (their sum does not overflow)
  // the device has room for: all inside the file, and beyond its end as many as
  // are free.
  uint64_t RoomFor(uint32_t file, uint64_t offset, uint64_t wanted) const;

  // The power fails. Files that nobody has synced yet may be gone.
  void Crash(Choices& choices);

  uint32_t sector() const { return sector_; }

 private:
  struct File {
    explicit File(uint32_t sector) : image(sector) {}
    FileImage image;
    bool name_durable = false;
  };

  uint32_t sector_;
  uint64_t capacity_;
  std::vector<std::unique_ptr<File>> files_;
  std::map<std::string, uint32_t, std::less<>> names_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_FILE_SYSTEM_H_
