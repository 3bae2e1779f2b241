// BlockSlab: the OVERLAPPED of every operation in flight, and what belongs to
// it.
//
// The kernel writes into an OVERLAPPED until the operation's packet has been
// dequeued, whatever was cancelled or closed meanwhile (fault rows W-05, W-06,
// W-08; known bugs R-W1, R-W18). So a block never moves, is never freed while
// the slab lives, and is used again only after Release; the one that has been
// free for longest goes first. A packet's address only finds the block: which
// operation it was is written inside, slot and generation.

#ifndef WHARF_BACKENDS_IOCP_BLOCK_SLAB_H_
#define WHARF_BACKENDS_IOCP_BLOCK_SLAB_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "backends/iocp/win32.h"
#include "engine/operation.h"

namespace wharf::iocp {

// NTSTATUS of an operation that is under way.
inline constexpr uint32_t kStatusPending = 0x103;

// Where an operation is.
enum class BlockState : uint8_t {
  kFree,    // nowhere
  kStaged,  // accepted, not issued
  kIssued,  // the kernel's: its packet will come
  kReady,   // answered, the answer not yet delivered
};

// One operation. Plain data; the port's other files fill it.
struct Block {
  // First, so that its address is the block's.
  OVERLAPPED overlapped;
  Operation operation;
  // The answer; valid in kReady.
  int64_t result;
  int32_t native_error;
  BlockState state;
  bool cancel_asked;
  // kAccept of a pipe, not of a socket.
  bool accepts_pipe;
  // Vectored transfers of a file: which vector is under way, and the bytes of
  // those before it.
  uint32_t piece;
  uint64_t done;
  // The next in the list that the block is in.
  Block* next;
  // kAccept: the connection's socket, made before it is known whose.
  SOCKET accepted;
  // kAccept: the kernel writes both ends' addresses here.
  std::array<std::byte, 2 * (sizeof(SOCKADDR_STORAGE) + 16)> addresses;

  // The status in the OVERLAPPED.
  uint32_t status() const { return static_cast<uint32_t>(overlapped.Internal); }
};
static_assert(offsetof(Block, overlapped) == 0);

// Blocks in order of arrival, linked through Block::next. Not an owner.
class BlockQueue {
 public:
  bool empty() const { return first_ == nullptr; }
  // Number of blocks.
  std::size_t size() const { return size_; }
  // Adds `block`, which is in no queue.
  void Push(Block* block) {
    block->next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = block;
    last_ = block;
    ++size_;
  }
  // Takes the first block, or nullptr.
  Block* Pop() {
    Block* block = first_;
    if (block == nullptr) return nullptr;
    first_ = block->next;
    --size_;
    return block;
  }

 private:
  Block* first_ = nullptr;
  Block* last_ = nullptr;
  std::size_t size_ = 0;
};

// Not thread-safe. Allocates blocks in the constructor only.
class BlockSlab {
 public:
  explicit BlockSlab(std::size_t capacity);

  // Blocks that are not free.
  std::size_t size() const { return capacity_ - free_.size(); }
  // Number of blocks.
  std::size_t capacity() const { return capacity_; }

  // A free block, now kStaged, with `operation` in it, its status
  // kStatusPending, nothing asked and nothing accepted. Requires size() <
  // capacity().
  Block* Take(const Operation& operation);
  // The block of the operation with exactly this id, or nullptr.
  Block* Find(OperationId id);
  // The block that a packet names, or nullptr if `overlapped` is no block's.
  Block* FindByAddress(const OVERLAPPED* overlapped);
  // Gives the block back. The kernel must be done with it.
  void Release(Block* block);

  // Calls `visit(Block&)` for every block that is not free, in table order.
  template <typename Visitor>
  void ForEach(Visitor&& visit) {
    for (std::size_t i = 0; i < capacity_; ++i) {
      if (blocks_[i].state != BlockState::kFree) visit(blocks_[i]);
    }
  }

  // Takes a slab that the kernel may still write into, and never frees it. It
  // stays reachable, so no leak checker takes it for a mistake. Any thread.
  static void KeepForever(std::unique_ptr<BlockSlab> slab);
  // How many are kept.
  static std::size_t KeptForever();

 private:
  std::size_t capacity_;
  std::unique_ptr<Block[]> blocks_;
  BlockQueue free_;
  absl::flat_hash_map<uint64_t, Block*> by_id_;
};

}  // namespace wharf::iocp

#endif  // WHARF_BACKENDS_IOCP_BLOCK_SLAB_H_
