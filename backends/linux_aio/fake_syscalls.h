// FakeAioSyscalls: an AIO kernel in plain memory under the real backend code.
// It takes control blocks and answers calls as its script says; a test posts
// the events. Time moves in every wait.

#ifndef WHARF_BACKENDS_LINUX_AIO_FAKE_SYSCALLS_H_
#define WHARF_BACKENDS_LINUX_AIO_FAKE_SYSCALLS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "backends/linux_aio/syscalls.h"
#include "backends/posix/fake_posix_syscalls.h"

namespace wharf {

// Single-threaded. Public fields are knobs and records for the test.
class FakeAioSyscalls final : public FakePosixSyscalls<LinuxAioSyscalls> {
 public:
  // Puts an event into the queue.
  void Post(uint64_t data, int64_t result);
  // How many control blocks with this command were taken.
  int CountTaken(int command) const;

  int Setup(unsigned events, io_context_t* context) override;
  int Destroy(io_context_t context) override;
  int Submit(io_context_t context, std::span<iocb*> controls) override;
  int GetEvents(io_context_t context, int min_events,
                std::span<io_event> events, const timespec* timeout) override;
  int CancelControl(io_context_t context, iocb* control) override;
  int64_t AioMaxNr() override { return max_nr; }
  int64_t AioNr() override { return nr; }

  int64_t FileMode(int fd) override;
  int StatusFlags(int fd) override;
  int Duplicate(int fd) override;
  int SetNonBlocking(int fd, bool on) override;
  int64_t Read(int fd, std::span<const iovec> pieces, int flags) override;
  int64_t Write(int fd, std::span<const iovec> pieces, int flags) override;
  int64_t Receive(int fd, void* data, std::size_t length) override;
  int64_t Send(int fd, std::span<const iovec> pieces) override;
  int Poll(int fd, uint32_t events) override;
  int Accept(int fd) override;
  int Connect(int fd, const void* address, std::size_t length) override;
  int Shutdown(int fd, int how) override;
  int Open(const char* path, int flags, unsigned permissions) override;
  int CloseFile(int fd) override;
  int Allocate(int fd, int mode, uint64_t offset, uint64_t length) override;

  // Knobs.
  int setup_error = 0;              // an errno
  std::deque<int> submit_results;   // scripted (negated errno, or how many at
                                    // most), then all
  std::map<uint64_t, int> refused;  // data word -> errno at submission
  std::deque<int> wait_results;     // scripted errors; 0: goes on as usual
  int cancel_result = -22;
  // Runs in a wait that has no event, before it gives up.
  std::function<void()> when_idle;
  int64_t max_nr = 65'536;
  int64_t nr = 0;
  // What descriptors are; files by default.
  std::map<int, unsigned> modes;
  std::map<int, int> status_flags;
  // What Duplicate gives for each descriptor: itself plus this, or an error.
  int duplicate_offset = 100;
  int duplicate_error = 0;
  // Scripted results of the plain calls by name ("read", "send", ...), then
  // -EAGAIN.
  std::map<std::string, std::deque<int64_t>> results;

  // Records.
  unsigned setup_events = 0;
  int contexts = 0;
  int calls_after_destroy = 0;
  std::vector<iocb> taken;
  std::vector<std::size_t> submits;  // how many were offered
  std::vector<int64_t> waits;        // nanoseconds; -1 for ever
  std::vector<uint64_t> cancels;     // data words
  std::vector<std::string> calls;    // "read 5", "fionbio 5 1", ...
  std::map<int, int> duplicates;     // how often Duplicate gave each number
  std::vector<int> rw_flags;         // of Read and Write

 private:
  int64_t Scripted(const char* call, int fd);
  bool Alive(io_context_t context);

  std::deque<io_event> events_;
  int marker_ = 0;
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_LINUX_AIO_FAKE_SYSCALLS_H_
