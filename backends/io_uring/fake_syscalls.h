// FakeSyscalls: a kernel in plain memory under the real backend code. It takes
// submissions and answers system calls as its script says; a test posts the
// completions. Time moves in every wait.

#ifndef WHARF_BACKENDS_IO_URING_FAKE_SYSCALLS_H_
#define WHARF_BACKENDS_IO_URING_FAKE_SYSCALLS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "backends/io_uring/syscalls.h"
#include "backends/posix/fake_posix_syscalls.h"

namespace wharf {

// Single-threaded. Public fields are knobs and records for the test.
class FakeSyscalls final : public FakePosixSyscalls<IoUringSyscalls> {
 public:
  // One scripted answer to Enter.
  struct Step {
    // What Enter returns; kCount stands for the number of entries consumed.
    int result = kCount;
    // How many staged entries the kernel takes, at most.
    unsigned consume = ~0u;
    // Runs before Enter returns (posts completions, moves the clock).
    std::function<void()> effect = nullptr;
  };
  static constexpr int kCount = 1 << 30;

  // One call of Enter, as seen.
  struct EnterCall {
    unsigned to_submit = 0;
    unsigned min_complete = 0;
    unsigned flags = 0;
    // The timeout of EXT_ARG in nanoseconds, -1 if none.
    int64_t timeout = -1;
  };

  FakeSyscalls();

  // Puts a completion into the queue; sets CQ_OVERFLOW and drops it if full.
  void Post(uint64_t user_data, int32_t result, uint32_t flags = 0);
  // Number of recorded submissions with this opcode.
  int CountTaken(uint8_t opcode) const;

  int Setup(unsigned entries, io_uring_params* params) override;
  int Map(int fd, io_uring_params* params, io_uring* ring) override;
  void UnmapAndClose(io_uring* ring) override;
  int Enter(int fd, unsigned to_submit, unsigned min_complete, unsigned flags,
            const void* argument, std::size_t argument_size) override;
  int Register(int fd, unsigned opcode, void* argument,
               unsigned count) override;
  int WaitEventFd(int fd, int64_t nanoseconds) override;
  void Close(int fd) override;
  int DisabledSysctl() override { return disabled_sysctl; }
  uint64_t MemlockLimit() override { return 65536; }

  // Knobs.
  uint32_t features;
  uint32_t known_setup_flags = ~0u;
  int setup_error = 0;  // an errno
  uint8_t last_opcode = 255;
  int register_ring_result = -22;
  int restrictions_result = 0;
  int disabled_sysctl = 0;
  std::deque<Step> script;
  // Runs in an Enter that waits and has no completion, before it gives up.
  std::function<void()> when_idle;
  unsigned* sq_flags() { return &sq_flags_; }

  // Records.
  std::vector<uint32_t> setups;  // flags of each Setup
  std::vector<io_uring_restriction> restrictions;
  std::vector<EnterCall> enters;
  std::vector<io_uring_sqe> taken;
  std::vector<int64_t> eventfd_waits;
  int open_rings = 0;
  int open_fds = 0;

 private:
  unsigned sq_head_ = 0, sq_tail_ = 0, sq_mask_ = 0, sq_entries_ = 0;
  unsigned cq_head_ = 0, cq_tail_ = 0, cq_mask_ = 0, cq_entries_ = 0;
  unsigned sq_flags_ = 0, sq_dropped_ = 0, cq_overflow_ = 0, cq_flags_ = 0;
  std::vector<unsigned> array_;
  std::vector<io_uring_sqe> sqes_;
  std::vector<unsigned char> cqe_bytes_;
  io_uring_cqe* cqes_ = nullptr;
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_IO_URING_FAKE_SYSCALLS_H_
