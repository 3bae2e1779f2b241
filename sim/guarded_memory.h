// GuardedMemory: buffers with a fence around them, which tell, without a
// sanitizer, who writes next to a buffer or after it was given back. A program
// that reads what it gave back reads poison.
//
// Supported: any size and alignment.
// Divergence from real memory: what was given back is not used again at once,
// and its bytes are poison; new bytes are poison of another kind, never zero.

#ifndef WHARF_SIM_GUARDED_MEMORY_H_
#define WHARF_SIM_GUARDED_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "engine/buffer.h"
#include "sim/violation.h"

namespace wharf::sim {

// Not for concurrent use. Every buffer is given back before this dies, except
// those that an engine keeps for ever (guarantee G12).
class GuardedMemory {
 public:
  // What the bytes of a new and of a released buffer are, and of the fence.
  static constexpr std::byte kFresh{0xa5};
  static constexpr std::byte kReleased{0xdb};
  static constexpr std::byte kFence{0xfe};
  // Bytes of fence on either side, at least.
  static constexpr std::size_t kFenceBytes = 64;
  // Released bytes that are kept and watched before they are really freed.
  static constexpr std::size_t kKeptBytes = std::size_t{4} << 20;

  // Told what is broken: kOverrun or kWrittenAfterRelease, and how.
  using Report = std::function<void(ViolationKind, std::string)>;
  // Told of bytes that are given back; true if somebody still uses them, in
  // which case they are left as they are.
  using InUse = std::function<bool(std::span<const std::byte>)>;

  GuardedMemory(Report report, InUse in_use);
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  // A buffer with a fence. Size 0 gives an empty Buffer.
  [[nodiscard]] Buffer Allocate(
      std::size_t size, std::size_t alignment = alignof(std::max_align_t));

  // Looks at all fences and all released bytes; reports each broken one once.
  void Check();

  // Buffers that were not given back.
  std::size_t live() const { return live_.size(); }

 private:
  struct Block {
    Buffer memory;  // With both fences.
    std::span<std::byte> bytes;
    uint64_t number = 0;
    bool poisoned = false;
    bool reported = false;
  };
  static void ReleaseTo(void* self, std::span<std::byte> bytes) {
    static_cast<GuardedMemory*>(self)->Release(bytes);
  }
  void Release(std::span<std::byte> bytes);
  void CheckBlock(Block& block);

  Report report_;
  InUse in_use_;
  std::map<uint64_t, std::unique_ptr<Block>> live_;  // By number.
  std::map<const std::byte*, uint64_t> numbers_;     // Never iterated over.
  std::deque<std::unique_ptr<Block>> released_;      // Oldest first.
  std::size_t released_bytes_ = 0;
  uint64_t last_number_ = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_GUARDED_MEMORY_H_
