// LinuxAioSyscalls: the one table through which this backend reaches the
// kernel, so that another kernel (a fake, a recorder) can stand under it. Two
// groups: the AIO interface, and the plain calls that do what AIO has not.

#ifndef WHARF_BACKENDS_LINUX_AIO_SYSCALLS_H_
#define WHARF_BACKENDS_LINUX_AIO_SYSCALLS_H_

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <span>

#include "backends/posix/syscalls.h"
#include "libaio.h"

namespace wharf {

// As PosixSyscalls: a value >= 0, or a negated errno; the loop thread. Calls
// that are "now" never sleep for a peer, whatever the handle's O_NONBLOCK.
class LinuxAioSyscalls : public PosixSyscalls {
 public:
  // io_setup(2); `*context` must be null.
  virtual int Setup(unsigned events, io_context_t* context) = 0;
  // io_destroy(2). Blocks until the kernel is done (fault row A-11).
  virtual int Destroy(io_context_t context) = 0;
  // io_submit(2).
  virtual int Submit(io_context_t context, std::span<iocb*> controls) = 0;
  // io_getevents(2); null waits for ever, {0, 0} not at all.
  virtual int GetEvents(io_context_t context, int min_events,
                        std::span<io_event> events,
                        const timespec* timeout) = 0;
  // io_cancel(2): -EINPROGRESS if it took, -EINVAL otherwise (rows A-01 to
  // The event comes in either case.
  virtual int CancelControl(io_context_t context, iocb* control) = 0;

  // The sysctls fs.aio-max-nr and fs.aio-nr; -1 if there is none.
  virtual int64_t AioMaxNr() = 0;
  virtual int64_t AioNr() = 0;

  // fstat(2)'s st_mode.
  virtual int64_t FileMode(int fd) = 0;
  // fcntl(2) F_GETFL.
  virtual int StatusFlags(int fd) = 0;
  // fcntl(2) F_DUPFD_CLOEXEC: another number for the same description.
  virtual int Duplicate(int fd) = 0;
  // ioctl(2) FIONBIO: O_NONBLOCK and no other flag.
  virtual int SetNonBlocking(int fd, bool on) = 0;

  // preadv2(2), pwritev2(2) at the current position; with RWF_NOWAIT among the
  // flags, now.
  virtual int64_t Read(int fd, std::span<const iovec> pieces, int flags) = 0;
  virtual int64_t Write(int fd, std::span<const iovec> pieces, int flags) = 0;
  // recv(2) now.
  virtual int64_t Receive(int fd, void* data, std::size_t length) = 0;
  // sendmsg(2) now, without SIGPIPE.
  virtual int64_t Send(int fd, std::span<const iovec> pieces) = 0;
  // poll(2) now: the events that are ready, 0 for none.
  virtual int Poll(int fd, uint32_t events) = 0;

  // accept4(2) with SOCK_CLOEXEC. Sleeps unless the listener is O_NONBLOCK.
  virtual int Accept(int fd) = 0;
  // connect(2). Sleeps unless the socket is O_NONBLOCK.
  virtual int Connect(int fd, const void* address, std::size_t length) = 0;
  // shutdown(2).
  virtual int Shutdown(int fd, int how) = 0;
  // open(2).
  virtual int Open(const char* path, int flags, unsigned permissions) = 0;
  // close(2), with its error. The number is free in any case.
  virtual int CloseFile(int fd) = 0;
  // fallocate(2).
  virtual int Allocate(int fd, int mode, uint64_t offset, uint64_t length) = 0;
};

// The real kernel. One stateless object with static lifetime.
LinuxAioSyscalls& RealLinuxAioSyscalls();

}  // namespace wharf

#endif  // WHARF_BACKENDS_LINUX_AIO_SYSCALLS_H_
