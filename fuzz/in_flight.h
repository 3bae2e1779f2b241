// InFlight: the operations that a port has taken from a fuzz target, and what
// every port owes for them, whatever its kernel does.

#ifndef WHARF_FUZZ_IN_FLIGHT_H_
#define WHARF_FUZZ_IN_FLIGHT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>

#include "absl/status/statusor.h"
#include "engine/ids.h"
#include "engine/operation.h"
#include "engine/port.h"
#include "engine/time.h"
#include "fuzz/check.h"
#include "fuzz/notes.h"
#include "sim/bytes_chooser.h"

namespace wharf::fuzz {

// For a port with room for `entries`. The order and the bounds of the choices
// are what an entry of a corpus means.
class InFlight {
 public:
  // Borrows the chooser for its own life.
  InFlight(sim::BytesChooser* choose, uint32_t entries)
      : choose_(choose), entries_(entries) {}

  // Any operation, also of a kind that does not exist, on one of `handles`. It
  // has no memory yet.
  Operation AnyOperation(std::span<const int> handles) {
    const auto handle_count = static_cast<uint32_t>(handles.size());
    Operation operation;
    operation.id = OperationId{choose_->Choose(6, "slot") +
                               (++generation_ << kIdIndexBits)};
    operation.opcode =
        static_cast<Opcode>(choose_->Choose(kOpcodeCount + 1, "opcode"));
    operation.handle = handles[choose_->Choose(handle_count, "handle")];
    operation.length = choose_->Choose(3, "length");
    operation.offset = choose_->Choose(2, "offset") == 0 ? 0 : kCurrentPosition;
    operation.mode = choose_->Choose(256, "mode");
    operation.flags = static_cast<uint8_t>(choose_->Choose(4, "flags"));
    return operation;
  }

  // Submits it; false if the port did not take it.
  bool Submit(CompletionPort& port, const Operation& operation) {
    const std::size_t taken = port.Submit({&operation, 1});
    Check(taken <= 1, "took more than it was given");
    NoteIf(operation.opcode == static_cast<Opcode>(kOpcodeCount),
           "opcode_that_does_not_exist");
    if (taken == 0) return false;
    operations_[operation.id.value] = operation;
    NoteIf(IsFull(), "port_is_full");
    Check(size() <= entries_, "took more than it has room for");
    return true;
  }

  // The identity of one of them, or of anything.
  OperationId AnyId() {
    if (operations_.empty() || choose_->Choose(4, "stray") == 0) {
      const uint64_t slot = choose_->Choose(8, "slot");
      const uint64_t generation = choose_->Choose(16, "generation");
      return OperationId{slot + (generation << kIdIndexBits)};
    }
    auto at = operations_.begin();
    const auto count = static_cast<uint32_t>(operations_.size());
    for (uint32_t i = choose_->Choose(count, "which"); i > 0; --i) ++at;
    return OperationId{at->first};
  }

  // Reaps into some of `completions`, and waits for them or does not.
  absl::StatusOr<std::size_t> Reap(CompletionPort& port,
                                   std::array<Completion, 3>& completions) {
    const Wait wait =
        choose_->Choose(2, "wait") == 0
            ? Wait::None()
            : Wait::Until(SaturatingAdd(port.Now(), Duration(1'000'000)));
    const uint32_t room = choose_->Choose(4, "room");
    absl::StatusOr<std::size_t> reaped =
        port.Reap(std::span(completions).first(room), wait);
    NoteIf(!reaped.ok(), "port_dies");
    if (!reaped.ok()) return reaped;
    NoteIf(*reaped > 1, "several_completions_in_one_reap");
    Check(*reaped <= completions.size(), "more completions than there is room");
    return reaped;
  }

  // One was reaped: the operation, which has ended unless there is more to
  // come.
  Operation Take(const Completion& completion) {
    const auto found = operations_.find(completion.id.value);
    Check(found != operations_.end(), "a completion of nothing in flight");
    Check((completion.result < 0) == (completion.native_error != 0),
          "an error has its native code, and nothing else has");
    const Operation operation = found->second;
    if ((completion.flags & kCompletionMore) == 0) operations_.erase(found);
    return operation;
  }

  // The port was closed, and has left these behind.
  void CheckLeft(const CloseReport& report) const {
    NoteIf(!report.operations_left.empty(), "close_leaves_operations");
    NoteIf(report.operations_left.empty() && !operations_.empty(),
           "close_brings_everything_back");
    std::set<uint64_t> left;
    for (const OperationId id : report.operations_left) {
      Check(Find(id.value) != nullptr, "left, and was not in flight");
      Check(left.insert(id.value).second, "left twice");
    }
  }

  // The operation of that identity; null if it is not in flight.
  const Operation* Find(uint64_t id) const {
    const auto found = operations_.find(id);
    return found == operations_.end() ? nullptr : &found->second;
  }
  std::size_t size() const { return operations_.size(); }
  bool IsFull() const { return size() == entries_; }

 private:
  sim::BytesChooser* choose_;
  const uint32_t entries_;
  uint64_t generation_ = 0;
  std::map<uint64_t, Operation> operations_;
};

}  // namespace wharf::fuzz

#endif  // WHARF_FUZZ_IN_FLIGHT_H_
