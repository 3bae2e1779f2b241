// What operations do to files.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>

#include "sim/kernel/kernel.h"

namespace wharf::sim {
namespace {

constexpr Row kEndRows[kPersonalityCount] = {U(14), A(12), W(3)};
constexpr Row kMisalignedRows[kPersonalityCount] = {U(35), A(12), kNoRow};
constexpr Row kMediaRows[kPersonalityCount] = {U(34), kNoRow, W(9)};

}  // namespace

void Kernel::ExecuteFile(uint32_t index) {
  Slot& slot = table_[index];
  switch (slot.operation.opcode) {
    case Opcode::kRead:
    case Opcode::kReadVectored:
      ReadFile(slot, index);
      break;
    case Opcode::kWrite:
    case Opcode::kWriteVectored:
      WriteFile(slot, index);
      break;
    case Opcode::kSync:
      SyncFile(slot, index);
      break;
    case Opcode::kAllocate:
      AllocateFile(slot, index);
      break;
    case Opcode::kPoll:  // A file is always ready.
      Post(index, slot.operation.mode, 0);
      break;
    default:
      PostError(index, Error::kNotSocket);
      break;
  }
}

// Whether a direct transfer breaks the rules. Looks at addresses: a program
// that wants the same run every time aligns its buffers on purpose.
bool Kernel::Misaligned(const Slot& slot, uint64_t offset) const {
  const uint64_t mask = options_.sector - 1;
  if ((offset & mask) != 0) return true;
  IoVector single;
  for (const IoVector& vector : VectorsOf(slot.operation, single)) {
    if ((reinterpret_cast<uintptr_t>(vector.base) & mask) != 0 ||
        (vector.length & mask) != 0) {
      return true;
    }
  }
  return false;
}

void Kernel::ReadFile(Slot& slot, uint32_t index) {
  OpenObject& object = handles_[slot.object];
  const FileImage& file = disk_[object.index];
  const bool moves = slot.operation.offset == kCurrentPosition;
  const uint64_t offset = OffsetOf(slot);
  const auto personality = static_cast<int>(PersonalityOf(slot));
  if (!object.readable) {
    PostError(index, Error::kBadHandle);
    return;
  }
  if (object.direct && Misaligned(slot, offset)) {
    rows_.Fire(kMisalignedRows[personality]);
    PostError(index, Error::kInvalidArgument);
    return;
  }
  // What a pause has left there is the beginning.
  const uint64_t copied = slot.copied.size();
  const uint64_t from = offset + copied;
  const uint64_t asked = AskedFor(slot.operation);
  const uint64_t left = from < file.size() ? file.size() - from : 0;
  uint64_t count = std::min(asked - copied, left);
  if (count == 0 && copied == 0) {
    rows_.Fire(kEndRows[personality]);
    Post(index, 0, 0);
    return;
  }
  if (count > 0) {
    count = file.ReadableFrom(from, count);
    const Fault* fault =
        count == 0 ? nullptr
                   : PickFault(index, OperationClass::kRead, "read.outcome");
    const bool failed = fault != nullptr && fault->error != Error::kNone;
    if (count == 0) rows_.Fire(kMediaRows[personality]);
    if ((count == 0 || failed) && copied == 0) {
      PostError(index, failed ? fault->error : Error::kIo);
      return;
    }
    if (failed) {
      count = 0;  // It says what it has (read(2)).
    } else if (fault != nullptr && count > 1) {
      rows_.Fire(fault->row);
      count = choices_.UpTo(count - 1, "read.bytes");
    }
  }
  const uint64_t end = copied + count;
  uint64_t done = 0;
  IoVector single;
  for (const IoVector& vector : VectorsOf(slot.operation, single)) {
    auto* base = static_cast<std::byte*>(vector.base);
    uint64_t left_here = std::min<uint64_t>(vector.length, end - done);
    if (done < copied && left_here > 0) {
      const uint64_t step = std::min(left_here, copied - done);
      std::memcpy(base, slot.copied.data() + done, step);
      base += step;
      left_here -= step;
      done += step;
    }
    done += file.Read(offset + done, {base, left_here});
  }
  if (moves) {
    slot.moves = true;
    slot.position = offset + done;
  }
  Post(index, static_cast<int64_t>(done), 0);
}

// Where a transfer would begin now.
uint64_t Kernel::OffsetOf(const Slot& slot) const {
  if (slot.operation.offset != kCurrentPosition) return slot.operation.offset;
  return slot.positioned ? slot.position : handles_[slot.object].position;
}

void Kernel::SetPosition(Slot& slot) {
  if (!slot.moves) return;
  handles_[slot.object].position = slot.position;
  slot.moves = false;
}

// Writes the operation's bytes from number `from` up to `to`, to where they
// belong if its first one belongs to `offset`.
void Kernel::WriteBytes(const Slot& slot, uint64_t offset, uint64_t from,
                        uint64_t to) {
  const OpenObject& object = handles_[slot.object];
  FileImage& file = disk_[object.index];
  const bool durable =
      object.write_through || (slot.operation.flags & kOperationDurable) != 0;
  uint64_t begin = 0;  // Of the vector, in the operation's bytes.
  IoVector single;
  for (const IoVector& vector : VectorsOf(slot.operation, single)) {
    const uint64_t skip = from > begin ? from - begin : 0;
    const uint64_t end = std::min<uint64_t>(vector.length, to - begin);
    if (skip < end) {
      const auto* bytes = static_cast<const std::byte*>(vector.base);
      const uint64_t change =
          file.Write(offset + begin + skip, {bytes + skip, end - skip});
      if (durable) file.SyncChange(change);
    }
    begin += vector.length;
    if (begin >= to) break;
  }
  if (durable) disk_.MarkNameDurable(object.index);
}

void Kernel::WriteFile(Slot& slot, uint32_t index) {
  OpenObject& object = handles_[slot.object];
  if (!object.writable) {
    PostError(index, Error::kBadHandle);
    return;
  }
  const bool moves = slot.operation.offset == kCurrentPosition;
  const uint64_t offset =
      object.append ? disk_[object.index].size() : OffsetOf(slot);
  if (object.direct && Misaligned(slot, offset)) {
    rows_.Fire(kMisalignedRows[static_cast<int>(PersonalityOf(slot))]);
    PostError(index, Error::kInvalidArgument);
    return;
  }
  const uint64_t limit = options_.max_file_bytes;
  if (offset >= limit) {
    PostError(index, Error::kFileTooLarge);
    return;
  }
  uint64_t count = std::min(AskedFor(slot.operation), limit - offset);
  count = disk_.RoomFor(object.index, offset, count);
  if (count == 0) {
    rows_.Fire(kMediaRows[static_cast<int>(PersonalityOf(slot))]);
    PostError(index, Error::kNoSpace);
    return;
  }
  const Fault* fault =
      PickFault(index, OperationClass::kWrite, "write.outcome");
  if (fault != nullptr && fault->error != Error::kNone) {
    // Nobody knows what a failed write has done.
    if (choices_.Happens("write.failed.applied")) {
      WriteBytes(slot, offset, 0, choices_.UpTo(count, "write.failed.bytes"));
    }
    PostError(index, fault->error);
    return;
  }
  if (fault != nullptr && count > 1) {
    rows_.Fire(fault->row);
    count = choices_.UpTo(count - 1, "write.bytes");
  }
  const uint64_t done = WriteInParts(index, offset, count);
  WriteBytes(slot, offset, done, count);
  // Also a write at a given place may append, and leaves the position alone
  // (pwrite(2), BUGS).
  if (moves) {
    slot.moves = true;
    slot.position = offset + count;
  }
  Post(index, static_cast<int64_t>(count), 0);
}

void Kernel::SyncFile(Slot& slot, uint32_t index) {
  const uint32_t file = handles_[slot.object].index;
  const Fault* fault = PickFault(index, OperationClass::kSync, "sync.outcome");
  if (fault == nullptr) {
    disk_[file].SyncBelow(slot.sync_limit);
    disk_.MarkNameDurable(file);
    Post(index, 0, 0);
    return;
  }
  // Interrupted or refused, it has done nothing; failed, it has lost pages.
  if (fault->error != Error::kInterrupted &&
      fault->error != Error::kInvalidArgument) {
    disk_[file].FailSyncBelow(slot.sync_limit, choices_);
  }
  PostError(index, fault->error);
}

void Kernel::AllocateFile(Slot& slot, uint32_t index) {
  const Operation& operation = slot.operation;
  const uint32_t file = handles_[slot.object].index;
  const auto mode = static_cast<AllocateMode>(operation.mode);
  const uint64_t limit = options_.max_file_bytes;
  if (!handles_[slot.object].writable) {
    PostError(index, Error::kBadHandle);
    return;
  }
  if (operation.offset > limit || operation.length > limit - operation.offset) {
    PostError(index, Error::kFileTooLarge);
    return;
  }
  const bool grows =
      mode == AllocateMode::kAllocate || mode == AllocateMode::kZeroRange;
  if (grows && disk_.RoomFor(file, operation.offset, operation.length) <
                   operation.length) {
    rows_.Fire(kMediaRows[static_cast<int>(PersonalityOf(slot))]);
    PostError(index, Error::kNoSpace);
    return;
  }
  const Fault* fault =
      PickFault(index, OperationClass::kAllocate, "allocate.outcome");
  if (fault != nullptr) {
    PostError(index, fault->error);
    return;
  }
  disk_[file].Allocate(mode, operation.offset, operation.length);
  Post(index, 0, 0);
}

}  // namespace wharf::sim
