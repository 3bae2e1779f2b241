// HandleTable: the simulated machine's open files and stream ends, by number.
//
// Supported: the lowest free number is given out, so that a number is reused as
// early as possible; an object lives until its handle is closed and no
// operation uses it; handles from before a crash name nothing.
// Rejected: duplicated and inherited handles.
// Divergence from a real kernel: numbers of a rebooted machine differ from all
// before (their high half counts the boots), so that a handle that outlived the
// crash cannot hit a new file.

#ifndef WHARF_SIM_KERNEL_HANDLE_TABLE_H_
#define WHARF_SIM_KERNEL_HANDLE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/handle.h"
#include "sim/kernel/operation_table.h"

namespace wharf::sim {

// What a handle may name.
enum class ObjectKind : uint8_t { kFile, kStreamEnd, kListener };

// One open file or stream end.
struct OpenObject {
  // Where the next transfer at the current position begins.
  uint64_t position = 0;
  // Index of the file, stream end or listener.
  uint32_t index = 0;
  // Operations accepted and not delivered that name it.
  uint32_t operations = 0;
  ObjectKind kind = ObjectKind::kFile;
  bool readable = true;
  bool writable = true;
  // Writes go to the end of the file.
  bool append = false;
  // Transfers must be aligned to sectors, in memory and in the file.
  bool direct = false;
  // What was written is durable when the write has ended.
  bool write_through = false;
  // Operations that would wait end with Error::kWouldBlock.
  bool nonblocking = false;
  // Its handle is not closed yet.
  bool open = true;
};

// Not for concurrent use.
class HandleTable {
 public:
  // Gives the object a handle.
  NativeHandle Open(const OpenObject& object);
  // Index of the open object that the handle names, or kNoIndex.
  uint32_t Find(NativeHandle handle) const {
    const auto number = static_cast<uint64_t>(handle) - base_;
    return number < numbers_.size() ? numbers_[number] : kNoIndex;
  }
  // False for a handle from before the last crash.
  bool FromThisBoot(NativeHandle handle) const {
    return static_cast<uint64_t>(handle) / kBoot == base_ / kBoot;
  }
  // Closes the handle; returns the object it named, or kNoIndex. The object
  // stays until Release.
  uint32_t Close(NativeHandle handle);
  // Forgets the object, which must be closed.
  void Release(uint32_t object);
  // The machine went down: no handle names anything any more.
  void Crash();

  // The object, by its index; valid until the next Open.
  OpenObject& operator[](uint32_t object) { return objects_[object]; }
  const OpenObject& operator[](uint32_t object) const {
    return objects_[object];
  }
  // How many handles are open.
  std::size_t open() const { return open_; }
  // Which ones.
  std::vector<NativeHandle> OpenHandles() const;

 private:
  // The first number, and what a boot adds to it.
  static constexpr uint64_t kFirst = 3;
  static constexpr uint64_t kBoot = uint64_t{1} << 32;

  uint64_t base_ = kFirst;
  std::size_t open_ = 0;
  std::vector<uint32_t> numbers_;  // Object of each number, or kNoIndex.
  std::vector<OpenObject> objects_;
  std::vector<uint32_t> free_;  // Objects.
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_HANDLE_TABLE_H_
