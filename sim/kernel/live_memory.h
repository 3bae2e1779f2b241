// LiveMemory: which memory the operations in the machine's hands use, by
// address, so that memory which serves two of them, or is given back too early,
// is noticed at once and by name. Addresses decide only whether something is
// wrong: a run in which nothing is depends on none.

#ifndef WHARF_SIM_KERNEL_LIVE_MEMORY_H_
#define WHARF_SIM_KERNEL_LIVE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/kernel/operation_table.h"

namespace wharf::sim {

// Ranges by address. Not for concurrent use. Adding and removing cost a binary
// search and a move of what lies behind.
class LiveMemory {
 public:
  // The operation in `slot` uses `bytes`, and writes there or only reads.
  // Returns another slot that uses some of them, if one of the two writes;
  // kNoIndex if there is none. Adds the range in any case, unless it is empty.
  uint32_t Add(std::span<const std::byte> bytes, uint32_t slot, bool writes);

  // The operation in `slot` is over: none of its ranges is used any more.
  void RemoveAll(uint32_t slot);
  // The same for an operation that has one range, which begins at `begin`.
  void RemoveOne(uint32_t slot, const std::byte* begin);

  // A slot that uses some of `bytes`, or kNoIndex.
  uint32_t FindUser(std::span<const std::byte> bytes) const {
    return Find(Begin(bytes), Begin(bytes) + bytes.size(), kNoIndex, true);
  }

  // Forgets everything.
  void Clear() { ranges_.clear(); }
  // Ranges in use.
  std::size_t size() const { return ranges_.size(); }

 private:
  struct Range {
    uintptr_t begin;
    uintptr_t end;
    uint32_t slot;
    bool writes;
  };
  static uintptr_t Begin(std::span<const std::byte> bytes) {
    return reinterpret_cast<uintptr_t>(bytes.data());
  }
  std::size_t FirstNotBefore(uintptr_t begin) const;
  uint32_t Find(uintptr_t begin, uintptr_t end, uint32_t except,
                bool writes) const;

  std::vector<Range> ranges_;  // By begin.
  uintptr_t longest_ = 0;      // Of all ranges so far.
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_LIVE_MEMORY_H_
