// WakeSource: how another thread ends a Reap.
//
// An eventfd under a multishot poll in the ring: a ring() becomes a completion.
// Where the ring cannot poll (IOPOLL) or refuses to, there is only a flag, and
// Reap looks at it instead of sleeping for long.

#ifndef WHARF_BACKENDS_IO_URING_WAKE_H_
#define WHARF_BACKENDS_IO_URING_WAKE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "backends/posix/syscalls.h"
#include "backends/posix/wake_event.h"
#include "liburing.h"

namespace wharf::uring {

// Loop thread only, except Ring.
class WakeSource {
 public:
  // How a ring reaches the loop.
  enum class Mode {
    kMultishot,  // one poll serves many rings (Linux 5.13)
    kOneShot,    // the poll is armed again after every ring
    kFlagOnly,   // not through the ring: Reap must look at TakeRung
  };

  explicit WakeSource(PosixSyscalls& syscalls) : event_(syscalls) {}

  // Opens the eventfd: see posix::WakeEvent::Open.
  absl::Status Open(Mode mode);

  // See posix::WakeEvent.
  void Ring() { event_.Ring(); }
  bool TakeRung() { return event_.TakeRung(); }
  bool Acknowledge() { return event_.Acknowledge(); }

  // True if the poll has to be staged (again). Never in kFlagOnly.
  bool NeedsArm() const { return !armed_ && mode_ != Mode::kFlagOnly; }
  // Fills `sqe` with the poll and takes it as armed. Requires NeedsArm().
  void Arm(io_uring_sqe* sqe);
  // The staged poll never reached the kernel.
  void Disarm() { armed_ = false; }

  // Takes the poll's completion. Whatever the kernel says (-ECANCELED, -EINVAL
  // and all others) is tolerated: without F_MORE the poll is armed again; a
  // kernel that refuses it repeatedly gets a simpler poll, at last none (known
  // bug R13, fault row U-21).
  void OnCompletion(int32_t result, uint32_t flags);

  // How rings arrive now.
  Mode mode() const { return mode_; }
  // The eventfd, for a loop that has nothing to wait for but a ring.
  int fd() const { return event_.fd(); }

 private:
  // Refusals in a row before a simpler mode is tried.
  static constexpr int kMaxRefusals = 4;

  Mode mode_ = Mode::kMultishot;
  bool armed_ = false;
  int refusals_ = 0;
  posix::WakeEvent event_;
};

}  // namespace wharf::uring

#endif  // WHARF_BACKENDS_IO_URING_WAKE_H_
