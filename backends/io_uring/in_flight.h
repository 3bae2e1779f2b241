// InFlightTable: which operations the kernel owes an answer.
//
// Open addressing keyed by the slot index inside an OperationId. An engine
// hands out dense indexes, so every entry normally sits at its home place and
// Insert, Find and Erase touch one cell each; other indexes collide and are
// probed for, at any number still correctly.

#ifndef WHARF_BACKENDS_IO_URING_IN_FLIGHT_H_
#define WHARF_BACKENDS_IO_URING_IN_FLIGHT_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/ids.h"

namespace wharf::uring {

// Not thread-safe. Allocates in the constructor only.
class InFlightTable {
 public:
  // InFlight::flags.
  static constexpr uint32_t kCancelAsked = 1;   // no second cancel
  static constexpr uint32_t kCancelQueued = 2;  // its cancel is not staged yet
  static constexpr uint32_t kIsPoll = 4;        // result needs translation
  static constexpr uint32_t kHasMessage = 8;    // `message` is a pool slot
  static constexpr uint32_t kMakesHandle = 16;  // result is a descriptor
  static constexpr uint32_t kIsClose = 32;      // `message` is a descriptor

  // One operation in flight.
  struct InFlight {
    uint64_t id = kEmpty;
    uint32_t message = 0;
    uint32_t flags = 0;
  };

  // Room for `capacity` entries at once, at most 2^26.
  explicit InFlightTable(std::size_t capacity)
      : cells_(std::bit_ceil(2 * (capacity == 0 ? 1 : capacity))),
        mask_(cells_.size() - 1) {}

  // Number of entries.
  std::size_t size() const { return size_; }

  // Adds `id` with no flags. Requires size() < capacity. The reference is valid
  // until the next Erase.
  InFlight& Insert(OperationId id) {
    std::size_t place = Home(id.value);
    if (cells_[place].id != kEmpty) [[unlikely]] {
      place = ProbeEmpty(place);
    }
    ++size_;
    cells_[place] = InFlight{.id = id.value, .message = 0, .flags = 0};
    return cells_[place];
  }

  // The entry with exactly this id (generation included), or nullptr. Valid
  // until the next Insert or Erase.
  InFlight* Find(OperationId id) {
    InFlight& home = cells_[Home(id.value)];
    if (home.id == id.value) [[likely]] {
      return &home;
    }
    return displaced_ == 0 ? nullptr : Probe(id.value);
  }

  // The fast path of Find and Erase together: false, and nothing changed, if
  // the entry is not there, is not at its home place, has flags, or others
  // would have to move. Requires that the two top bits of `id` are zero.
  bool TakePlain(OperationId id) {
    InFlight& home = cells_[Home(id.value)];
    if (home.id != id.value || home.flags != 0 || displaced_ != 0)
        [[unlikely]] {
      return false;
    }
    home.id = kEmpty;
    --size_;
    return true;
  }

  // Removes an entry that Find or Insert gave.
  void Erase(InFlight* entry) {
    --size_;
    if (displaced_ == 0) [[likely]] {
      entry->id = kEmpty;
      return;
    }
    EraseShifting(static_cast<std::size_t>(entry - cells_.data()));
  }

  // Calls `visit(InFlight&)` for every entry, in table order.
  template <typename Visitor>
  void ForEach(Visitor&& visit) {
    for (InFlight& cell : cells_) {
      if (cell.id != kEmpty) visit(cell);
    }
  }

 private:
  // No id: the two top bits of an id are zero.
  static constexpr uint64_t kEmpty = ~uint64_t{0};

  // The mask is narrower than the index.
  std::size_t Home(uint64_t id) const { return id & mask_; }

  std::size_t ProbeEmpty(std::size_t place) {
    ++displaced_;
    do {
      place = (place + 1) & mask_;
    } while (cells_[place].id != kEmpty);
    return place;
  }

  InFlight* Probe(uint64_t id) {
    for (std::size_t place = Home(id); cells_[place].id != kEmpty;
         place = (place + 1) & mask_) {
      if (cells_[place].id == id) return &cells_[place];
    }
    return nullptr;
  }

  // Closes the gap, so that no probe ends too early (Knuth 6.4, algorithm R).
  void EraseShifting(std::size_t gap) {
    if (Home(cells_[gap].id) != gap) --displaced_;
    for (std::size_t place = gap;;) {
      place = (place + 1) & mask_;
      if (cells_[place].id == kEmpty) break;
      const std::size_t home = Home(cells_[place].id);
      if (((place - home) & mask_) < ((place - gap) & mask_)) continue;
      cells_[gap] = cells_[place];
      if (home == gap) --displaced_;
      gap = place;
    }
    cells_[gap].id = kEmpty;
  }

  std::vector<InFlight> cells_;
  std::size_t mask_;
  std::size_t size_ = 0;
  // Entries that are not at their home place.
  std::size_t displaced_ = 0;
};

}  // namespace wharf::uring

#endif  // WHARF_BACKENDS_IO_URING_IN_FLIGHT_H_
