// EventQueue: what will happen in the simulated kernel, by virtual time. Events
// of the same time come in the order in which they were scheduled.

#ifndef WHARF_SIM_KERNEL_EVENT_QUEUE_H_
#define WHARF_SIM_KERNEL_EVENT_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/time.h"

namespace wharf::sim {

// What an event is about.
enum class EventKind : uint32_t {
  kOperation,  // index = operation slot; stale if its serial has moved on
  kCancel,     // index = operation slot: a cancel that was late arrives
  kArrival,    // index = channel: bytes or its end reach the other side
  kConnect,    // index = stream end: its attempt to connect is over
  kRelease,    // index = object that was closed: it goes now
};

// One event.
struct Event {
  Time time;
  // Counts up with every Schedule: the order among events of one time.
  uint64_t order = 0;
  // Tells a slot's occupant from the one the event was meant for.
  uint64_t serial = 0;
  uint32_t index = 0;
  EventKind kind = EventKind::kOperation;
};

// A four-way heap in one array: no allocation once it has grown. Not for
// concurrent use.
class EventQueue {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  // When the first event is due; kNever if there is none.
  Time NextTime() const { return heap_.empty() ? kNever : heap_[0].time; }

  // Adds an event.
  void Schedule(Time time, EventKind kind, uint32_t index, uint64_t serial);
  // Takes out the first event; there must be one.
  Event Pop();
  // Drops all events and keeps the memory.
  void Clear() { heap_.clear(); }

 private:
  std::vector<Event> heap_;
  uint64_t next_order_ = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_EVENT_QUEUE_H_
