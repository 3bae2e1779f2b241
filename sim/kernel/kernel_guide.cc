// What a chooser that steers a run may ask (GuidedChooser of
// tests/differential).

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

#include "sim/kernel/kernel.h"
#include "sim/memory_guard.h"

namespace wharf::sim {
namespace {

// Bytes in a row that are the same because somebody has written them: more than
// what two patterns that count up have in common.
constexpr uint64_t kNotByChance = 16;

}  // namespace

OperationId Kernel::OperationBehind(uint32_t option) const {
  if (option >= due_.size()) return {};
  const DueEntry& entry = due_[option];
  const Slot& slot = table_[entry.slot];
  return slot.serial == entry.serial ? slot.operation.id : OperationId{};
}

bool Kernel::IsStaged(OperationId id) const {
  for (uint32_t i = 0; i < table_.size(); ++i) {
    if (table_[i].state == SlotState::kStaged && table_[i].operation.id == id) {
      return true;
    }
  }
  return false;
}

const Slot* Kernel::SlotOf(OperationId id) const {
  for (uint32_t i = 0; i < table_.size(); ++i) {
    const Slot& slot = table_[i];
    if (slot.state != SlotState::kFree && slot.operation.id == id) return &slot;
  }
  return nullptr;
}

bool Kernel::IsOnStream(OperationId id) const {
  const Slot* slot = SlotOf(id);
  return slot != nullptr && slot->object != kNoIndex &&
         handles_[slot->object].kind == ObjectKind::kStreamEnd;
}

bool Kernel::IsFileRead(const Slot& slot) const {
  return slot.object != kNoIndex && ReadsIntoMemory(slot.operation.opcode) &&
         handles_[slot.object].kind == ObjectKind::kFile;
}

bool Kernel::MaySay(OperationId id, int64_t result,
                    std::span<const std::byte> bytes) const {
  const Slot* slot = SlotOf(id);
  if (slot == nullptr || slot->object == kNoIndex || result < 0) return false;
  if (slot->operation.opcode == Opcode::kPoll) {
    return PollMaySay(*slot, static_cast<uint32_t>(result));
  }
  if (!IsFileRead(*slot) || slot->copied.size() > bytes.size() ||
      *MayCopy(id, bytes) < bytes.size() - slot->copied.size()) {
    return false;
  }
  return bytes.size() == AskedFor(slot->operation) ||
         OffsetOf(*slot) + bytes.size() >=
             disk_[handles_[slot->object].index].size();
}

bool Kernel::PollMaySay(const Slot& slot, uint32_t events) const {
  const OpenObject& object = handles_[slot.object];
  const uint32_t asked = slot.operation.mode | kPollError | kPollHangUp;
  switch (object.kind) {
    case ObjectKind::kFile:  // It is always ready.
      return events == slot.operation.mode;
    case ObjectKind::kListener:
      return !listeners_[object.index].connections.empty() &&
             events == (asked & kPollReadable) && events != 0;
    case ObjectKind::kStreamEnd:
      break;
  }
  const Readiness ready = ReadinessOf(ends_[object.index], PersonalityOf(slot));
  return events != 0 && (events & ready.certain) == (ready.certain & asked) &&
         (events & ~(ready.certain | ready.possible)) == 0;
}

std::optional<uint64_t> Kernel::MayCopy(
    OperationId read, std::span<const std::byte> bytes) const {
  const Slot* slot = SlotOf(read);
  if (slot == nullptr || !IsFileRead(*slot)) return std::nullopt;
  if (slot->copied.size() >= bytes.size()) return 0;
  const std::span<const std::byte> file =
      disk_[handles_[slot->object].index].cached();
  const std::span<const std::byte> rest = bytes.subspan(slot->copied.size());
  const uint64_t at =
      std::min<uint64_t>(OffsetOf(*slot) + slot->copied.size(), file.size());
  const std::span<const std::byte> there =
      file.subspan(at, std::min(file.size() - at, rest.size()));
  return static_cast<uint64_t>(
      std::mismatch(there.begin(), there.end(), rest.begin()).first -
      there.begin());
}

// The byte that the change of a file of that size would put there, if any.
std::optional<std::byte> Kernel::ByteFrom(const Slot& slot, uint64_t offset,
                                          uint64_t place, uint64_t size) const {
  if (place < offset) return std::nullopt;
  uint64_t index = place - offset;
  if (slot.operation.opcode == Opcode::kAllocate) {
    if (index >= slot.operation.length) return std::nullopt;
    const auto mode = static_cast<AllocateMode>(slot.operation.mode);
    const bool grows =
        mode == AllocateMode::kAllocate || mode == AllocateMode::kZeroRange;
    const bool clears =
        mode == AllocateMode::kPunchHole || mode == AllocateMode::kZeroRange;
    if (place < size ? clears : grows) return std::byte{0};
    return std::nullopt;
  }
  IoVector single;
  for (const IoVector& vector : VectorsOf(slot.operation, single)) {
    if (index < vector.length) {
      return static_cast<const std::byte*>(vector.base)[index];
    }
    index -= vector.length;
  }
  return std::nullopt;
}

Kernel::Effect Kernel::EffectOn(OperationId change, OperationId read,
                                std::span<const std::byte> bytes) const {
  const Slot* writer = SlotOf(change);
  const Slot* reader = SlotOf(read);
  if (writer == nullptr || reader == nullptr || writer->object == kNoIndex ||
      !MayPause(*writer) || IsFileRead(*writer) || !IsFileRead(*reader) ||
      handles_[writer->object].index != handles_[reader->object].index) {
    return Effect::kNone;
  }
  const OpenObject& object = handles_[writer->object];
  const std::span<const std::byte> file = disk_[object.index].cached();
  const bool appends =
      object.append && writer->operation.opcode != Opcode::kAllocate;
  const uint64_t to = appends ? file.size() : OffsetOf(*writer);
  const uint64_t from = OffsetOf(*reader);
  const uint64_t next = reader->copied.size() + *MayCopy(read, bytes);
  // Single bytes that are the same by chance say nothing.
  uint64_t overlap = 0;
  uint64_t spoiled = 0;
  uint64_t most_spoiled = 0;
  for (uint64_t i = reader->copied.size(); i < bytes.size(); ++i) {
    const std::optional<std::byte> fresh =
        ByteFrom(*writer, to, from + i, file.size());
    if (!fresh) {
      // Zeros that a write behind them makes a part of the file.
      if (i == next && from + i >= file.size() && to > from + i &&
          ByteFrom(*writer, to, to, file.size())) {
        return Effect::kFeeds;
      }
      continue;
    }
    if (i == next && *fresh == bytes[i]) return Effect::kFeeds;
    const bool there = from + i < file.size() && file[from + i] == bytes[i];
    ++overlap;
    spoiled = there && *fresh != bytes[i] ? spoiled + 1 : 0;
    most_spoiled = std::max(most_spoiled, spoiled);
  }
  if (overlap > 0 && most_spoiled >= std::min(overlap, kNotByChance)) {
    return Effect::kSpoils;
  }
  // The read is to find the file's end where that is now.
  const uint64_t end = from + bytes.size();
  const bool whole = bytes.size() == AskedFor(reader->operation);
  if (!whole && file.size() <= end) {
    const Operation& operation = writer->operation;
    const uint64_t last = to +
                          (IsTransfer(operation.opcode) ? AskedFor(operation)
                                                        : operation.length) -
                          1;
    if (last >= end && ByteFrom(*writer, to, last, file.size())) {
      return Effect::kSpoils;
    }
  }
  return Effect::kNone;
}

bool Kernel::WaitsFor(OperationId change, OperationId other,
                      std::string_view name,
                      std::span<const std::byte> end) const {
  const uint32_t file = disk_.Find(name);
  const Slot* slots[] = {SlotOf(change), SlotOf(other)};
  uint64_t to[2];
  for (int i = 0; i < 2; ++i) {
    if (slots[i] == nullptr || slots[i]->object == kNoIndex ||
        slots[i]->decided || !MayPause(*slots[i]) || IsFileRead(*slots[i]) ||
        handles_[slots[i]->object].index != file) {
      return false;
    }
    const bool transfer = IsTransfer(slots[i]->operation.opcode);
    const bool appends = transfer && handles_[slots[i]->object].append;
    to[i] = appends ? disk_[file].size() : OffsetOf(*slots[i]);
  }
  // Of two that have no place yet the second begins where the first ends.
  const auto has_place = [this](const Slot& slot) {
    return !IsTransfer(slot.operation.opcode) ||
           (!handles_[slot.object].append &&
            (slot.operation.offset != kCurrentPosition || slot.positioned));
  };
  if (!has_place(*slots[0]) && !has_place(*slots[1])) return false;
  bool waits = false;
  for (uint64_t i = to[1]; i < end.size(); ++i) {
    const std::optional<std::byte> second =
        ByteFrom(*slots[1], to[1], i, end.size());
    if (!second) break;
    const std::optional<std::byte> first =
        ByteFrom(*slots[0], to[0], i, end.size());
    if (!first || *first == *second) continue;
    if (*second == end[i]) return false;
    waits = waits || *first == end[i];
  }
  return waits;
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
  if (reader == nullptr) return 0;
  const uint64_t from = OffsetOf(*reader);
  // The first byte that is not there yet, and the last that the write brings,
  // with zeros before its own ones if there is a gap.
  const uint64_t size = disk_[file].cached().size();
  const uint64_t first = reader->copied.size() + *MayCopy(read, bytes);
  uint64_t next = first;
  while (next < bytes.size()) {
    const uint64_t place = from + next;
    const bool gap = place >= size && place < torn_.offset;
    const bool brought =
        gap ? bytes[next] == std::byte{0}
            : place >= torn_.offset + torn_.done &&
                  ByteFrom(writer, torn_.offset, place, 0) == bytes[next];
    if (!brought) break;
    ++next;
  }
  const uint64_t end = from + next;
  if (next == first || end <= torn_.offset + torn_.done ||
      end - torn_.offset >= torn_.count) {
    return 0;
  }
  const bool whole = bytes.size() == AskedFor(reader->operation);
  if (next == bytes.size() && (whole || size > end)) {
    return 0;
  }
  return end - torn_.offset - torn_.done;
}

}  // namespace wharf::sim
