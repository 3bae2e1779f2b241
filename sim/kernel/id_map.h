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

  // Remembers `slot` (not kNone) for `id`, which must not be there.
  void Insert(OperationId id, uint32_t slot);
  // The slot of `id`, or kNone.
  uint32_t Find(OperationId id) const {
    for (std::size_t cell = Home(id);; cell = Next(cell)) {
      if (cells_[cell].slot == kNone) return kNone;
      if (cells_[cell].id == id) return cells_[cell].slot;
    }
  }
  // Forgets `id`, which must be there.
  void Erase(OperationId id);
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
  void Place(Cell cell);

  std::vector<Cell> cells_;  // A power of two, at most half full.
  std::size_t size_ = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_ID_MAP_H_
