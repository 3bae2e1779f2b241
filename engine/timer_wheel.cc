#include "engine/timer_wheel.h"

#include <algorithm>

namespace wharf {

TimerWheel::TimerWheel(uint32_t node_count)
    : node_count_(node_count), nodes_(std::size_t{node_count} + kBuckets + 2) {
  assert(node_count < kUnlinked - 1023);
  for (uint32_t i = node_count; i < nodes_.size(); ++i) {
    nodes_[i].next = i;
    nodes_[i].previous = i;
  }
}

void TimerWheel::MoveAll(uint32_t from, uint32_t to) {
  if (nodes_[from].next == from) return;
  const uint32_t first = nodes_[from].next;
  const uint32_t last = nodes_[from].previous;
  const uint32_t before = nodes_[to].previous;
  nodes_[before].next = first;
  nodes_[first].previous = before;
  nodes_[last].next = to;
  nodes_[to].previous = last;
  nodes_[from].next = from;
  nodes_[from].previous = from;
  ClearOccupied(from - node_count_);
}

bool TimerWheel::CollectNextExpired() {
  while (occupied_levels_ != 0) {
    const int level = std::countr_zero(occupied_levels_);
    const uint32_t sentinel = FirstBucketSentinel();
    const uint64_t earliest = nodes_[sentinel].tick;
    if (BucketStart(earliest, level) > current_) break;
    // Not only to bucket_start: going on to the lower bound saves the nodes
    // the levels in between. The cursor may not pass current_, relative to
    // which later nodes will be placed.
    cursor_ = std::min(earliest, current_);
    if (level == 0) {
      // All of one bucket of level 0 have the same tick.
      MoveAll(sentinel, firing_sentinel());
      return true;
    }
    // The cursor is inside this bucket now, so its nodes belong to lower
    // levels, which are empty: order among equal ticks survives.
    uint32_t index = nodes_[sentinel].next;
    nodes_[sentinel].next = sentinel;
    nodes_[sentinel].previous = sentinel;
    ClearOccupied(sentinel - node_count_);
    while (index != sentinel) {
      const uint32_t next = nodes_[index].next;
      Place(index, nodes_[index].tick);
      ++moves_;
      index = next;
    }
  }
  cursor_ = current_;
  return false;
}

}  // namespace wharf
