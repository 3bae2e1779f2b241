// Progress: what a request wants from the kernel next, and what a completion
// means for it. Pure functions over one waiter; the tables of
// docs/contract.md ("Progress") are this file in prose. Knows no queue, no
// deadline and no port.

#ifndef WHARF_ENGINE_PROGRESS_H_
#define WHARF_ENGINE_PROGRESS_H_

#include <cstdint>

#include "absl/base/optimization.h"
#include "engine/capabilities.h"
#include "engine/operation.h"
#include "engine/outcome.h"
#include "engine/waiter_table.h"

namespace wharf {

// What a completion makes of its request.
enum class ProgressStep : uint8_t {
  kFinished,  // waiter.outcome holds the outcome
  kContinue,  // the request wants another operation
};

// Prepares a fresh waiter, which holds its request, for its first operation:
// sets waiter.kind and waiter.detail, finds how much there is to do, and how
// a durable write will be made durable. Returns kFinished, with kOk, if there
// is nothing to do at all (guarantee G15: zero-length requests take no
// operation).
ProgressStep BeginProgress(Waiter& waiter, const PortCapabilities& port);

// The next operation of the request, within the port's limits. Its memory is
// the request's own. Advances waiter.operation_id and sets waiter.asked, but
// no other state.
inline Operation NextOperation(Waiter& waiter, const PortCapabilities& port);
// The same, in place: every field of `operation` is written.
inline void FillNextOperation(Waiter& waiter, const PortCapabilities& port,
                              Operation& operation);

// Judges the terminal completion of the operation in flight. Rules, in order:
// a transient answer (kInterrupted, kWouldBlock) means another try, unless a
// stop was asked for or `max_transient_retries` are used up; kCancelled is the
// stop's outcome if a stop was asked for, and an error otherwise (G13); another
// error ends the request; bytes count always (G3); a completion that finishes
// the request wins over a stop (G4); after a stop nothing further is issued
// (G5).
inline ProgressStep JudgeCompletion(Waiter& waiter,
                                    const Completion& completion,
                                    const PortCapabilities& port,
                                    uint32_t max_transient_retries);

// The outcome of a request that ends without a completion of its own because
// it was asked to stop. Requires waiter.stop != kNone.
Outcome StopOutcome(const Waiter& waiter);

namespace internal_progress {

// The same for everything but a nop.
void FillOperation(Waiter& waiter, const PortCapabilities& port,
                   Operation& operation);
ProgressStep Judge(Waiter& waiter, const Completion& completion,
                   const PortCapabilities& port,
                   uint32_t max_transient_retries);

}  // namespace internal_progress

inline void FillNextOperation(Waiter& waiter, const PortCapabilities& port,
                              Operation& operation) {
  const OperationId id = waiter.operation_id.Next();
  waiter.operation_id = id;
  operation = Operation{.id = id};
  if (waiter.detail != WaiterDetail::kPlainNop) {
    internal_progress::FillOperation(waiter, port, operation);
  }
}

inline Operation NextOperation(Waiter& waiter, const PortCapabilities& port) {
  Operation operation;
  FillNextOperation(waiter, port, operation);
  return operation;
}

inline ProgressStep JudgeCompletion(Waiter& waiter,
                                    const Completion& completion,
                                    const PortCapabilities& port,
                                    uint32_t max_transient_retries) {
  if (waiter.detail == WaiterDetail::kPlainNop && completion.result >= 0) {
    return ProgressStep::kFinished;  // the outcome is kOk already
  }
  Describe(waiter);
  return internal_progress::Judge(waiter, completion, port,
                                  max_transient_retries);
}

}  // namespace wharf

#endif  // WHARF_ENGINE_PROGRESS_H_
