// BoundedQueue: a lock-free queue for many producers and many consumers with a
// fixed capacity; full is an answer, not a wait (guarantee G7). The algorithm
// is Dmitry Vyukov's bounded MPMC queue: a sequence number in each cell.

#ifndef WHARF_ENGINE_BOUNDED_QUEUE_H_
#define WHARF_ENGINE_BOUNDED_QUEUE_H_

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace wharf {

// First in, first out, in the order in which producers claimed their cells. All
// methods may be called on any thread at any time; none waits for another
// thread.
//
// Memory order. Position p uses cell p mod capacity. That cell's sequence is p
// when position p may be written, p + 1 when it may be read, and p + capacity
// (the next round's p) when it has been read. A thread claims a position with a
// compare-and-swap on the shared counter; only the winner touches the cell's
// value until it stores the next sequence.
//  - The store of p + 1 is a release and the reader's load of it an acquire:
//    the value, and all that the producer did before TryPush, is visible to the
//    consumer that pops it.
//  - The store of p + capacity is a release and the next writer's load of it an
//    acquire: the old value has been read before it is overwritten.
//  - The counters carry no data. They are claimed and read relaxed; a stale
//    value only makes the claim fail and be tried again.
// A producer that has claimed and not yet stored leaves a hole: TryPop then
// says "empty" even if later positions have been filled already. A sleeper must
// therefore be woken after each push (WakeGate::Publish), not only by the one
// that found the queue empty (R15 of the field).
template <class T>
class BoundedQueue {
  static_assert(std::is_trivially_copyable_v<T> &&
                std::is_default_constructible_v<T>);

 public:
  // Room for `capacity` items, rounded up to a power of two and at least 2;
  // `capacity` is at most 2^31. Allocates once: 8 bytes and a T (padded) a
  // cell.
  explicit BoundedQueue(uint32_t capacity)
      : mask_(RoundUp(capacity) - 1), cells_(new Cell[mask_ + 1]) {
    for (uint64_t i = 0; i <= mask_; ++i) {
      cells_[i].sequence.store(i, std::memory_order_relaxed);
    }
  }

  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  // Appends `value` and returns true; false if the queue is full (or a consumer
  // is still busy reading the oldest cell).
  [[nodiscard]] bool TryPush(T value) {
    uint64_t position = tail_.load(std::memory_order_relaxed);
    for (;;) {
      Cell& cell = cells_[position & mask_];
      const uint64_t sequence = cell.sequence.load(std::memory_order_acquire);
      const auto lead = static_cast<int64_t>(sequence - position);
      if (lead == 0) {
        if (tail_.compare_exchange_weak(position, position + 1,
                                        std::memory_order_relaxed)) {
          cell.value = value;
          cell.sequence.store(position + 1, std::memory_order_release);
          return true;
        }
      } else if (lead < 0) {
        return false;
      } else {
        position = tail_.load(std::memory_order_relaxed);
      }
    }
  }

  // Takes the oldest item into `value` and returns true; false, with `value`
  // untouched, if the queue is empty (or a producer is still busy writing the
  // oldest cell).
  [[nodiscard]] bool TryPop(T& value) {
    uint64_t position = head_.load(std::memory_order_relaxed);
    for (;;) {
      Cell& cell = cells_[position & mask_];
      const uint64_t sequence = cell.sequence.load(std::memory_order_acquire);
      const auto lead = static_cast<int64_t>(sequence - (position + 1));
      if (lead == 0) {
        if (head_.compare_exchange_weak(position, position + 1,
                                        std::memory_order_relaxed)) {
          value = cell.value;
          cell.sequence.store(position + mask_ + 1, std::memory_order_release);
          return true;
        }
      } else if (lead < 0) {
        return false;
      } else {
        position = head_.load(std::memory_order_relaxed);
      }
    }
  }

  // The most items it holds.
  uint32_t capacity() const { return static_cast<uint32_t>(mask_ + 1); }

  // True if TryPop would have failed a moment ago. Exact only when no other
  // thread pushes or pops.
  bool LooksEmpty() const {
    const uint64_t position = head_.load(std::memory_order_relaxed);
    const uint64_t sequence =
        cells_[position & mask_].sequence.load(std::memory_order_acquire);
    return static_cast<int64_t>(sequence - (position + 1)) < 0;
  }

 private:
  // Producers and consumers each get a cache line for their counter.
  static constexpr std::size_t kCacheLine = 64;

  struct Cell {
    std::atomic<uint64_t> sequence;
    T value;
  };

  static uint64_t RoundUp(uint32_t capacity) {
    assert(capacity <= uint32_t{1} << 31);
    // With one cell "may be read" and "may be written next round" would be the
    // same number.
    uint64_t rounded = 2;
    while (rounded < capacity) rounded *= 2;
    return rounded;
  }

  const uint64_t mask_;
  const std::unique_ptr<Cell[]> cells_;
  alignas(kCacheLine) std::atomic<uint64_t> tail_{0};
  alignas(kCacheLine) std::atomic<uint64_t> head_{0};
};

}  // namespace wharf

#endif  // WHARF_ENGINE_BOUNDED_QUEUE_H_
