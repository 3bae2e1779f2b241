// WakeSource: how another thread ends a Reap.
//
// An eventfd under a multishot poll in the ring: a ring() becomes a completion.
// Where the ring cannot poll (IOPOLL) or refuses to, there is only a flag, and
// Reap looks at it instead of sleeping for long.
//
// Why no ring is lost: Ring sets `rung_` with a read-modify-write and writes
// the eventfd only if it was clear. The loop empties the eventfd first and
// clears `rung_` after, with a read-modify-write too. A Ring before the clear
// is answered by the Reap that clears it, and happens before it; a Ring after
// it finds the flag clear and writes the eventfd again.

#ifndef WHARF_BACKENDS_IO_URING_WAKE_H_
#define WHARF_BACKENDS_IO_URING_WAKE_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "backends/io_uring/syscalls.h"

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

  explicit WakeSource(IoUringSyscalls& syscalls) : syscalls_(syscalls) {}
  // Closes the eventfd.
  ~WakeSource();
  WakeSource(const WakeSource&) = delete;
  WakeSource& operator=(const WakeSource&) = delete;

  // Opens the eventfd. RESOURCE_EXHAUSTED or INTERNAL with the way out if the
  // kernel refuses.
  absl::Status Open(Mode mode);

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
  int fd() const { return fd_; }

 private:
  // Refusals in a row before a simpler mode is tried.
  static constexpr int kMaxRefusals = 4;

  IoUringSyscalls& syscalls_;
  int fd_ = -1;
  Mode mode_ = Mode::kMultishot;
  bool armed_ = false;
  int refusals_ = 0;
  // A line of its own: other threads write it.
  alignas(64) std::atomic<bool> rung_ = false;
};

}  // namespace wharf::uring

#endif  // WHARF_BACKENDS_IO_URING_WAKE_H_
