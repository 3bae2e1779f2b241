// IoUringOptions: what a user may choose about an io_uring port.

#ifndef WHARF_BACKENDS_IO_URING_OPTIONS_H_
#define WHARF_BACKENDS_IO_URING_OPTIONS_H_

#include <chrono>
#include <cstdint>

#include "absl/status/status.h"
#include "engine/time.h"

namespace wharf {

// Plain data; the defaults suit a busy loop on its own core.
struct IoUringOptions {
  // Largest `entries`.
  static constexpr uint32_t kMaxEntries = 262'144;
  // Largest `completion_factor`.
  static constexpr uint32_t kMaxCompletionFactor = 16;

  // Most operations in flight. The submission queue has at least two places
  // more (a cancel, the wake) up to 4,096, rounded up to a power of two.
  uint32_t entries = 256;

  // Completion queue places per entry. 2 holds every operation and a cancel's
  // acknowledgement for each. What does not fit is kept by the kernel, not
  // lost, at a higher price (fault row U-27).
  uint32_t completion_factor = 2;

  // SINGLE_ISSUER and DEFER_TASKRUN where the kernel has them (Linux 6.1):
  // completion work runs only inside Reap. Never together with sq_poll.
  bool defer_task_work = true;

  // Registers the ring's descriptor with the loop's thread (Linux 5.18), which
  // saves a look-up in every system call.
  bool register_ring = true;

  // Completions are polled for instead of interrupting. Only for O_DIRECT
  // reads and writes on devices with poll queues; the port then has no other
  // opcodes, no cancel, and Reap burns its core while something is in flight.
  bool io_poll = false;

  // A kernel thread submits; it goes to sleep after sq_poll_idle without work.
  bool sq_poll = false;
  std::chrono::milliseconds sq_poll_idle{1000};

  // Bit n set: Opcode(n) may be used, the kernel refuses everything else (ring
  // restrictions; fault row U-36). 0: no restriction. The port adds for itself
  // what its wake and its cancel need.
  uint64_t allowed_opcodes = 0;

  // Longest time that Close waits for cancelled operations to come back.
  Duration close_grace = std::chrono::seconds(5);

  // How long the kernel may answer EAGAIN, ENOMEM or EBUSY to every call with
  // nothing moving at all before the port gives up with a fatal Status (fault
  // row U-26).
  Duration enter_failure_grace = std::chrono::seconds(10);
};

// OK, or INVALID_ARGUMENT that names the field, its value, the limit and what
// to do about it.
absl::Status ValidateIoUringOptions(const IoUringOptions& options);

}  // namespace wharf

#endif  // WHARF_BACKENDS_IO_URING_OPTIONS_H_
