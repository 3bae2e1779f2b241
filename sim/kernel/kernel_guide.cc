// What a chooser that steers a run may ask (GuidedChooser of
// tests/differential).

#include <algorithm>
#include <cstddef>
#include <span>

#include "sim/kernel/kernel.h"
#include "sim/memory_guard.h"

namespace wharf::sim {

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

bool Kernel::IsOnStream(OperationId id) const {
  for (uint32_t i = 0; i < table_.size(); ++i) {
    const Slot& slot = table_[i];
    if (slot.state == SlotState::kFree || slot.operation.id != id) continue;
    return slot.object != kNoIndex &&
           handles_[slot.object].kind == ObjectKind::kStreamEnd;
  }
  return false;
}

bool Kernel::MaySay(OperationId id, int64_t result,
                    std::span<const std::byte> bytes) const {
  for (uint32_t i = 0; i < table_.size(); ++i) {
    const Slot& slot = table_[i];
    if (slot.state == SlotState::kFree || slot.operation.id != id) continue;
    if (slot.object == kNoIndex || result < 0) return false;
    if (slot.operation.opcode == Opcode::kPoll) {
      return PollMaySay(slot, static_cast<uint32_t>(result));
    }
    return ReadMaySay(slot, bytes);
  }
  return false;
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

bool Kernel::ReadMaySay(const Slot& slot,
                        std::span<const std::byte> bytes) const {
  const OpenObject& object = handles_[slot.object];
  const Operation& operation = slot.operation;
  if (object.kind != ObjectKind::kFile || !ReadsIntoMemory(operation.opcode) ||
      operation.offset == kCurrentPosition) {
    return false;
  }
  IoVector single;
  const uint64_t asked = TotalBytes(VectorsOf(operation, single));
  const std::span<const std::byte> file = disk_[object.index].cached();
  const uint64_t at = std::min<uint64_t>(operation.offset, file.size());
  const uint64_t count = std::min<uint64_t>(asked, file.size() - at);
  return count == bytes.size() &&
         std::equal(bytes.begin(), bytes.end(),
                    file.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace wharf::sim
