#include <algorithm>

#include "bench/raw_lanes.h"
#include "bench/raw_ring.h"

namespace wharf::bench {
namespace {

class Nop final : public Lane {
 public:
  explicit Nop(uint32_t depth) : depth_(depth), ring_(depth) {}

  void Run(uint64_t operations) override {
    uint64_t to_start = operations;
    uint64_t to_end = operations;
    for (uint64_t i = std::min<uint64_t>(depth_, operations); i > 0; --i) {
      --to_start;
      Prepare(i);
    }
    while (to_end > 0) {
      ring_.Turn([&](const io_uring_cqe& cqe) {
        RawRing::Check(cqe.res);
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
    io_uring_prep_nop(sqe);
    io_uring_sqe_set_data64(sqe, slot);
  }

  const uint32_t depth_;
  RawRing ring_;
};

}  // namespace

std::unique_ptr<Lane> RawNop(uint32_t depth) {
  return std::make_unique<Nop>(depth);
}

}  // namespace wharf::bench
