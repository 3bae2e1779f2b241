// The random blocks that both lanes of a row read, in the same order.

#ifndef WHARF_BENCH_BLOCK_SEQUENCE_H_
#define WHARF_BENCH_BLOCK_SEQUENCE_H_

#include <cstdint>

namespace wharf::bench {

// Size of a block and alignment of buffers, in bytes.
inline constexpr uint64_t kBlockSize = 4096;

// Offsets of blocks in a file, from a fixed seed (xorshift64*). Cheap, because
// its price is in both lanes.
class BlockSequence {
 public:
  // Blocks of a file of `file_size` bytes, at least one block.
  explicit BlockSequence(uint64_t file_size)
      : blocks_(file_size / kBlockSize) {}

  // The next block's offset in bytes.
  uint64_t Next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    const uint64_t draw = (state_ * 0x2545F4914F6CDD1DULL) >> 32;
    return ((draw * blocks_) >> 32) * kBlockSize;
  }

 private:
  uint64_t blocks_;
  uint64_t state_ = 0x9E3779B97F4A7C15ULL;
};

}  // namespace wharf::bench

#endif  // WHARF_BENCH_BLOCK_SEQUENCE_H_
