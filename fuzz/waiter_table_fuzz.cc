// The waiter table against a map of what is live: identities never name
// another life of their slot (G9).

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "engine/waiter_table.h"
#include "fuzz/check.h"
#include "fuzz/notes.h"
#include "sim/bytes_chooser.h"

namespace wharf::fuzz {
namespace {

constexpr uint32_t kSlots = 4;

class Both {
 public:
  explicit Both(sim::BytesChooser* choose) : choose_(choose) {}

  void Step() {
    switch (choose_->Choose(3, "step")) {
      case 0:
        Allocate();
        break;
      case 1:
        Release();
        break;
      default:
        Issue();
        break;
    }
    Check(table_.size() == live_.size(), "size");
    Check(table_.full() == (live_.size() == kSlots), "full");
    for (const RequestId id : given_) {
      const auto live = live_.find(id.value);
      Waiter* found = table_.Find(id);
      Check((found != nullptr) == (live != live_.end()), "who is live");
      if (found != nullptr) {
        Check(found == &table_[live->second], "the slot of a live request");
      }
    }
    for (const OperationId id : issued_) {
      const auto flying = in_flight_.find(id.value);
      Check(
          (table_.FindInFlight(id) != nullptr) == (flying != in_flight_.end()),
          "which operation is in flight");
    }
  }

 private:
  void Allocate() {
    NoteIf(table_.full(), "table_is_full");
    if (table_.full()) return;
    const uint32_t slot = table_.Allocate();
    Waiter& waiter = table_[slot];
    Check(waiter.request_id.index() == slot, "an id names its slot");
    Check(waiter.request.IsPlainNop() && waiter.outcome == Outcome{} &&
              waiter.done == 0 && waiter.detail == WaiterDetail::kPlainNop,
          "a slot is as new");
    for (const RequestId id : given_) {
      Check(id != waiter.request_id, "an id is given out once");
    }
    Check(waiter.request_id != RequestId{}, "no id is 0");
    ++lives_[slot];
    NoteIf(lives_[slot] > 1, "slot_lives_again");
    NoteIf(lives_[slot] > 3, "slot_lives_its_fourth_life");
    NoteIf(lives_[slot] > 15, "slot_lives_its_sixteenth_life");
    NoteIf(live_.size() + 1 == kSlots, "every_slot_is_live");
    NoteIf(given_.size() + 1 > 2 * kSlots, "more_ids_than_slots");
    NoteIf(slot == last_released_, "slot_released_last_goes_first");
    waiter.state = WaiterState::kQueued;
    given_.push_back(waiter.request_id);
    live_[waiter.request_id.value] = slot;
  }

  void Issue() {
    if (live_.empty()) return;
    Waiter& waiter = Pick();
    NoteIf(in_flight_.contains(waiter.operation_id.value),
           "operation_replaces_another");
    NoteIf(waiter.detail == WaiterDetail::kFull, "described_and_issued_again");
    in_flight_.erase(waiter.operation_id.value);
    waiter.operation_id = waiter.operation_id.Next();
    NoteIf(lives_[waiter.request_id.index()] > 1, "late_completion_is_stale");
    waiter.state = WaiterState::kInFlight;
    if (choose_->Choose(2, "described") == 1) {
      Note("described_waiter");
      Describe(waiter);
      waiter.done = 5;
      waiter.request.kind = RequestKind::kSend;
      waiter.outcome = Outcome{.bytes = 5, .kind = OutcomeKind::kDeadline};
    }
    issued_.push_back(waiter.operation_id);
    in_flight_[waiter.operation_id.value] = true;
  }

  void Release() {
    if (live_.empty()) return;
    Waiter& waiter = Pick();
    last_released_ = waiter.request_id.index();
    const bool flying = in_flight_.contains(waiter.operation_id.value);
    Note(waiter.detail == WaiterDetail::kFull
             ? (flying ? "released_in_flight_described" : "released_described")
             : (flying ? "released_in_flight_plain" : "released_before_issue"));
    NoteIf(live_.size() == kSlots, "released_from_a_full_table");
    NoteIf(live_.size() == 1 && given_.size() > 1, "table_empties");
    live_.erase(waiter.request_id.value);
    in_flight_.erase(waiter.operation_id.value);
    table_.Release(waiter);
  }

  Waiter& Pick() {
    auto at = live_.begin();
    const auto count = static_cast<uint32_t>(live_.size());
    for (uint32_t i = choose_->Choose(count, "which"); i > 0; --i) ++at;
    return table_[at->second];
  }

  sim::BytesChooser* choose_;
  WaiterTable table_{kSlots};
  std::map<uint64_t, uint32_t> live_;
  std::map<uint64_t, bool> in_flight_;
  std::vector<RequestId> given_;
  std::vector<OperationId> issued_;
  // For the notes.
  int lives_[kSlots] = {};
  uint32_t last_released_ = kNoWaiter;
};

}  // namespace
}  // namespace wharf::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  // Every step looks at all ids so far.
  constexpr std::size_t kMost = 512;
  wharf::sim::BytesChooser choose({data, size < kMost ? size : kMost});
  wharf::fuzz::Both both(&choose);
  while (!choose.exhausted()) both.Step();
  return 0;
}
