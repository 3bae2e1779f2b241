// CompletionPort: the seam. Everything the engine knows of a kernel goes
// through these seven methods; io_uring, Linux AIO, IOCP and the simulated
// kernel implement them, and one conformance suite holds them all to this text.
//
// Threads: all methods belong to the loop thread (the one that calls Reap),
// except Wake. Nothing here runs user code.

#ifndef WHARF_ENGINE_PORT_H_
#define WHARF_ENGINE_PORT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/capabilities.h"
#include "engine/operation.h"
#include "engine/time.h"

namespace wharf {

// How long a Reap may sleep when no completion is there.
struct Wait {
  // Reap returns when the port's clock reaches this; kNever waits until there
  // is a completion or a Wake, Time::min() does not sleep at all.
  Time until = Time::min();

  // Collect what is there, do not sleep.
  static constexpr Wait None() { return Wait{Time::min()}; }
  // Sleep no longer than until `time` (absolute, on the port's clock).
  static constexpr Wait Until(Time time) { return Wait{time}; }
  // Sleep until something happens.
  static constexpr Wait Forever() { return Wait{kNever}; }
};

// What Close could not bring back.
struct CloseReport {
  // Operations accepted whose completion has not come and which the kernel may
  // still be executing, in any order. Their memory and handles must never be
  // freed or reused (guarantee G12). Every other accepted operation is over.
  std::vector<OperationId> operations_left;
};

// An interface to one kernel's completion queue.
class CompletionPort {
 public:
  // Requires that Close was called. A port that was not closed closes itself.
  virtual ~CompletionPort() = default;

  // What this port has. Constant for the port's life; never lies.
  virtual const PortCapabilities& Capabilities() const = 0;

  // Takes a prefix of `operations`, in order, and returns how many. A short
  // count (0 included) is backpressure, not an error: the rest can be offered
  // again after the next Reap; a port with nothing in flight or staged takes at
  // least one. From acceptance until its terminal completion the port may use
  // the operation's memory and handle. Each accepted operation yields exactly
  // one terminal Completion, also when the kernel refuses it at submission.
  // May or may not reach the kernel before the next Reap. Completes nothing
  // inside the call, never sleeps.
  virtual std::size_t Submit(std::span<const Operation> operations) = 0;

  // Asks the kernel to end the operation early. A request, not an order: the
  // operation's own completion still comes, with whatever result the kernel
  // gives (all bytes, some bytes, Error::kCancelled, another error), and only
  // that ends the operation. Always accepted, also when the kernel's queue is
  // full; asking twice, or for an identity that is not in flight, has no
  // effect. The kernel's acknowledgement is never reported.
  virtual void Cancel(OperationId id) = 0;

  // Flushes what is staged and writes up to completions.size() completions to
  // `completions`, in the order in which the kernel reported them; returns how
  // many. If none is there it sleeps as `wait` allows, in the same system call
  // as the flush where the kernel can. What the kernel does not take yet stays
  // staged for the next Reap, and this one then sleeps for a millisecond at
  // most (U-26, A-05). Returning 0 early is always allowed (spurious).
  // Transient answers of the queue itself (EINTR, EAGAIN, EBUSY, ETIME,
  // WAIT_TIMEOUT) are never an error. A non-OK Status is fatal: the port is
  // then dead, Submit takes nothing, and every later Reap repeats it.
  virtual absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                           Wait wait) = 0;

  // Ends the Reap in progress, or the next one if none is, early. The only
  // method for other threads. Several calls may be coalesced into one. Never
  // blocks, never fails visibly. Must not be called once Close has begun.
  virtual void Wake() = 0;

  // The port's monotonic clock, which never goes back.
  virtual Time Now() = 0;

  // Ends the port: cancels what can be cancelled, waits for it no longer than
  // the kernel makes it wait, and reports what is left. Completions that arrive
  // meanwhile are dropped (a handle that one carries is closed) and count as
  // brought back. A kClose that is brought back has closed its handle,
  // cancelled or not. Afterwards only Capabilities, Now and Close (which
  // repeats its report) may be called.
  virtual CloseReport Close() = 0;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_PORT_H_
