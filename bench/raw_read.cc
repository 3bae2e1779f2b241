#include <algorithm>
#include <cerrno>
#include <vector>

#include "bench/block_sequence.h"
#include "bench/raw_lanes.h"
#include "bench/raw_ring.h"
#include "engine/buffer.h"

namespace wharf::bench {
namespace {

class Read final : public Lane {
 public:
  Read(int fd, uint64_t size, uint32_t depth)
      : fd_(fd), blocks_(size), ring_(depth) {
    for (uint32_t i = 0; i < depth; ++i) {
      buffers_.push_back(Buffer::Allocate(kBlockSize, kBlockSize));
    }
  }

  void Run(uint64_t operations) override {
    uint64_t to_start = operations;
    uint64_t to_end = operations;
    const uint64_t first = std::min<uint64_t>(buffers_.size(), operations);
    for (uint64_t i = 0; i < first; ++i) {
      --to_start;
      Prepare(i);
    }
    while (to_end > 0) {
      ring_.Turn([&](const io_uring_cqe& cqe) {
        RawRing::Check(cqe.res == static_cast<int>(kBlockSize)
                           ? 0
                           : std::min(cqe.res, -EIO));
        --to_end;
        if (to_start > 0) {
          --to_start;
          Prepare(cqe.user_data);
        }
      });
    }
  }

 private:
  void Prepare(uint64_t slot) {
    io_uring_sqe* sqe = io_uring_get_sqe(ring_.get());
    io_uring_prep_read(sqe, fd_, buffers_[slot].data(), kBlockSize,
                       blocks_.Next());
    io_uring_sqe_set_data64(sqe, slot);
  }

  const int fd_;
  BlockSequence blocks_;
  std::vector<Buffer> buffers_;
  RawRing ring_;
};

}  // namespace

std::unique_ptr<Lane> RawRead(int fd, uint64_t size, uint32_t depth) {
  return std::make_unique<Read>(fd, size, depth);
}

}  // namespace wharf::bench
