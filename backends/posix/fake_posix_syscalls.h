// FakePosixSyscalls: PosixSyscalls in plain memory, for the fakes of the
// backends' tables.

#ifndef WHARF_BACKENDS_POSIX_FAKE_POSIX_SYSCALLS_H_
#define WHARF_BACKENDS_POSIX_FAKE_POSIX_SYSCALLS_H_

#include <cerrno>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "backends/posix/syscalls.h"

namespace wharf {

// `Table`, a table that extends PosixSyscalls, with that part faked.
// Single-threaded. Public fields are knobs and records for the test.
template <class Table>
class FakePosixSyscalls : public Table {
 public:
  int OpenEventFd() override { return eventfd_result; }
  int ReadEventFd(int) override {
    if (!eventfd_reads.empty()) return Take(eventfd_reads);
    const bool empty = eventfd_count == 0;
    eventfd_count = 0;
    return empty ? -EAGAIN : 0;
  }
  int WriteEventFd(int) override {
    const int result = eventfd_writes.empty() ? 0 : Take(eventfd_writes);
    if (result >= 0) ++eventfd_count;
    return result;
  }
  void Close(int fd) override { closed.push_back(fd); }
  int64_t MonotonicNanoseconds() override { return now; }
  std::string KernelRelease() override { return "5.0-fake"; }

  // Knobs.
  int eventfd_result = 77;
  int64_t now = 1'000'000'000;
  std::deque<int> eventfd_writes;  // scripted results, then 0
  std::deque<int> eventfd_reads;   // scripted results, then 0 or -EAGAIN

  // Records.
  uint64_t eventfd_count = 0;
  std::vector<int> closed;

 protected:
  static int Take(std::deque<int>& scripted) {
    const int result = scripted.front();
    scripted.pop_front();
    return result;
  }
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_POSIX_FAKE_POSIX_SYSCALLS_H_
