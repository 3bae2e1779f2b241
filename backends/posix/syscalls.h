// PosixSyscalls: the calls that every Linux backend makes besides those of its
// kernel interface. Each backend's own table extends this one.

#ifndef WHARF_BACKENDS_POSIX_SYSCALLS_H_
#define WHARF_BACKENDS_POSIX_SYSCALLS_H_

#include <cstdint>
#include <string>

namespace wharf {

// Every call returns a value >= 0, or a negated errno; errno itself is not
// used. Thread: the loop thread, except WriteEventFd, which is for any thread.
class PosixSyscalls {
 public:
  virtual ~PosixSyscalls() = default;

  // eventfd(2): non-blocking, close-on-exec, counter 0.
  virtual int OpenEventFd() = 0;
  // Empties the counter; -EAGAIN if it was empty.
  virtual int ReadEventFd(int fd) = 0;
  // Adds one; -EAGAIN if the counter is saturated. Thread-safe.
  virtual int WriteEventFd(int fd) = 0;
  // close(2), errors ignored.
  virtual void Close(int fd) = 0;

  // CLOCK_MONOTONIC in nanoseconds: the clock of the kernel's own timeouts.
  virtual int64_t MonotonicNanoseconds() = 0;

  // uname(2)'s release, "" if unknown.
  virtual std::string KernelRelease() = 0;
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_POSIX_SYSCALLS_H_
