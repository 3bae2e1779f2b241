// FileImage: one simulated file, as programs see it (the cached image) and as
// it would be found after a power failure (the durable image and what may have
// reached it).
//
// Supported: reads, writes, allocation, holes, zeroed ranges, sync of
// everything or of one write, crashes that keep, drop, tear or spoil every
// unsynced sector by itself (so that later writes may survive earlier ones),
// syncs that fail and lose what they covered, ranges that cannot be read.
// Rejected: maps, several names, permissions.
// Divergence from a real kernel: a sector that was written twice without a sync
// holds the old, the first or the second content after a crash, never the
// first after the second was there; metadata other than the size does not
// exist.

#ifndef WHARF_SIM_KERNEL_FILE_IMAGE_H_
#define WHARF_SIM_KERNEL_FILE_IMAGE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/operation.h"
#include "sim/choices.h"

namespace wharf::sim {

// A range of bytes of a file.
struct FileRange {
  uint64_t offset = 0;
  uint64_t length = 0;

  friend bool operator==(const FileRange&, const FileRange&) = default;
};

// Not for concurrent use. Every change gets a number; syncs speak of changes by
// number.
class FileImage {
 public:
  // Crashes decide over units of `sector` bytes (a power of two).
  explicit FileImage(uint32_t sector) : sector_(sector) {}

  // Size of the cached image.
  uint64_t size() const { return cached_.size(); }
  // Number of the next change.
  uint64_t next_change() const { return next_change_; }
  // Changes that no sync has made durable yet.
  std::size_t unsynced() const { return changes_.size(); }

  // Copies from the cached image; returns how many bytes, less than asked for
  // at the end of the file.
  std::size_t Read(uint64_t offset, std::span<std::byte> out) const;

  // Writes to the cached image, growing it as needed; a gap before `offset`
  // reads as zeros. Readable again if it was bad. Returns the change's number.
  uint64_t Write(uint64_t offset, std::span<const std::byte> bytes);

  // As the mode says. Returns the change's number.
  uint64_t Allocate(AllocateMode mode, uint64_t offset, uint64_t length);

  // Cuts the file to `size`, which is not beyond its end. Returns the change's
  // number.
  uint64_t Truncate(uint64_t size);

  // Makes all changes with a number below `limit` durable, except those that a
  // failed sync has lost already.
  void SyncBelow(uint64_t limit);

  // Makes one change durable, and all earlier ones that it overlaps, and those
  // that they overlap. Nothing if it is durable already.
  void SyncChange(uint64_t number);

  // A sync of the changes below `limit` fails: each is made durable, or lost,
  // as `choices` say. What is lost stays in the cached image, is taken for
  // clean by later syncs, and is gone after a crash unless it is written again
  // (what Linux file systems do with pages whose write-back failed).
  void FailSyncBelow(uint64_t limit, Choices& choices);

  // The power fails: what was not durable survives sector by sector as
  // `choices` say. Afterwards the cached image is the durable one.
  void Crash(Choices& choices);

  // A write that was under way when the power failed: it may be on the disk in
  // part. To be called right before Crash.
  void AddInFlightWrite(uint64_t offset, std::span<const std::byte> bytes);

  // Reading any byte of the range fails until it is written again.
  void MarkBad(FileRange range);
  // Bytes from `offset` that can be read before the first bad one, `length` at
  // most.
  uint64_t ReadableFrom(uint64_t offset, uint64_t length) const;

  // What a program sees, and what is safely on the disk.
  std::span<const std::byte> cached() const { return cached_; }
  std::span<const std::byte> durable() const { return durable_; }

 private:
  enum class ChangeKind : uint8_t { kData, kZero, kSize, kCut };
  struct Change {
    uint64_t number;
    FileRange range;
    std::size_t data;  // Position in data_ if kData.
    ChangeKind kind;
    bool taken = false;  // By SyncChange.
  };

  uint64_t Record(ChangeKind kind, FileRange range,
                  std::span<const std::byte> bytes);
  void Apply(const Change& change, FileRange part);
  void CrashSector(const Change& change, FileRange part, Choices& choices);
  void Compact();
  void ClearBad(FileRange range);
  void WriteBackOldest();

  uint32_t sector_;
  std::vector<std::byte> cached_;
  std::vector<std::byte> durable_;
  std::vector<Change> changes_;   // Unsynced, by number.
  std::vector<std::byte> data_;   // Of the changes, in order.
  std::vector<FileRange> bad_;    // Disjoint, by offset.
  std::vector<FileRange> taken_;  // SyncChange's own.
  uint64_t next_change_ = 1;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_FILE_IMAGE_H_
