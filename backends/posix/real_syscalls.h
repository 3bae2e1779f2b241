// The real kernel behind PosixSyscalls.

#ifndef WHARF_BACKENDS_POSIX_REAL_SYSCALLS_H_
#define WHARF_BACKENDS_POSIX_REAL_SYSCALLS_H_

#include <cstdint>
#include <string>

#include "backends/posix/syscalls.h"

namespace wharf {
namespace posix_internal {

int OpenEventFd();
int ReadEventFd(int fd);
int WriteEventFd(int fd);
void Close(int fd);
int64_t MonotonicNanoseconds();
std::string KernelRelease();

}  // namespace posix_internal

// `Table`, a backend's table that extends PosixSyscalls, with that part real.
template <class Table>
class RealPosixSyscalls : public Table {
 public:
  int OpenEventFd() override { return posix_internal::OpenEventFd(); }
  int ReadEventFd(int fd) override { return posix_internal::ReadEventFd(fd); }
  int WriteEventFd(int fd) override { return posix_internal::WriteEventFd(fd); }
  void Close(int fd) override { posix_internal::Close(fd); }
  int64_t MonotonicNanoseconds() override {
    return posix_internal::MonotonicNanoseconds();
  }
  std::string KernelRelease() override {
    return posix_internal::KernelRelease();
  }
};

// The number in a file of /proc/sys; -1 if there is none.
int64_t ReadSysctl(const char* path);

}  // namespace wharf

#endif  // WHARF_BACKENDS_POSIX_REAL_SYSCALLS_H_
