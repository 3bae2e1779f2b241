// Transfers of one file by several kernel threads. Linux copies a buffered
// write page by page, with the file's lock, and a read without it (only XFS
// locks both: L. Torvalds, "pagecache locking", linux-kernel, 2019-06-13): so a
// read that is under way at the same time finds some of the bytes, and a file
// as long as they reach. Other writes wait. And a read may have copied its
// first bytes before a write, and copies its last ones behind that.

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "sim/kernel/kernel.h"
#include "sim/memory_guard.h"

namespace wharf::sim {

// io_uring has threads for transfers of files, each of which may stand still at
// any place.
bool Kernel::MayPause(const Slot& slot) const {
  return PersonalityOf(slot) == Personality::kIoUring &&
         (IsTransfer(slot.operation.opcode) ||
          slot.operation.opcode == Opcode::kAllocate) &&
         handles_[slot.object].kind == ObjectKind::kFile;
}

// The transfer goes on later. It may have taken the current position already,
// which is read once, when a thread begins it, and with no lock against others
// that do (io_uring's io_kiocb_update_pos), and a read some of its bytes.
void Kernel::Pause(uint32_t index) {
  Slot& slot = table_[index];
  const OpenObject& object = handles_[slot.object];
  const bool moves = IsTransfer(slot.operation.opcode) &&
                     slot.operation.offset == kCurrentPosition;
  if (moves && !slot.positioned && choices_.Happens("position.early")) {
    slot.positioned = true;
    slot.position = object.position;
  }
  if (IsFileRead(slot) && object.readable && (!moves || slot.positioned)) {
    const FileImage& file = disk_[object.index];
    const uint64_t copied = slot.copied.size();
    const uint64_t from = OffsetOf(slot) + copied;
    const uint64_t asked = AskedFor(slot.operation);
    const uint64_t left = from < file.size() ? file.size() - from : 0;
    const uint64_t most =
        file.ReadableFrom(from, std::min(asked - copied, left));
    if (most > 0 && !(object.direct && Misaligned(slot, from - copied))) {
      const uint32_t count =
          choices_.Pick(static_cast<uint32_t>(most) + 1, "read.part");
      slot.copied.resize(copied + count);
      file.Read(from, std::span(slot.copied).subspan(copied));
    }
  }
  Schedule(index, Latency("transfer.pause.time"));
}

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
        if (!CheckMemory(reader)) {
          PostError(reader, Error::kBadAddress);
        } else if (MayPause(table_[reader]) &&
                   choices_.Happens("transfer.pause")) {
          Pause(reader);
        } else {
          ReadFile(table_[reader], reader);
        }
        continue;
      }
    }
    ++i;
  }
  deciding_ = writer;
}

}  // namespace wharf::sim
