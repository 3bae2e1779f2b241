// BlockPool: the memory of a copy. One aligned slab, cut into blocks that are
// lent as Buffers and come back by themselves; nothing is allocated per block.

#ifndef WHARF_TOOLS_CP_BLOCK_POOL_H_
#define WHARF_TOOLS_CP_BLOCK_POOL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/buffer.h"

namespace wharf::cp {

// Belongs to the loop thread.
class BlockPool {
 public:
  // What blocks' addresses are multiples of: enough for O_DIRECT.
  static constexpr std::size_t kAlignment = 4096;

  // `count` blocks of `size` bytes, a multiple of kAlignment. The memory is
  // first touched when a block is used.
  BlockPool(uint32_t count, std::size_t size);
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  // The memory stays until the last block has come back; for ever, if an engine
  // keeps one of an abandoned request, because the kernel may write there.
  ~BlockPool();

  // Blocks not lent.
  uint32_t available() const {
    return static_cast<uint32_t>(memory_->free.size());
  }

  // Lends a block; the one that came back last, which the processor's caches
  // may still hold. Requires available() > 0.
  [[nodiscard]] Buffer Take();

 private:
  // Lives as long as the pool or a block that it lent.
  struct Memory {
    uint32_t count;
    std::size_t size;
    Buffer slab;
    std::vector<std::byte*> free;
    bool pool_gone = false;
  };

  static void Return(void* context, std::span<std::byte> bytes);

  Memory* memory_;
};

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_BLOCK_POOL_H_
