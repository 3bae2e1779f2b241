// IoUringSyscalls: the one table through which this backend reaches the kernel,
// so that another kernel (a fake, a recorder) can stand under the backend.

#ifndef WHARF_BACKENDS_IO_URING_SYSCALLS_H_
#define WHARF_BACKENDS_IO_URING_SYSCALLS_H_

#include <cstddef>
#include <cstdint>

#include "backends/posix/syscalls.h"
#include "liburing.h"

namespace wharf {

// As PosixSyscalls: a value >= 0, or a negated errno; the loop thread.
class IoUringSyscalls : public PosixSyscalls {
 public:
  // io_uring_setup(2): a ring's descriptor.
  virtual int Setup(unsigned entries, io_uring_params* params) = 0;
  // Maps the ring `fd` that Setup made with `params` and fills `ring`: the
  // pointers of both queues, the masks and entry counts, ring_fd, flags. What
  // it fills stays valid until UnmapAndClose.
  virtual int Map(int fd, io_uring_params* params, io_uring* ring) = 0;
  // Ends the ring: unmaps the queues, closes the descriptor.
  virtual void UnmapAndClose(io_uring* ring) = 0;
  // io_uring_enter(2).
  virtual int Enter(int fd, unsigned to_submit, unsigned min_complete,
                    unsigned flags, const void* argument,
                    std::size_t argument_size) = 0;
  // io_uring_register(2).
  virtual int Register(int fd, unsigned opcode, void* argument,
                       unsigned count) = 0;

  // Sleeps until `fd` is readable (1) or `nanoseconds` have passed (0); a
  // negative time waits for ever.
  virtual int WaitEventFd(int fd, int64_t nanoseconds) = 0;
  // The sysctl kernel.io_uring_disabled (0, 1, 2); -1 if there is none.
  virtual int DisabledSysctl() = 0;
  // The soft RLIMIT_MEMLOCK in bytes.
  virtual uint64_t MemlockLimit() = 0;
};

// The real kernel. One stateless object with static lifetime.
IoUringSyscalls& RealIoUringSyscalls();

}  // namespace wharf

#endif  // WHARF_BACKENDS_IO_URING_SYSCALLS_H_
