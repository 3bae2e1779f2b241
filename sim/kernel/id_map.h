// IdMap: from an operation's identity to the slot in which the simulated kernel
// keeps it. One flat array; lookup only, so no order depends on the hash.

#ifndef WHARF_SIM_KERNEL_ID_MAP_H_
#define WHARF_SIM_KERNEL_ID_MAP_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/ids.h"

namespace wharf::sim {

// Not for concurrent use. Allocates only when it outgrows everything before.
class IdMap {
 public:
  // Find's answer for an identity that is not there.
  static constexpr uint32_t kNone = ~uint32_t{0};

  IdMap() : cells_(kFirstCells) {}

  // The slot of `id`, or kNone.
  uint32_t Find(OperationId id) const {
    for (std::size_t cell = Home(id);; cell = Next(cell)) {
      if (cells_[cell].slot == kNone) return kNone;
      if (cells_[cell].id == id) return cells_[cell].slot;
    }
  }
  // Remembers `slot` (not kNone) for `id`; false, and nothing done, if `id` is
  // there already.
  bool Insert(OperationId id, uint32_t slot) {
    if ((size_ + 1) * 2 > cells_.size()) Grow();
    Cell* const cells = cells_.data();
    const std::size_t mask = cells_.size() - 1;
    std::size_t at = Home(id);
    for (; cells[at].slot != kNone; at = (at + 1) & mask) {
      if (cells[at].id == id) return false;
    }
    cells[at] = {id, slot};
    ++size_;
    return true;
  }
  // Forgets `id`, which must be there.
  void Erase(OperationId id);
  // Erase, if `id` is there and its slot is `slot`.
  void EraseFrom(OperationId id, uint32_t slot) {
    const std::size_t home = Home(id);
    if (cells_[home].id == id && cells_[home].slot == slot &&
        cells_[Next(home)].slot == kNone) {
      cells_[home] = Cell();  // Nothing behind it could have to move up.
      --size_;
    } else if (Find(id) == slot) {
      Erase(id);
    }
  }
  // Identities remembered.
  std::size_t size() const { return size_; }
  // Forgets all and keeps the memory.
  void Clear();

 private:
  static constexpr std::size_t kFirstCells = 64;
  struct Cell {
    OperationId id;
    uint32_t slot = kNone;
  };

  std::size_t Home(OperationId id) const {
    return (id.value * uint64_t{0x9e3779b97f4a7c15} >> 32) &
           (cells_.size() - 1);
  }
  std::size_t Next(std::size_t cell) const {
    return (cell + 1) & (cells_.size() - 1);
  }
  void Grow();
  void Place(Cell cell);

  std::vector<Cell> cells_;  // A power of two, at most half full.
  std::size_t size_ = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_ID_MAP_H_
