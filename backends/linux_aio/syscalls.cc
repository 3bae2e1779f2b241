#include "backends/linux_aio/syscalls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "backends/posix/real_syscalls.h"

namespace wharf {
namespace {

// -1 and errno -> the negated errno.
template <class Result>
Result Negated(Result result) {
  return result >= 0 ? result : static_cast<Result>(-errno);
}

// libaio's own calls give negated errnos.
class RealSyscalls final : public RealPosixSyscalls<LinuxAioSyscalls> {
 public:
  int Setup(unsigned events, io_context_t* context) override {
    return io_setup(static_cast<int>(events), context);
  }
  int Destroy(io_context_t context) override { return io_destroy(context); }
  int Submit(io_context_t context, std::span<iocb*> controls) override {
    return io_submit(context, static_cast<int64_t>(controls.size()),
                     controls.data());
  }
  int GetEvents(io_context_t context, int min_events,
                std::span<io_event> events, const timespec* timeout) override {
    // libaio's parameter lacks const.
    return io_getevents(context, min_events,
                        static_cast<int64_t>(events.size()), events.data(),
                        const_cast<timespec*>(timeout));
  }
  int CancelControl(io_context_t context, iocb* control) override {
    io_event unused;  // the kernel's parameter without a use since 3.11
    return io_cancel(context, control, &unused);
  }

  int64_t AioMaxNr() override { return ReadSysctl("/proc/sys/fs/aio-max-nr"); }
  int64_t AioNr() override { return ReadSysctl("/proc/sys/fs/aio-nr"); }

  int64_t FileMode(int fd) override {
    struct stat facts;
    return fstat(fd, &facts) == 0 ? int64_t{facts.st_mode} : -errno;
  }
  int StatusFlags(int fd) override { return Negated(fcntl(fd, F_GETFL)); }
  int Duplicate(int fd) override {
    // Not in the place of a closed standard stream.
    return Negated(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  }
  int SetNonBlocking(int fd, bool on) override {
    int value = on ? 1 : 0;
    return Negated(ioctl(fd, FIONBIO, &value));
  }

  int64_t Read(int fd, std::span<const iovec> pieces, int flags) override {
    return Negated(
        preadv2(fd, pieces.data(), static_cast<int>(pieces.size()), -1, flags));
  }
  int64_t Write(int fd, std::span<const iovec> pieces, int flags) override {
    return Negated(pwritev2(fd, pieces.data(), static_cast<int>(pieces.size()),
                            -1, flags));
  }
  int64_t Receive(int fd, void* data, std::size_t length) override {
    return Negated(recv(fd, data, length, MSG_DONTWAIT));
  }
  int64_t Send(int fd, std::span<const iovec> pieces) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    return Negated(sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
  }
  int Poll(int fd, uint32_t events) override {
    pollfd entry{fd, static_cast<int16_t>(events), 0};
    const int ready = Negated(poll(&entry, 1, 0));
    return ready <= 0 ? ready : entry.revents;
  }

  int Accept(int fd) override {
    return Negated(accept4(fd, nullptr, nullptr, SOCK_CLOEXEC));
  }
  int Connect(int fd, const void* address, std::size_t length) override {
    return Negated(connect(fd, static_cast<const sockaddr*>(address),
                           static_cast<socklen_t>(length)));
  }
  int Shutdown(int fd, int how) override { return Negated(shutdown(fd, how)); }
  int Open(const char* path, int flags, unsigned permissions) override {
    return Negated(open(path, flags, permissions));
  }
  int CloseFile(int fd) override { return Negated(close(fd)); }
  int Allocate(int fd, int mode, uint64_t offset, uint64_t length) override {
    return Negated(fallocate(fd, mode, static_cast<off_t>(offset),
                             static_cast<off_t>(length)));
  }
};

}  // namespace

LinuxAioSyscalls& RealLinuxAioSyscalls() {
  static RealSyscalls* const syscalls = new RealSyscalls;
  return *syscalls;
}

}  // namespace wharf
