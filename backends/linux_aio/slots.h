// Slots: the operations that the port has accepted and not ended, each with its
// control block. A control block's address names it to io_cancel, so it stays
// where it is until the kernel's event has come, and no other operation gets it
// before (known bugs R-A2, R-A3: a record that was lost, or freed too early).

#ifndef WHARF_BACKENDS_LINUX_AIO_SLOTS_H_
#define WHARF_BACKENDS_LINUX_AIO_SLOTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backends/linux_aio/attempt.h"
#include "backends/posix/in_flight.h"
#include "engine/operation.h"
#include "libaio.h"

namespace wharf::aio {

// Where an operation is.
enum class Phase : uint8_t {
  kStaged,    // nothing was done for it yet
  kBatched,   // its control block waits for io_submit
  kInKernel,  // the kernel owes an event
  kParked,    // it is looked at again after a while
};

// One operation.
struct Slot {
  iocb control;
  Operation operation;
  Phase phase;
  // What the handle names, if that was found out.
  HandleKind kind;
  // The control block is a poll, after which there may be more to do.
  bool polling;
  // Cancel was called.
  bool cancel_asked;
  // The kernel does not poll this handle.
  bool unpollable;
  // A connect is under way.
  bool connecting;
  // The operation's handle is the port's own duplicate.
  bool holds_handle;
};

// Not thread-safe. Allocates in the constructor only.
class Slots {
 public:
  // Room for `capacity` operations.
  explicit Slots(std::size_t capacity) : table_(capacity), slots_(capacity) {
    free_.reserve(capacity);
    for (std::size_t i = capacity; i > 0; --i) {
      free_.push_back(static_cast<uint32_t>(i - 1));
    }
  }

  // Operations that there are.
  std::size_t size() const { return slots_.size() - free_.size(); }
  // Operations that there may be.
  std::size_t capacity() const { return slots_.size(); }

  // Takes a slot for `operation`, staged. Requires size() < capacity().
  Slot& Insert(const Operation& operation) {
    const uint32_t number = free_.back();
    free_.pop_back();
    table_.Insert(operation.id).Note(posix::InFlight::kHasSlot, number);
    Slot& slot = slots_[number];
    slot = Slot{};
    slot.operation = operation;
    return slot;
  }

  // The slot of the operation with exactly this id, or nullptr.
  Slot* Find(OperationId id) {
    posix::InFlight* entry = table_.Find(id);
    return entry == nullptr ? nullptr : &slots_[entry->number()];
  }

  // Gives the slot back. The kernel must be done with it.
  void Erase(Slot& slot) {
    table_.Erase(table_.Find(slot.operation.id));
    free_.push_back(static_cast<uint32_t>(&slot - slots_.data()));
  }

  // Calls `visit(slot)` for every slot that is taken. It must not erase.
  template <class Visitor>
  void ForEach(Visitor&& visit) {
    table_.ForEach(
        [&](posix::InFlight& entry) { visit(slots_[entry.number()]); });
  }

 private:
  posix::InFlightTable table_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
};

}  // namespace wharf::aio

#endif  // WHARF_BACKENDS_LINUX_AIO_SLOTS_H_
