#include "sim/kernel/file_image.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace wharf::sim {
namespace {

// Beyond these the oldest changes are written back, as a kernel would do in the
// background, so that a program that never syncs does not fill the memory.
constexpr std::size_t kMostChanges = 4096;
constexpr std::size_t kMostData = std::size_t{16} << 20;

uint64_t End(FileRange range) { return range.offset + range.length; }

bool Overlap(FileRange a, FileRange b) {
  return a.offset < End(b) && b.offset < End(a);
}

void GrowTo(std::vector<std::byte>& image, uint64_t size) {
  if (image.size() < size) image.resize(size);
}

}  // namespace

std::size_t FileImage::Read(uint64_t offset, std::span<std::byte> out) const {
  if (offset >= cached_.size()) return 0;
  const std::size_t count =
      std::min<uint64_t>(out.size(), cached_.size() - offset);
  if (count > 0) std::memcpy(out.data(), cached_.data() + offset, count);
  return count;
}

uint64_t FileImage::Write(uint64_t offset, std::span<const std::byte> bytes) {
  const FileRange range = {offset, bytes.size()};
  GrowTo(cached_, End(range));
  if (!bytes.empty()) {
    std::memcpy(cached_.data() + offset, bytes.data(), bytes.size());
  }
  ClearBad(range);
  return Record(ChangeKind::kData, range, bytes);
}

uint64_t FileImage::Allocate(AllocateMode mode, uint64_t offset,
                             uint64_t length) {
  const FileRange range = {offset, length};
  switch (mode) {
    case AllocateMode::kAllocateKeepSize:
      return next_change_;  // Space is not modelled per file.
    case AllocateMode::kAllocate:
      GrowTo(cached_, End(range));
      return Record(ChangeKind::kSize, range, {});
    case AllocateMode::kZeroRange:
      GrowTo(cached_, End(range));
      break;
    case AllocateMode::kPunchHole:
      break;
  }
  const uint64_t end = std::min<uint64_t>(End(range), cached_.size());
  if (offset >= end) return next_change_;
  std::memset(cached_.data() + offset, 0, end - offset);
  ClearBad({offset, end - offset});
  return Record(ChangeKind::kZero, {offset, end - offset}, {});
}

uint64_t FileImage::Truncate(uint64_t size) {
  // Everything from `size` on, so that syncing a later change takes it along.
  const FileRange rest = {size, std::numeric_limits<uint64_t>::max() - size};
  cached_.resize(size);
  ClearBad(rest);
  return Record(ChangeKind::kCut, rest, {});
}

uint64_t FileImage::Record(ChangeKind kind, FileRange range,
                           std::span<const std::byte> bytes) {
  if (changes_.size() == kMostChanges || data_.size() > kMostData) {
    WriteBackOldest();
  }
  changes_.push_back({next_change_, range, data_.size(), kind});
  data_.insert(data_.end(), bytes.begin(), bytes.end());
  return next_change_++;
}

void FileImage::WriteBackOldest() {
  SyncBelow(changes_[changes_.size() / 2].number);
}

// Brings `part` of the change, which is a part of its range, to the disk.
void FileImage::Apply(const Change& change, FileRange part) {
  if (change.kind == ChangeKind::kCut) {
    durable_.resize(std::min<uint64_t>(durable_.size(), part.offset));
    return;
  }
  GrowTo(durable_, End(part));
  if (part.length == 0) return;  // An empty file has no address.
  switch (change.kind) {
    case ChangeKind::kData:
      std::memcpy(
          durable_.data() + part.offset,
          data_.data() + change.data + (part.offset - change.range.offset),
          part.length);
      break;
    case ChangeKind::kZero:
      std::memset(durable_.data() + part.offset, 0, part.length);
      break;
    case ChangeKind::kSize:
    case ChangeKind::kCut:
      break;
  }
}

void FileImage::SyncBelow(uint64_t limit) {
  std::size_t count = 0;
  while (count < changes_.size() && changes_[count].number < limit) {
    const Change& change = changes_[count++];
    Apply(change, change.range);
  }
  if (count == 0) return;
  changes_.erase(changes_.begin(), changes_.begin() + count);
  Compact();
}

void FileImage::SyncChange(uint64_t number) {
  // From the change back to older ones: whatever overlaps one that is taken
  // must go to the disk before it, or would later be written over it.
  taken_.clear();
  for (std::size_t i = changes_.size(); i-- > 0;) {
    Change& change = changes_[i];
    change.taken = change.number == number ||
                   std::any_of(taken_.begin(), taken_.end(), [&](FileRange r) {
                     return Overlap(change.range, r);
                   });
    if (change.taken) taken_.push_back(change.range);
  }
  if (taken_.empty()) return;
  std::erase_if(changes_, [&](const Change& change) {
    if (change.taken) Apply(change, change.range);
    return change.taken;
  });
  Compact();
}

// Drops the data of changes that are gone, once it is worth the copying.
void FileImage::Compact() {
  if (changes_.empty()) {
    data_.clear();
    return;
  }
  const std::size_t unused = changes_.front().data;
  if (unused * 2 < data_.size()) return;
  data_.erase(data_.begin(), data_.begin() + unused);
  for (Change& change : changes_) change.data -= unused;
}

void FileImage::FailSyncBelow(uint64_t limit, Choices& choices) {
  std::erase_if(changes_, [&](const Change& change) {
    if (change.number >= limit) return false;
    // To be lost is the plainer fate.
    if (choices.Happens("sync.failed.durable")) Apply(change, change.range);
    return true;
  });
  Compact();
}

void FileImage::AddInFlightWrite(uint64_t offset,
                                 std::span<const std::byte> bytes) {
  Record(ChangeKind::kData, {offset, bytes.size()}, bytes);
}

void FileImage::Crash(Choices& choices) {
  for (const Change& change : changes_) {
    if (change.kind == ChangeKind::kSize || change.kind == ChangeKind::kCut) {
      if (!choices.Happens("crash.size")) Apply(change, change.range);
      continue;
    }
    // All, nothing, or each sector for itself.
    const uint32_t fate = choices.Pick(3, "crash.change");
    if (fate == 0) Apply(change, change.range);
    if (fate != 2) continue;
    for (uint64_t at = change.range.offset; at < End(change.range);) {
      const uint64_t next =
          std::min((at / sector_ + 1) * sector_, End(change.range));
      CrashSector(change, {at, next - at}, choices);
      at = next;
    }
  }
  changes_.clear();
  data_.clear();
  cached_ = durable_;
}

void FileImage::CrashSector(const Change& change, FileRange part,
                            Choices& choices) {
  switch (choices.Pick(4, "crash.sector")) {
    case 0:  // Kept.
      Apply(change, part);
      break;
    case 1:  // Dropped.
      break;
    case 2:  // Torn: a prefix is new.
      if (part.length > 1) {
        const uint64_t kept = choices.UpTo(part.length - 1, "crash.torn.bytes");
        Apply(change, {part.offset, kept});
      }
      break;
    default:  // Half written, and unreadable until it is written again.
      GrowTo(durable_, End(part));
      MarkBad(part);
      break;
  }
}

void FileImage::MarkBad(FileRange range) {
  if (range.length == 0) return;
  ClearBad(range);
  const auto at = std::find_if(
      bad_.begin(), bad_.end(),
      [&](const FileRange& bad) { return bad.offset > range.offset; });
  bad_.insert(at, range);
}

void FileImage::ClearBad(FileRange range) {
  if (bad_.empty()) return;
  std::vector<FileRange> left;
  for (const FileRange& bad : bad_) {
    if (!Overlap(bad, range)) {
      left.push_back(bad);
      continue;
    }
    if (bad.offset < range.offset) {
      left.push_back({bad.offset, range.offset - bad.offset});
    }
    if (End(bad) > End(range)) {
      left.push_back({End(range), End(bad) - End(range)});
    }
  }
  bad_ = std::move(left);
}

uint64_t FileImage::ReadableFrom(uint64_t offset, uint64_t length) const {
  for (const FileRange& bad : bad_) {
    if (!Overlap(bad, {offset, length})) continue;
    return bad.offset <= offset ? 0 : bad.offset - offset;
  }
  return length;
}

}  // namespace wharf::sim
