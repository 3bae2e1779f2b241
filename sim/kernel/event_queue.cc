#include "sim/kernel/event_queue.h"

#include <algorithm>

namespace wharf::sim {
namespace {

constexpr std::size_t kWays = 4;

bool Earlier(const Event& a, const Event& b) {
  return a.time != b.time ? a.time < b.time : a.order < b.order;
}

}  // namespace

void EventQueue::Schedule(Time time, EventKind kind, uint32_t index,
                          uint64_t serial) {
  const Event event = {time, next_order_++, serial, index, kind};
  std::size_t hole = heap_.size();
  heap_.push_back(event);
  while (hole > 0) {
    const std::size_t parent = (hole - 1) / kWays;
    if (!Earlier(event, heap_[parent])) break;
    heap_[hole] = heap_[parent];
    hole = parent;
  }
  heap_[hole] = event;
}

Event EventQueue::Pop() {
  const Event first = heap_[0];
  const Event last = heap_.back();
  heap_.pop_back();
  if (heap_.empty()) return first;
  std::size_t hole = 0;
  for (;;) {
    const std::size_t begin = hole * kWays + 1;
    if (begin >= heap_.size()) break;
    const std::size_t end = std::min(begin + kWays, heap_.size());
    std::size_t best = begin;
    for (std::size_t i = begin + 1; i < end; ++i) {
      if (Earlier(heap_[i], heap_[best])) best = i;
    }
    if (!Earlier(heap_[best], last)) break;
    heap_[hole] = heap_[best];
    hole = best;
  }
  heap_[hole] = last;
  return first;
}

}  // namespace wharf::sim
