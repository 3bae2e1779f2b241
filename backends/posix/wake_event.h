// WakeEvent: how another thread rings, and how the loop takes note. An eventfd
// that a kernel queue can watch, and a flag that saves the system call for a
// ring that was rung already.
//
// Why no ring is lost: Ring sets `rung_` with a read-modify-write and writes
// the eventfd only if it was clear. The loop empties the eventfd first and
// clears `rung_` after, with a read-modify-write too. A Ring before the clear
// is answered by the Reap that clears it, and happens before it; a Ring after
// it finds the flag clear and writes the eventfd again.

#ifndef WHARF_BACKENDS_POSIX_WAKE_EVENT_H_
#define WHARF_BACKENDS_POSIX_WAKE_EVENT_H_

#include <atomic>

#include "absl/status/status.h"
#include "backends/posix/syscalls.h"

namespace wharf::posix {

// Loop thread only, except Ring.
class WakeEvent {
 public:
  explicit WakeEvent(PosixSyscalls& syscalls) : syscalls_(syscalls) {}
  // Closes the eventfd.
  ~WakeEvent();
  WakeEvent(const WakeEvent&) = delete;
  WakeEvent& operator=(const WakeEvent&) = delete;

  // Opens the eventfd. RESOURCE_EXHAUSTED or INTERNAL with the way out if the
  // kernel refuses. Not twice.
  absl::Status Open();

  // Any thread, never blocks: see the file comment.
  void Ring();

  // True if somebody rang since the last time; resets. No system call if nobody
  // did.
  bool TakeRung() {
    return rung_.load(std::memory_order_relaxed) && Acknowledge();
  }
  // The same after the eventfd was seen readable: empties it in any case. A
  // ring answered by an earlier Acknowledge may have written it only now.
  bool Acknowledge();

  // The eventfd: readable once somebody has rung; -1 before Open.
  int fd() const { return fd_; }

 private:
  PosixSyscalls& syscalls_;
  int fd_ = -1;
  // A line of its own: other threads write it.
  alignas(64) std::atomic<bool> rung_ = false;
};

}  // namespace wharf::posix

#endif  // WHARF_BACKENDS_POSIX_WAKE_EVENT_H_
