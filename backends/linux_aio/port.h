// LinuxAioPort: the CompletionPort of Linux AIO (io_submit and its family).
//
// Supported: every Opcode, on every kind of handle; cancel of whatever waits;
// wake by eventfd; bounded waits. Needs Linux 4.19 (see setup_error.h).
//
// AIO has commands for positioned file transfers, syncs and polls, and nothing
// else. The port has no thread; what it does for the rest, and how long a Reap
// may take for it, is this:
//
//   in the kernel's background  O_DIRECT transfers (but for metadata, and for
//       allocations that a write makes), syncs, polls, and with them all
//       waiting of sockets and pipes: a poll in the kernel, then a call that
//       does not wait (attempt.h says when O_NONBLOCK is set for its length).
//       The call goes to a duplicate of the descriptor, made for the wait, so
//       it cannot meet the next owner of a number that was closed under it
//       (row A-13); without a free descriptor it goes to the number itself
//   inside Reap, for as long as it takes  buffered file transfers, which
//       io_submit itself executes (fault row A-07); file transfers at the
//       current position, open, close, allocate, shutdown: plain calls
//   looked at every millisecond  a handle that the kernel cannot poll for AIO
//       because it has several wait queues (a terminal, a FIFO opened for
//       reading and writing), and a connect to a local socket whose backlog is
//       full
//
// A cancel ends what waits, and what was not begun. File I/O in the kernel's
// hands goes on (rows ).
//
// Sources by concern: port.cc opens and describes, submit.cc stages and
// begins, flush.cc makes the io_submit call and judges its answer, reap.cc
// collects, cancel.cc, close.cc.

#ifndef WHARF_BACKENDS_LINUX_AIO_PORT_H_
#define WHARF_BACKENDS_LINUX_AIO_PORT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backends/linux_aio/attempt.h"
#include "backends/linux_aio/options.h"
#include "backends/linux_aio/slots.h"
#include "backends/linux_aio/syscalls.h"
#include "backends/posix/wake_event.h"
#include "engine/port.h"

namespace wharf {

// What a port has seen, for people and tests. Plain counters.
struct LinuxAioStats {
  // io_submit and io_getevents calls.
  uint64_t submits = 0;
  uint64_t waits = 0;
  // io_submits that took some control blocks and left others (row A-04).
  uint64_t short_submits = 0;
  // io_submits that answered EAGAIN or EINTR (row A-05).
  uint64_t transient_failures = 0;
  // Events for nothing in flight: ignored, never surfaced.
  uint64_t unknown_events = 0;
};

// See engine/port.h for the contract; here is only what Linux AIO adds to it.
class LinuxAioPort final : public CompletionPort {
 public:
  // Makes a port. The loop may be on another thread than the caller's. Errors:
  // INVALID_ARGUMENT for options, else why the kernel gives no context and the
  // way out (setup_error.h; RESOURCE_EXHAUSTED says what is needed and
  // available of fs.aio-max-nr). `syscalls` must outlive the port.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<LinuxAioPort>> Open(
      const LinuxAioOptions& options,
      LinuxAioSyscalls& syscalls = RealLinuxAioSyscalls());

  // Closes the port if that was not done.
  ~LinuxAioPort() override;

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }

  // No system call: everything begins in the next Reap.
  std::size_t Submit(std::span<const Operation> operations) override;

  // One io_cancel at most. What has not reached the kernel ends at once (its
  // completion is in the next Reap); a poll ends with Error::kCancelled, and so
  // does what waited by it unless data came first; file I/O goes on.
  void Cancel(OperationId id) override;

  // At least one io_getevents, one io_submit if anything is new, and the calls
  // that the file comment names. Begins operations in the order of Submit; a
  // close after everything that was submitted before it has reached the kernel.
  //
  // Fatal: io_submit answering EAGAIN for longer than
  // LinuxAioOptions::submit_failure_grace while the kernel has nothing that
  // could come back, and every answer of io_getevents(2) but EINTR.
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override;

  void Wake() override { wake_.Ring(); }

  // CLOCK_MONOTONIC.
  Time Now() override {
    return Time(Duration(syscalls_.MonotonicNanoseconds()));
  }

  // What has not reached the kernel is taken back; the rest is cancelled and
  // awaited for LinuxAioOptions::close_grace at most. If all came back, the
  // context is destroyed, which takes the kernel some 30 ms (row A-11). If not,
  // it is not destroyed: io_destroy would block for as long as the device does.
  // Its events then stay taken from fs.aio-max-nr until the process ends, which
  // is when the kernel destroys it.
  CloseReport Close() override;

  // Counters so far. Loop thread.
  const LinuxAioStats& stats() const { return stats_; }

 private:
  using Slot = aio::Slot;
  enum class State { kOpen, kDead, kClosed };
  // Where the wake's poll is: nowhere, in the batch, or in the kernel.
  enum class WakePoll { kIdle, kBatched, kInKernel };
  // A completion that the engine has not seen.
  struct Ready {
    Completion completion;
    // What has to be closed if it never will; -1 for nothing.
    int unheard_fd;
  };

  LinuxAioPort(const LinuxAioOptions& options, LinuxAioSyscalls& syscalls);

  // port.cc
  absl::Status Initialize();
  void DescribeCapabilities();

  // submit.cc
  void BeginStaged();
  void Begin(Slot& slot);
  void BeginTransfer(Slot& slot);
  void Attempt(Slot& slot, bool hopeful);
  void WaitAndTryAgain(Slot& slot, bool hopeful);
  void AwaitReady(Slot& slot);
  void HoldHandle(Slot& slot);
  void Release(Slot& slot);
  void Park(Slot& slot);
  void LookAtParked();
  void Finish(Slot& slot, int64_t result);

  // flush.cc: false if the port is dead.
  bool Flush();
  void Batch(Slot& slot);
  bool SubmitBatch();
  void BatchWake();
  void Accept(std::span<iocb* const> controls);
  void Refuse(iocb* control, int error);
  bool TolerateFailure(int error);
  bool Die(absl::Status status);

  // reap.cc
  bool Collect(Time until);
  Time SoonIfUnfinished(Time until);
  void OnEvent(const io_event& event);
  void OnReady(Slot& slot, int64_t events);
  std::size_t TakeReady(std::span<Completion> completions);

  // close.cc
  void TakeBack();
  void BringBack(Time deadline);
  void Drop(Slot& slot, int64_t result);
  static int UnheardFd(const Slot& slot, int64_t result);

  LinuxAioSyscalls& syscalls_;
  LinuxAioOptions options_;
  io_context_t context_ = nullptr;
  State state_ = State::kOpen;
  bool closing_ = false;

  aio::Slots slots_;
  // Operations in Phase::kStaged and kParked, oldest first.
  std::vector<Slot*> staged_;
  std::vector<Slot*> parked_;
  // Control blocks for io_submit, oldest first.
  std::vector<iocb*> batch_;
  // For the next Reap, oldest first.
  std::vector<Ready> ready_;
  // Events that the kernel owes, the wake's apart.
  std::size_t in_kernel_ = 0;
  // When parked operations are looked at again.
  Time next_look_ = kNever;
  // Since when io_submit takes nothing; kNever if it does.
  Time failing_since_ = kNever;

  posix::WakeEvent wake_;
  iocb wake_control_{};
  WakePoll wake_poll_ = WakePoll::kIdle;

  PortCapabilities capabilities_;
  LinuxAioStats stats_;
  absl::Status fatal_;
  CloseReport report_;
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_LINUX_AIO_PORT_H_
