// MessagePool: the msghdr of every SENDMSG in flight. The kernel may look at it
// until the operation's completion, so it can live neither on a stack nor in an
// array that grows by moving (known bug R2 of the field).

#ifndef WHARF_BACKENDS_IO_URING_MESSAGE_POOL_H_
#define WHARF_BACKENDS_IO_URING_MESSAGE_POOL_H_

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace wharf::uring {

// Not thread-safe. Allocates when more slots are taken than ever before, so
// not in steady state.
class MessagePool {
 public:
  // Takes a slot and returns its number. The slot's header does not move until
  // the pool dies.
  uint32_t Acquire() {
    if (free_.empty()) Grow();
    const uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }

  // The header in `slot`, which Acquire gave.
  msghdr& Get(uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }

  // Gives `slot` back. The kernel must be done with it.
  void Release(uint32_t slot) { free_.push_back(slot); }

  // True if no slot is taken.
  bool idle() const { return free_.size() == chunks_.size() * kChunk; }

  // Takes a pool whose slots the kernel may still look at, and never frees it.
  // It stays reachable, so no leak checker takes it for a mistake. Any thread.
  static void KeepForever(std::unique_ptr<MessagePool> pool);

 private:
  static constexpr uint32_t kChunk = 64;

  void Grow() {
    const uint32_t first = static_cast<uint32_t>(chunks_.size()) * kChunk;
    chunks_.push_back(std::make_unique<msghdr[]>(kChunk));
    free_.reserve(chunks_.size() * kChunk);
    for (uint32_t i = kChunk; i > 0; --i) free_.push_back(first + i - 1);
  }

  std::vector<std::unique_ptr<msghdr[]>> chunks_;
  std::vector<uint32_t> free_;
};

}  // namespace wharf::uring

#endif  // WHARF_BACKENDS_IO_URING_MESSAGE_POOL_H_
