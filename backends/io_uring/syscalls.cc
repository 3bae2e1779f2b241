#include "backends/io_uring/syscalls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

namespace wharf {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

class RealSyscalls final : public IoUringSyscalls {
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

  int OpenEventFd() override {
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd >= 0 ? fd : -errno;
  }

  int ReadEventFd(int fd) override {
    uint64_t count = 0;
    return read(fd, &count, sizeof(count)) == sizeof(count) ? 0 : -errno;
  }

  int WriteEventFd(int fd) override {
    const uint64_t one = 1;
    return write(fd, &one, sizeof(one)) == sizeof(one) ? 0 : -errno;
  }

  int WaitEventFd(int fd, int64_t nanoseconds) override {
    pollfd entry{fd, POLLIN, 0};
    timespec timeout{nanoseconds / kNanosecondsPerSecond,
                     nanoseconds % kNanosecondsPerSecond};
    const int ready =
        ppoll(&entry, 1, nanoseconds < 0 ? nullptr : &timeout, nullptr);
    return ready >= 0 ? ready : -errno;
  }

  void Close(int fd) override { close(fd); }

  int64_t MonotonicNanoseconds() override {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
  }

  std::string KernelRelease() override {
    utsname name{};
    return uname(&name) == 0 ? name.release : "";
  }

  int DisabledSysctl() override {
    const int fd =
        open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    char text[16] = {};
    const ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    return length > 0 ? std::atoi(text) : -1;
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
