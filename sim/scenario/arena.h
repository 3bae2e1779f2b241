// Arena: where a scenario's buffers are, at the same distances in every run.
// It outlives the kernel that works on them, as the memory of an abandoned
// request must; counts what has not come back; and spoils what has, so that an
// engine that gives memory back too early is found out.

#ifndef WHARF_SIM_SCENARIO_ARENA_H_
#define WHARF_SIM_SCENARIO_ARENA_H_

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "engine/buffer.h"

namespace wharf::sim {

// Not for concurrent use. Memory is reused only after Reset.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // `size` bytes of unknown content at a multiple of `alignment` (a power of
  // two, at most kAlignment) plus `shift`.
  Buffer Take(std::size_t size, std::size_t alignment = 1,
              std::size_t shift = 0) {
    if (size == 0) return Buffer();
    std::size_t at = ((used_ + alignment - 1) & ~(alignment - 1)) + shift;
    if (chunk_ == chunks_.size() || at + size > chunks_[chunk_].size()) {
      at = shift;
      NextChunk(at + size);
    }
    used_ = at + size;
    ++outstanding_;
    return Buffer::Wrap({chunks_[chunk_].data() + at, size}, &GiveBack, this);
  }

  // Buffers that have not come back.
  std::size_t outstanding() const { return outstanding_; }

  // All memory is free again. Nobody may use any of it any more.
  void Reset() {
    chunk_ = 0;
    used_ = 0;
    outstanding_ = 0;
  }

  static constexpr std::size_t kAlignment = 4096;

 private:
  static constexpr std::size_t kChunk = 65536;

  static void GiveBack(void* context, std::span<std::byte> bytes) {
    std::memset(bytes.data(), 0xdd, bytes.size());
    --static_cast<Arena*>(context)->outstanding_;
  }

  void NextChunk(std::size_t size) {
    if (!chunks_.empty() && chunk_ < chunks_.size()) ++chunk_;
    while (chunk_ < chunks_.size() && chunks_[chunk_].size() < size) ++chunk_;
    if (chunk_ == chunks_.size()) {
      chunks_.push_back(
          Buffer::Allocate(size > kChunk ? size : kChunk, kAlignment));
    }
  }

  std::vector<Buffer> chunks_;
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
  std::size_t outstanding_ = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCENARIO_ARENA_H_
