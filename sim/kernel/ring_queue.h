// RingQueue: a first-in-first-out queue in one growing array, for the simulated
// kernel's own lists. Allocates only when it outgrows everything before.

#ifndef WHARF_SIM_KERNEL_RING_QUEUE_H_
#define WHARF_SIM_KERNEL_RING_QUEUE_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"

namespace wharf::sim {

// T is default-constructible and cheap to move. Not for concurrent use.
template <class T>
class RingQueue {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  // The element `position` places behind the front, which must exist.
  T& operator[](std::size_t position) {
    return items_[(head_ + position) & (capacity_ - 1)];
  }
  const T& operator[](std::size_t position) const {
    return items_[(head_ + position) & (capacity_ - 1)];
  }
  // The oldest element; the queue must not be empty.
  T& front() { return (*this)[0]; }
  // The youngest element; the queue must not be empty.
  T& back() { return (*this)[size_ - 1]; }

  // Adds at the back.
  void Push(T item) {
    if (ABSL_PREDICT_FALSE(size_ == capacity_)) Grow();
    (*this)[size_++] = std::move(item);
  }

  // Takes the front off; the queue must not be empty.
  T Pop() {
    T item = std::move(front());
    head_ = (head_ + 1) & (capacity_ - 1);
    --size_;
    return item;
  }

  // Takes out the element `position` places behind the front, which must exist,
  // and keeps the order of the others. Costs `position` moves.
  T PopAt(std::size_t position) {
    T item = std::move((*this)[position]);
    for (std::size_t i = position; i > 0; --i) {
      (*this)[i] = std::move((*this)[i - 1]);
    }
    head_ = (head_ + 1) & (capacity_ - 1);
    --size_;
    return item;
  }

  // Takes everything out and keeps the memory.
  void Clear() {
    while (!empty()) Pop();
  }

 private:
  ABSL_ATTRIBUTE_NOINLINE void Grow() {
    std::vector<T> larger(items_.empty() ? 16 : items_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    items_ = std::move(larger);
    capacity_ = items_.size();
    head_ = 0;
  }

  std::vector<T> items_;  // A power of two, or empty.
  // items_.size(), which costs a division.
  std::size_t capacity_ = 0;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_RING_QUEUE_H_
