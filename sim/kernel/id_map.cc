#include "sim/kernel/id_map.h"

#include <utility>

namespace wharf::sim {

void IdMap::Grow() {
  const std::vector<Cell> old =
      std::exchange(cells_, std::vector<Cell>(cells_.size() * 2));
  for (const Cell& cell : old) {
    if (cell.slot != kNone) Place(cell);
  }
}

void IdMap::Place(Cell cell) {
  std::size_t at = Home(cell.id);
  while (cells_[at].slot != kNone) at = Next(at);
  cells_[at] = cell;
}

void IdMap::Erase(OperationId id) {
  std::size_t hole = Home(id);
  while (cells_[hole].slot == kNone || cells_[hole].id != id) {
    hole = Next(hole);
  }
  // Close the gap: move up whatever could have been in the hole, so that a
  // lookup may stop at the first free cell.
  const std::size_t mask = cells_.size() - 1;
  for (std::size_t at = Next(hole); cells_[at].slot != kNone; at = Next(at)) {
    const std::size_t home = Home(cells_[at].id);
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      cells_[hole] = cells_[at];
      hole = at;
    }
  }
  cells_[hole] = Cell();
  --size_;
}

void IdMap::Clear() {
  for (Cell& cell : cells_) cell = Cell();
  size_ = 0;
}

}  // namespace wharf::sim
