#include "backends/io_uring/syscalls.h"

#include <poll.h>
#include <sys/resource.h>

#include <cerrno>
#include <ctime>

#include "backends/posix/real_syscalls.h"

namespace wharf {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

class RealSyscalls final : public RealPosixSyscalls<IoUringSyscalls> {
 public:
  int Setup(unsigned entries, io_uring_params* params) override {
    return io_uring_setup(entries, params);
  }

  int Map(int fd, io_uring_params* params, io_uring* ring) override {
    return io_uring_queue_mmap(fd, params, ring);
  }

  void UnmapAndClose(io_uring* ring) override { io_uring_queue_exit(ring); }

  int Enter(int fd, unsigned to_submit, unsigned min_complete, unsigned flags,
            const void* argument, std::size_t argument_size) override {
    // liburing's parameter lacks const, and has the signal set's type although
    // EXT_ARG gives it another meaning.
    return io_uring_enter2(
        static_cast<unsigned>(fd), to_submit, min_complete, flags,
        const_cast<sigset_t*>(static_cast<const sigset_t*>(argument)),
        argument_size);
  }

  int Register(int fd, unsigned opcode, void* argument,
               unsigned count) override {
    return io_uring_register(static_cast<unsigned>(fd), opcode, argument,
                             count);
  }

  int WaitEventFd(int fd, int64_t nanoseconds) override {
    pollfd entry{fd, POLLIN, 0};
    timespec timeout{nanoseconds / kNanosecondsPerSecond,
                     nanoseconds % kNanosecondsPerSecond};
    const int ready =
        ppoll(&entry, 1, nanoseconds < 0 ? nullptr : &timeout, nullptr);
    return ready >= 0 ? ready : -errno;
  }

  int DisabledSysctl() override {
    return static_cast<int>(ReadSysctl("/proc/sys/kernel/io_uring_disabled"));
  }

  uint64_t MemlockLimit() override {
    rlimit limit{};
    return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 ? limit.rlim_cur : 0;
  }
};

}  // namespace

IoUringSyscalls& RealIoUringSyscalls() {
  static RealSyscalls* const syscalls = new RealSyscalls;
  return *syscalls;
}

}  // namespace wharf
