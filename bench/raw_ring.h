// The ring that every raw lane stands on: liburing's own, set up as well as a
// single-threaded loop can have it.

#ifndef WHARF_BENCH_RAW_RING_H_
#define WHARF_BENCH_RAW_RING_H_

#include <cstdint>

#include "liburing.h"

namespace wharf::bench {

// Owns a ring with SINGLE_ISSUER and DEFER_TASKRUN, for the thread that makes
// it. Not movable: what is in flight points at it.
class RawRing {
 public:
  // Room for `depth` operations, as many places as a Wharf port of that size
  // takes. Ends the program if the kernel refuses.
  explicit RawRing(uint32_t depth);
  ~RawRing();
  RawRing(const RawRing&) = delete;
  RawRing& operator=(const RawRing&) = delete;

  // liburing's ring.
  io_uring* get() { return &ring_; }

  // Submits what is prepared, waits for at least one completion in the same
  // system call, and calls `handle(const io_uring_cqe&)` for each that is
  // there. `handle` may prepare entries.
  template <class F>
  void Turn(F&& handle) {
    Check(io_uring_submit_and_wait(&ring_, 1));
    unsigned head = 0;
    unsigned count = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      ++count;
      handle(*cqe);
    }
    io_uring_cq_advance(&ring_, count);
  }

  // Ends the program if `result` (a negated errno) is an error.
  static void Check(int result) {
    if (result < 0) [[unlikely]] {
      Fail(result);
    }
  }

 private:
  [[noreturn]] static void Fail(int result);

  io_uring ring_{};
};

}  // namespace wharf::bench

#endif  // WHARF_BENCH_RAW_RING_H_
