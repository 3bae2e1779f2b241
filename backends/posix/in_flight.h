// InFlightTable: which operations the kernel owes an answer.
//
// Open addressing keyed by the slot index inside an OperationId. An engine
// hands out dense indexes, so every entry normally sits at its home place and
// Insert, Find and Erase touch one cell each; other indexes collide and are
// probed for, at any number still correctly.

#ifndef WHARF_BACKENDS_POSIX_IN_FLIGHT_H_
#define WHARF_BACKENDS_POSIX_IN_FLIGHT_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/ids.h"

namespace wharf::posix {

// One operation in flight. Plain until something is noted about it.
class InFlight {
 public:
  // Notes.
  static constexpr uint32_t kCancelAsked = 1;   // no second cancel
  static constexpr uint32_t kCancelQueued = 2;  // its cancel is not staged yet
  static constexpr uint32_t kIsPoll = 4;        // result needs translation
  static constexpr uint32_t kHasSlot =
      8;  // number() is a slot of the port's own memory
  static constexpr uint32_t kMakesHandle = 16;  // result is a descriptor
  static constexpr uint32_t kIsClose = 32;      // number() is a descriptor
  static constexpr uint32_t kIsAccept = 64;     // number() is a descriptor
  static constexpr uint32_t kIsNudged = 128;    // its -ECANCELED is ours
  static constexpr uint32_t kGoesAgain = 256;  // waits for a place in the queue
  static constexpr uint32_t kPassesOn = 512;   // its end is others' business

  // Which operation it is.
  OperationId operation() const { return OperationId{key_ & ~kNoted}; }
  // True if any of `notes` was made.
  bool Has(uint32_t notes) const { return (this->notes() & notes) != 0; }
  // Makes `notes`, besides those that were made.
  void Note(uint32_t notes) {
    notes_ = this->notes() | notes;
    key_ |= kNoted;
  }
  // The same with a number that belongs to them.
  void Note(uint32_t notes, uint32_t number) {
    Note(notes);
    number_ = number;
  }
  // Takes `notes` back.
  void Unnote(uint32_t notes) { notes_ &= ~notes; }
  // The number, if a note has one.
  uint32_t number() const { return number_; }

 private:
  friend class InFlightTable;

  // One of the two top bits, which are zero in an id: the other fields count.
  static constexpr uint64_t kNoted = uint64_t{1} << 63;
  static constexpr uint64_t kEmpty = ~uint64_t{0};

  uint32_t notes() const { return (key_ & kNoted) != 0 ? notes_ : 0; }

  uint64_t key_ = kEmpty;
  uint32_t number_ = 0;
  uint32_t notes_ = 0;
};

// Not thread-safe. Allocates in the constructor only.
class InFlightTable {
 public:
  // Room for `capacity` entries at once, at most 2^26.
  explicit InFlightTable(std::size_t capacity)
      : cells_(std::bit_ceil(2 * (capacity == 0 ? 1 : capacity))),
        mask_(cells_.size() - 1) {}

  // Number of entries.
  std::size_t size() const { return size_; }

  // Adds `id` without notes. Requires size() < capacity. The reference is valid
  // until the next Erase.
  InFlight& Insert(OperationId id) {
    std::size_t place = Home(id.value);
    if (cells_[place].key_ != InFlight::kEmpty) [[unlikely]] {
      place = ProbeEmpty(place);
    }
    ++size_;
    cells_[place].key_ = id.value;
    return cells_[place];
  }

  // The entry with exactly this id (generation included), or nullptr; also for
  // a value that is nobody's id, as a kernel may answer it. Valid until the
  // next Insert or Erase.
  InFlight* Find(OperationId id) {
    InFlight& home = cells_[Home(id.value)];
    if (home.operation() == id && home.key_ != InFlight::kEmpty) [[likely]] {
      return &home;
    }
    return displaced_ == 0 ? nullptr : Probe(id);
  }

  // Removes an entry that Find or Insert gave.
  void Erase(InFlight* entry) {
    --size_;
    if (displaced_ == 0) [[likely]] {
      entry->key_ = InFlight::kEmpty;
      return;
    }
    EraseShifting(static_cast<std::size_t>(entry - cells_.data()));
  }

  // Calls `visit(InFlight&)` for every entry, in table order.
  template <typename Visitor>
  void ForEach(Visitor&& visit) {
    for (InFlight& cell : cells_) {
      if (cell.key_ != InFlight::kEmpty) visit(cell);
    }
  }

  // The hot path, for many operations in a row: what does not change in the
  // table's life is read once, and the caller counts. The table's own calls may
  // come in between.
  class Places {
   public:
    explicit Places(InFlightTable& table)
        : cells_(table.cells_.data()), mask_(table.mask_) {}

    // Adds `id` without notes; nullptr, and nothing done, if another entry has
    // its place (InFlightTable::Insert finds one).
    InFlight* Insert(OperationId id) const {
      InFlight& home = cells_[id.value & mask_];
      if (home.key_ != InFlight::kEmpty) [[unlikely]] {
        return nullptr;
      }
      home.key_ = id.value;
      return &home;
    }

    // Removes `id`; false, and nothing done, if it is not there or has notes.
    // Requires all_at_home(), and that the two top bits of `id` are zero.
    bool TakePlain(OperationId id) const {
      InFlight& home = cells_[id.value & mask_];
      if (home.key_ != id.value) [[unlikely]] {
        return false;
      }
      home.key_ = InFlight::kEmpty;
      return true;
    }

   private:
    InFlight* cells_;
    std::size_t mask_;
  };
  // True if no entry had to make way for another.
  bool all_at_home() const { return displaced_ == 0; }
  // Counts what was inserted, and taken, through Places.
  void Count(std::size_t inserted, std::size_t taken) {
    size_ += inserted - taken;
  }

 private:
  // The mask is narrower than the index.
  std::size_t Home(uint64_t key) const { return key & mask_; }

  std::size_t ProbeEmpty(std::size_t place) {
    ++displaced_;
    do {
      place = (place + 1) & mask_;
    } while (cells_[place].key_ != InFlight::kEmpty);
    return place;
  }

  InFlight* Probe(OperationId id) {
    for (std::size_t place = Home(id.value);
         cells_[place].key_ != InFlight::kEmpty; place = (place + 1) & mask_) {
      if (cells_[place].operation() == id) return &cells_[place];
    }
    return nullptr;
  }

  // Closes the gap, so that no probe ends too early (Knuth 6.4, algorithm R).
  void EraseShifting(std::size_t gap) {
    if (Home(cells_[gap].key_) != gap) --displaced_;
    for (std::size_t place = gap;;) {
      place = (place + 1) & mask_;
      if (cells_[place].key_ == InFlight::kEmpty) break;
      const std::size_t home = Home(cells_[place].key_);
      if (((place - home) & mask_) < ((place - gap) & mask_)) continue;
      cells_[gap] = cells_[place];
      if (home == gap) --displaced_;
      gap = place;
    }
    cells_[gap].key_ = InFlight::kEmpty;
  }

  std::vector<InFlight> cells_;
  std::size_t mask_;
  std::size_t size_ = 0;
  // Entries that are not at their home place.
  std::size_t displaced_ = 0;
};

}  // namespace wharf::posix

#endif  // WHARF_BACKENDS_POSIX_IN_FLIGHT_H_
