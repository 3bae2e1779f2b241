// IoUringPort: the CompletionPort of Linux io_uring.
//
// Supported: every Opcode the kernel has; cancel by identity; wake by eventfd;
// bounded waits in the same system call as the flush; DEFER_TASKRUN, SQPOLL,
// IOPOLL, opcode restrictions. Needs Linux 5.11 (see setup_error.h). Not
// supported: multishot operations, registered files and buffers.
//
// Sources by concern: port.cc opens and describes, submit.cc stages, cancel.cc
// keeps cancels, accept.cc keeps accepts awake, reap.cc makes the one system
// call and collects, enter.cc judges what the call answers when it fails,
// close.cc ends.

#ifndef WHARF_BACKENDS_IO_URING_PORT_H_
#define WHARF_BACKENDS_IO_URING_PORT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backends/io_uring/message_pool.h"
#include "backends/io_uring/options.h"
#include "backends/io_uring/ring.h"
#include "backends/io_uring/syscalls.h"
#include "backends/io_uring/wake.h"
#include "backends/posix/in_flight.h"
#include "engine/port.h"

namespace wharf {

// What a port has seen, for people and tests. Plain counters.
struct IoUringStats {
  // io_uring_enter calls.
  uint64_t enters = 0;
  // Enters that answered EAGAIN, EBUSY or ENOMEM.
  uint64_t transient_failures = 0;
  // Enters that left staged entries behind (fault row U-24).
  uint64_t short_submits = 0;
  // Completions for nothing in flight: ignored, never surfaced.
  uint64_t unknown_completions = 0;
};

// See engine/port.h for the contract; here is only what io_uring adds to it.
class IoUringPort final : public CompletionPort {
 public:
  // Makes a port for the calling thread, which is from then on the loop's
  // thread (SINGLE_ISSUER): opening a port on one thread and reaping on another
  // is a fatal error at the first Reap. Errors: INVALID_ARGUMENT for options,
  // else why the kernel gives no ring and the way out (setup_error.h).
  // `syscalls` must outlive the port.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<IoUringPort>> Open(
      const IoUringOptions& options,
      IoUringSyscalls& syscalls = RealIoUringSyscalls());

  // Closes the port if that was not done.
  ~IoUringPort() override;

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }

  // Makes a system call only when the submission queue is full.
  std::size_t Submit(std::span<const Operation> operations) override;

  // By user_data, generation included, so it can hit nothing else (known bugs
  // R9, R23). No system call. The kernel may not find an operation that is
  // between two waits, which then goes on for ever (U-05, U-06): the port asks
  // again, in Reap, until the operation has ended. Nor does the kernel tell a
  // listener's other accepts of the connection that a cancelled one was told
  // of: the port does (accept.cc). Of accepts on other ports it knows nothing.
  void Cancel(OperationId id) override;

  // At most one system call, unless cancels wait for a place in the queue or
  // the kernel is out of memory (then up to 1 ms is slept). With io_poll it
  // polls, with a system call per round.
  //
  // Fatal: another thread than the loop's (EEXIST), a dead SQPOLL thread
  // (EOWNERDEAD), completions lost by the kernel (EBADR), transient failures
  // for longer than IoUringOptions::enter_failure_grace, and every answer that
  // io_uring_enter(2) does not list as harmless.
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override;

  void Wake() override { wake_.Ring(); }

  // CLOCK_MONOTONIC.
  Time Now() override {
    return Time(Duration(syscalls_.MonotonicNanoseconds()));
  }

  // Operations that were staged and never reached the kernel are taken back;
  // the others are cancelled and awaited for IoUringOptions::close_grace at
  // most. Then the ring is closed, which makes the kernel cancel what is left,
  // later and unobserved. On another thread than the loop's nothing can be
  // cancelled, and everything in flight is left.
  CloseReport Close() override;

  // Counters so far. Loop thread.
  const IoUringStats& stats() const { return stats_; }
  // IORING_SETUP_* that the kernel granted.
  uint32_t setup_flags() const { return ring_.setup_flags; }
  // How Wake reaches Reap now.
  uring::WakeSource::Mode wake_mode() const { return wake_.mode(); }

 private:
  using InFlight = posix::InFlight;
  enum class State { kOpen, kDead, kClosed };
  // Places that operations leave free: one for a cancel, one for the wake.
  static constexpr unsigned kReserve = 2;

  IoUringPort(const IoUringOptions& options, IoUringSyscalls& syscalls);

  static unsigned Load(unsigned* word) {
    return std::atomic_ref<unsigned>(*word).load(std::memory_order_acquire);
  }
  static void Store(unsigned* word, unsigned value) {
    std::atomic_ref<unsigned>(*word).store(value, std::memory_order_release);
  }
  bool Has(uint32_t setup_flag) const {
    return (ring_.setup_flags & setup_flag) != 0;
  }

  // port.cc
  absl::Status Initialize();
  void DescribeCapabilities();

  // submit.cc: places that are free, entries that are taken.
  unsigned Room() const { return sq_entries_ - (sq_tail_ - Load(sq_head_)); }
  io_uring_sqe* NextEntry() { return &sqes_[sq_tail_++ & sq_mask_]; }
  bool MustFlush() {
    if (!Has(IORING_SETUP_SQPOLL)) return sq_tail_ != Load(sq_head_);
    Publish();
    return SubmissionThreadSleeps();
  }
  void Publish() { Store(sq_shared_tail_, sq_tail_); }
  std::size_t SubmitPiecemeal(std::span<const Operation> operations);
  std::size_t Stage(std::span<const Operation> operations);
  void PrepareSpecial(const Operation& operation, io_uring_sqe* sqe,
                      InFlight& entry);

  // cancel.cc: the wake poll and the queued cancels, before anything else.
  void QueueCancel(OperationId id);
  Time AskAgain(Time until);
  void StageUrgent();
  bool FlushUrgent();

  // accept.cc
  bool GoesAgain(int32_t result, InFlight& entry);
  void PassOn(int32_t result, const InFlight& ended);
  void NudgeRefused(InFlight& entry);
  void StageAccepts();

  // enter.cc: false if the port is dead.
  struct Timeout {
    __kernel_timespec duration;
    io_uring_getevents_arg argument;
  };
  unsigned FillTimeout(Time until, Timeout& timeout);
  bool Judge(int result, bool progress, Time until);
  bool TolerateFailure(int error, bool progress, Time until);
  void BackOff(Time until);
  bool DieOnWrongThread();
  bool Die(absl::Status status);

  // reap.cc: Enter is false if the port is dead. The inlined ones are for Reap.
  bool SubmissionThreadSleeps();
  bool KernelHasWork();
  bool Enter(unsigned flags, Time until);
  bool EnterHere(unsigned flags, Time until);
  std::size_t Harvest(std::span<Completion> completions);
  std::size_t HarvestHere(std::span<Completion> completions);
  std::size_t HarvestPlain(unsigned head, std::size_t count, Completion* out);
  std::size_t HarvestRest(unsigned head, unsigned last, Completion* out,
                          std::size_t taken);
  bool HarvestOther(const io_uring_cqe& cqe, Completion& completion);
  void OnOwnCompletion(const io_uring_cqe& cqe);
  void Translate(const io_uring_cqe& cqe, const InFlight& entry,
                 Completion& completion);
  absl::StatusOr<std::size_t> ReapPolling(std::span<Completion> completions,
                                          Wait wait);

  // close.cc
  void DropStaged();
  void SettleHandle(int32_t result, const InFlight& entry);
  void CancelEverything();
  void BringBack(Time deadline);
  void HarvestAll();

  IoUringSyscalls& syscalls_;
  IoUringOptions options_;
  uring::Ring ring_;

  // The queues, copied out of ring_ for the hot path.
  io_uring_sqe* sqes_ = nullptr;
  unsigned* sq_head_ = nullptr;
  unsigned* sq_shared_tail_ = nullptr;
  unsigned* sq_flags_ = nullptr;
  io_uring_cqe* cqes_ = nullptr;
  unsigned* cq_head_ = nullptr;
  unsigned* cq_tail_ = nullptr;
  unsigned sq_mask_ = 0;
  unsigned sq_entries_ = 0;
  unsigned cq_mask_ = 0;
  unsigned sq_tail_ = 0;
  State state_ = State::kOpen;
  // The wake poll or queued cancels want places, or refused ones wait.
  bool urgent_ = false;
  // Reap cannot sleep in the ring (WakeSource::Mode::kFlagOnly).
  bool polling_ = false;

  posix::InFlightTable in_flight_;
  std::unique_ptr<uring::MessagePool> messages_;
  // Cancels that found the queue full, oldest first; never more than `entries`.
  std::vector<OperationId> queued_cancels_;
  // Cancels that the kernel did not take although their operations are in
  // flight; when they are asked for again, and how long after the last time.
  std::vector<OperationId> refused_cancels_;
  Time ask_again_at_ = kNever;
  Duration ask_again_after_ = Duration(0);
  // Accepts that the port has taken back, to be staged again.
  std::vector<OperationId> again_;
  uring::WakeSource wake_;

  PortCapabilities capabilities_;
  IoUringStats stats_;
  std::thread::id loop_thread_;
  // Since when every enter fails without progress; kNever if it does not.
  Time failing_since_ = kNever;
  absl::Status fatal_;
  CloseReport report_;
  bool closing_ = false;
  bool cancel_all_staged_ = false;
  bool cancel_all_refused_ = false;
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_IO_URING_PORT_H_
