#include "bench/raw_ring.h"

#include <bit>

#include "bench/die.h"

namespace wharf::bench {

RawRing::RawRing(uint32_t depth) {
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  Check(io_uring_queue_init_params(std::bit_ceil(depth + 2), &ring_, &params));
}

RawRing::~RawRing() { io_uring_queue_exit(&ring_); }

void RawRing::Fail(int result) { Die("a raw operation failed", -result); }

}  // namespace wharf::bench
