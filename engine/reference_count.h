// ReferenceCount: how many owners something has, on any number of threads.

#ifndef WHARF_ENGINE_REFERENCE_COUNT_H_
#define WHARF_ENGINE_REFERENCE_COUNT_H_

#if __has_include(<ext/atomicity.h>)
#include <ext/atomicity.h>

namespace wharf::internal_reference_count {

// libstdc++'s: atomic only in a process that has threads.
using Word = _Atomic_word;
inline void Increment(Word* word) { __gnu_cxx::__atomic_add_dispatch(word, 1); }
inline int FetchDecrement(Word* word) {
  return __gnu_cxx::__exchange_and_add_dispatch(word, -1);
}
inline int Load(const Word* word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

}  // namespace wharf::internal_reference_count

#else
#include <atomic>

namespace wharf::internal_reference_count {

using Word = std::atomic<int>;
inline void Increment(Word* word) {
  word->fetch_add(1, std::memory_order_relaxed);
}
inline int FetchDecrement(Word* word) {
  return word->fetch_sub(1, std::memory_order_acq_rel);
}
inline int Load(const Word* word) {
  return word->load(std::memory_order_acquire);
}

}  // namespace wharf::internal_reference_count

#endif

namespace wharf {

// Begins at one owner. Any thread may call any member for as long as its own
// reference lasts.
//
// With libstdc++ a process that never had a second thread pays no atomic
// operation, as with std::shared_ptr: two of them a request are about 10 ns,
// one percent of a cached read. Starting a thread orders what was counted
// before it.
class ReferenceCount {
 public:
  // One more owner.
  void Increment() { internal_reference_count::Increment(&count_); }

  // One owner less; true if it was the last one. What every owner did before
  // it let go happens before the last one's return.
  [[nodiscard]] bool Decrement() {
    return internal_reference_count::FetchDecrement(&count_) == 1;
  }

  // True if there is one owner. What the others did before they let go happens
  // before this returns true.
  [[nodiscard]] bool IsOne() const {
    return internal_reference_count::Load(&count_) == 1;
  }

 private:
  internal_reference_count::Word count_ = 1;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_REFERENCE_COUNT_H_
