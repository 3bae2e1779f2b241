// Reads that see a write in the middle. Linux copies a buffered write page by
// page, with the file's lock, and a read without it: so a read that is under
// way at the same time finds some of the bytes, and a file as long as they
// reach. Other writes wait.

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "sim/kernel/kernel.h"
#include "sim/memory_guard.h"

namespace wharf::sim {

bool Kernel::IsDueRead(const DueEntry& entry, uint32_t file) const {
  const Slot& slot = table_[entry.slot];
  return slot.serial == entry.serial && slot.state == SlotState::kDue &&
         !slot.decided && slot.object != kNoIndex &&
         handles_[slot.object].kind == ObjectKind::kFile &&
         handles_[slot.object].index == file &&
         ReadsIntoMemory(slot.operation.opcode);
}

// Writes all but the last bytes, in as many parts as reads want to see, and
// returns how many it has written.
uint64_t Kernel::WriteInParts(uint32_t index, uint64_t offset, uint64_t count) {
  const uint32_t file = handles_[table_[index].object].index;
  torn_ = {index, offset, count, 0};
  while (torn_.done + 1 < count) {
    bool seen = false;
    for (std::size_t i = 0; i < due_.size() && !seen; ++i) {
      seen = IsDueRead(due_[i], file);
    }
    if (!seen || !choices_.Happens("write.torn")) break;
    const uint64_t left = count - torn_.done;
    const uint64_t step = choices_.UpTo(left - 1, "write.torn.bytes");
    WriteBytes(table_[index], offset, torn_.done, torn_.done + step);
    torn_.done += step;
    ReadBetween(file);
  }
  torn_.slot = kNoIndex;
  return torn_.done;
}

void Kernel::ReadBetween(uint32_t file) {
  const OperationId writer = deciding_;
  for (std::size_t i = 0; i < due_.size();) {
    const uint32_t reader = due_[i].slot;
    if (IsDueRead(due_[i], file)) {
      deciding_ = table_[reader].operation.id;
      if (choices_.Happens("read.torn")) {
        due_.PopAt(i);
        if (CheckMemory(reader)) {
          ReadFile(table_[reader], reader);
        } else {
          PostError(reader, Error::kBadAddress);
        }
        continue;
      }
    }
    ++i;
  }
  deciding_ = writer;
}

uint64_t Kernel::TornForRead(OperationId read,
                             std::span<const std::byte> bytes) const {
  if (torn_.slot == kNoIndex) return 0;
  const Slot& writer = table_[torn_.slot];
  const uint32_t file = handles_[writer.object].index;
  const Slot* reader = nullptr;
  for (std::size_t i = 0; i < due_.size(); ++i) {
    const Slot& slot = table_[due_[i].slot];
    if (slot.operation.id == read && IsDueRead(due_[i], file)) reader = &slot;
  }
  if (reader == nullptr || reader->operation.offset == kCurrentPosition) {
    return 0;
  }
  std::vector<std::byte> written;
  IoVector single;
  for (const IoVector& vector : VectorsOf(writer.operation, single)) {
    const auto* base = static_cast<const std::byte*>(vector.base);
    written.insert(written.end(), base, base + vector.length);
  }
  const uint64_t asked = TotalBytes(VectorsOf(reader->operation, single));
  const std::span<const std::byte> now = disk_[file].cached();
  const uint64_t begin = reader->operation.offset;
  const uint64_t end = begin + bytes.size();
  // At least and at most so many bytes of the write are there.
  uint64_t least = torn_.done + 1;
  uint64_t most = torn_.count - 1;
  if (bytes.size() < asked && end > now.size()) {
    if (end <= torn_.offset) return 0;
    least = std::max(least, end - torn_.offset);
    most = std::min(most, end - torn_.offset);
  } else if (bytes.size() < asked) {
    if (end < now.size() || torn_.offset >= now.size()) return 0;
    most = std::min(most, now.size() - torn_.offset);
  } else if (end > now.size()) {
    if (end <= torn_.offset) return 0;
    least = std::max(least, end - torn_.offset);
  }
  for (uint64_t i = 0; i < bytes.size(); ++i) {
    const uint64_t place = begin + i;
    const std::byte old = place < now.size() ? now[place] : std::byte{0};
    const bool covered =
        place >= torn_.offset && place - torn_.offset < torn_.count;
    const std::byte fresh = covered ? written[place - torn_.offset] : old;
    if (bytes[i] == old && bytes[i] == fresh) continue;
    if (bytes[i] == fresh) {
      least = std::max(least, place - torn_.offset + 1);
    } else if (bytes[i] == old) {
      most = std::min(most, place - torn_.offset);
    } else {
      return 0;
    }
  }
  return least <= most ? least - torn_.done : 0;
}

}  // namespace wharf::sim
