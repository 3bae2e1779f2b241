// OperationTable: every operation that the simulated kernel has in its hands,
// in one flat array, and lists of them threaded through it.

#ifndef WHARF_SIM_KERNEL_OPERATION_TABLE_H_
#define WHARF_SIM_KERNEL_OPERATION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/operation.h"

namespace wharf::sim {

// No slot, no object, no list neighbour.
inline constexpr uint32_t kNoIndex = ~uint32_t{0};

// Where an operation is on its way through the kernel.
enum class SlotState : uint8_t {
  kFree,
  kStaged,     // accepted, not begun
  kScheduled,  // under way: an event will end it
  kDue,        // in the list of what can end now
  kWaiting,    // for a stream
  kPosted,     // ended; its completion was not delivered yet
};

// One operation.
struct Slot {
  Operation operation;
  // Differs for every occupant of the slot: an event or list entry that names
  // another serial is stale.
  uint64_t serial = 0;
  // Bytes that an operation which goes on has transferred so far.
  uint64_t progress = 0;
  // Of a sync: it covers the file's changes below this number.
  uint64_t sync_limit = 0;
  // Of a transfer at the current position: where that was when it began, if
  // `positioned`; where it is to be, if `moves`.
  uint64_t position = 0;
  // Of a paused read of a file: the bytes that it has copied.
  std::vector<std::byte> copied;
  // The result, if `decided` or posted; else none yet.
  int64_t result = 0;
  // What the ownership checks remember of the operation's memory.
  uint64_t memory_sum = 0;
  uint64_t array_sum = 0;
  int32_t native_error = 0;
  uint32_t port = 0;
  // The open object (file or stream end), or kNoIndex.
  uint32_t object = kNoIndex;
  // Neighbours in a SlotList, or the next free slot.
  uint32_t next = kNoIndex;
  uint32_t previous = kNoIndex;
  SlotState state = SlotState::kFree;
  // The result is fixed although the operation has not ended yet.
  bool decided = false;
  // A cancel has arrived.
  bool cancelled = false;
  // It has had its effect, and only its completion is still to come.
  bool executed = false;
  // `position` is used instead of the handle's.
  bool positioned = false;
  // The handle's position is still to be set, to `position`.
  bool moves = false;
  // The garbage byte in memory that is read into.
  uint8_t garbage = 0;
};

// Not for concurrent use. Allocates only when it outgrows everything before;
// references to slots do not survive an Allocate.
class OperationTable {
 public:
  // A free slot, of which only the serial is set; last in, first out.
  uint32_t Allocate() {
    ++live_;
    if (free_ == kNoIndex) {
      slots_.emplace_back();
      slots_.back().serial = ++last_serial_;
      return static_cast<uint32_t>(slots_.size() - 1);
    }
    const uint32_t index = free_;
    Slot& slot = slots_[index];
    free_ = slot.next;
    slot.next = kNoIndex;
    return index;
  }

  // Gives the slot back; whatever names its serial is stale from here on.
  void Release(uint32_t index) {
    Slot& slot = slots_[index];
    slot.serial = ++last_serial_;
    slot.progress = 0;
    slot.object = kNoIndex;
    slot.previous = kNoIndex;
    slot.state = SlotState::kFree;
    slot.decided = false;
    slot.cancelled = false;
    slot.executed = false;
    slot.positioned = false;
    slot.moves = false;
    slot.copied.clear();
    slot.next = free_;
    free_ = index;
    --live_;
  }

  // Makes everything stale that names the slot's serial; the occupant stays.
  uint64_t Renew(uint32_t index) {
    return slots_[index].serial = ++last_serial_;
  }

  // The slot, free or not.
  Slot& operator[](uint32_t index) { return slots_[index]; }
  const Slot& operator[](uint32_t index) const { return slots_[index]; }
  // Slots that exist, free ones included.
  uint32_t size() const { return static_cast<uint32_t>(slots_.size()); }
  // Slots in use.
  std::size_t live() const { return live_; }

 private:
  std::vector<Slot> slots_;
  uint32_t free_ = kNoIndex;
  uint64_t last_serial_ = 0;
  std::size_t live_ = 0;
};

// A first-in-first-out list of slots; a slot is in one list at most.
class SlotList {
 public:
  bool empty() const { return head_ == kNoIndex; }
  // The oldest slot, or kNoIndex.
  uint32_t front() const { return head_; }

  // Adds the slot at the back.
  void Push(OperationTable& table, uint32_t index) {
    table[index].previous = tail_;
    table[index].next = kNoIndex;
    (tail_ == kNoIndex ? head_ : table[tail_].next) = index;
    tail_ = index;
  }

  // Takes the slot, which is in this list, out of it.
  void Remove(OperationTable& table, uint32_t index) {
    Slot& slot = table[index];
    (slot.previous == kNoIndex ? head_ : table[slot.previous].next) = slot.next;
    (slot.next == kNoIndex ? tail_ : table[slot.next].previous) = slot.previous;
    slot.next = kNoIndex;
    slot.previous = kNoIndex;
  }

 private:
  uint32_t head_ = kNoIndex;
  uint32_t tail_ = kNoIndex;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_OPERATION_TABLE_H_
