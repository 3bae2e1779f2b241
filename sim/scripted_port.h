// ScriptedPort: a completion port whose kernel is the test. It does nothing by
// itself: the test (or a ScriptedPortHooks, or ScriptedChaos) says what
// completes, when, in which order and with what.
//
//   ScriptedPort port;
//   Engine engine(&port, ...);                // submits a read
//   OperationId id = port.in_flight()[0].id;
//   port.Complete(id, 100);                   // short
//   engine.Turn();
//   EXPECT_EQ(Describe(port.violations()), "");
//
// Supported: every opcode of engine/operation.h as a scripted answer, virtual
// time, backpressure, fatal and spurious Reaps, wake-ups from other threads,
// cancels with a policy or by hand, strict checks of what the engine does.
// Rejected: nothing; what the seam forbids is recorded in violations().
// Divergence from a real kernel: no data of its own, no handle table, and time
// moves only inside a Reap that sleeps.

#ifndef WHARF_SIM_SCRIPTED_PORT_H_
#define WHARF_SIM_SCRIPTED_PORT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/error.h"
#include "engine/port.h"
#include "sim/memory_guard.h"
#include "sim/violation.h"
#include "sim/virtual_clock.h"

namespace wharf::sim {

// Every opcode and feature, 16 vectors, 1024 operations in flight.
PortCapabilities AllCapabilities();

// What a Cancel does to an operation in flight, at once.
enum class CancelPolicy : uint8_t {
  kIgnore,  // nothing: only cancels() shows it; the test completes the target
  kWin,     // the target completes with Error::kCancelled
  kLose,    // the target completes in full, as if it had just finished
  kLate,    // the target completes with Error::kCancelled, but only
            // ScriptedPortOptions::late_cancel_delay later
};

// How a ScriptedPort starts. The pointers are borrowed and outlive the port.
struct ScriptedPortOptions {
  // Without a closer of its own it gets the port's, which only records.
  PortCapabilities capabilities = AllCapabilities();
  // Most operations that one Submit takes; never fewer than one when the port
  // is empty, as the seam demands.
  std::size_t max_accepted_per_submit = std::numeric_limits<std::size_t>::max();
  // A clock to share with others; null gives the port its own, at time 0.
  VirtualClock* clock = nullptr;
  CancelPolicy cancel_policy = CancelPolicy::kIgnore;
  Duration late_cancel_delay = std::chrono::milliseconds(1);
  // Keep checking all memory in the port's hands (MemoryGuard): what is sent
  // must not change, and what is received into is overwritten with garbage at
  // every Reap, up to the completion.
  bool guard_memory = true;
  // Record a violation when Close finds operations in flight.
  bool forbid_left_at_close = true;
};

// Called by a ScriptedPort at fixed points, on the loop thread. Every method
// may call the port's scripting methods, and none of its CompletionPort ones.
class ScriptedPortHooks {
 public:
  virtual ~ScriptedPortHooks() = default;
  // A Submit of `count` operations is about to be taken.
  virtual void BeforeSubmit(std::size_t count) { static_cast<void>(count); }
  // A Cancel for an operation in flight was recorded; comes after the policy.
  virtual void AfterCancel(OperationId id) { static_cast<void>(id); }
  // A Reap has begun; what was staged is now flushed.
  virtual void BeforeReap(Wait wait) { static_cast<void>(wait); }
  // A Reap found nothing and is about to sleep no longer than `until`: before
  // it looks for the next action. May complete something or schedule actions.
  virtual void BeforeSleep(Time until) { static_cast<void>(until); }
  // A terminal completion of `operation` is being delivered; data it read is in
  // place, and what it wrote can be read.
  virtual void OnDelivery(const Operation& operation,
                          const Completion& completion) {
    static_cast<void>(operation);
    static_cast<void>(completion);
  }
};

// The port. Scripting and inspection belong to the loop thread, like everything
// but Wake.
class ScriptedPort final : public CompletionPort {
 public:
  explicit ScriptedPort(ScriptedPortOptions options = {});
  ScriptedPort(const ScriptedPort&) = delete;
  ScriptedPort& operator=(const ScriptedPort&) = delete;
  // Closes if Close was not called.
  ~ScriptedPort() override;

  // CompletionPort: see engine/port.h. A Reap that may sleep and has nothing
  // moves the clock to the next action or to wait.until, whichever is first;
  // with neither it returns 0 and counts as stuck.
  const PortCapabilities& Capabilities() const override;
  std::size_t Submit(std::span<const Operation> operations) override;
  void Cancel(OperationId id) override;
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override;
  void Wake() override;
  Time Now() override;
  CloseReport Close() override;

  // --- Scripting -----------------------------------------------------------

  // Ends the operation: the next Reap with room delivers this completion after
  // those already queued. With kCompletionMore in `flags` it does not end it.
  // Any result may be given, also one that the operation cannot have. For an
  // operation that reads, what arrives is whatever garbage the guard last wrote
  // there (use CompleteWithBytes to say).
  void Complete(OperationId id, int64_t result, int32_t native_error = 0,
                uint32_t flags = 0);

  // Complete with a negated `error`; native_error is its value.
  void CompleteWithError(OperationId id, Error error);

  // Ends a read or receive with `bytes` (copied now), which reach the
  // operation's memory, over its vectors, when the completion is delivered, and
  // not before. The result is their number; more bytes than room is a kScript
  // violation and is cut.
  void CompleteWithBytes(OperationId id, std::span<const std::byte> bytes);

  // The bytes that a write or send in flight names, gathered over its vectors.
  // Empty if the id is not in flight or does not send.
  std::vector<std::byte> OutgoingBytes(OperationId id) const;

  // The next Reap, and every one after it, returns `status` (not OK): the port
  // is dead.
  void FailNextReap(absl::Status status);

  // The next `count` Reaps return 0 without sleeping, whatever is ready.
  void SkipReaps(std::size_t count) { skip_reaps_ += count; }

  // The next Submit takes no more than `count` operations (backpressure); zero
  // is honoured only while something is in flight or staged.
  void LimitNextSubmit(std::size_t count) { next_submit_limit_ = count; }

  // Runs `action` inside the first Reap that reaches `time` by sleeping, or
  // finds it passed. Actions of the same time run in the order of the calls.
  // May be called from within an action.
  void At(Time time, std::function<void()> action);

  // At(Now() + delay).
  void After(Duration delay, std::function<void()> action);

  // From now on, for Cancels to come.
  void SetCancelPolicy(CancelPolicy policy) { options_.cancel_policy = policy; }

  // Replaces the hooks; null removes them. Borrowed.
  void SetHooks(ScriptedPortHooks* hooks) { hooks_ = hooks; }

  // Called like ScriptedPortHooks::BeforeSleep, after it; for tests that need
  // only that.
  void OnIdle(std::function<void(Time until)> callback) {
    on_idle_ = std::move(callback);
  }

  // Writes garbage into all memory that operations in flight read into, and
  // checks the rest, as every Reap does; also possible after Close, for the
  // operations that were left (a real kernel may still write then).
  void TouchMemory();

  // --- Inspection ----------------------------------------------------------

  // Operations accepted and not flushed by a Reap yet, in order of acceptance.
  std::vector<Operation> staged() const;
  // Operations accepted (staged ones too) whose terminal completion was not
  // scripted yet, in order of acceptance.
  std::vector<Operation> in_flight() const;
  // The operation, if in_flight() has it.
  std::optional<Operation> Find(OperationId id) const;
  // All operations ever accepted, in order.
  const std::vector<Operation>& submitted() const { return submitted_; }
  // All identities ever passed to Cancel, in order, whether in flight or not.
  const std::vector<OperationId>& cancels() const { return cancels_; }
  // Completions scripted and not delivered yet.
  std::size_t undelivered() const { return ready_.size(); }
  // Calls of Submit.
  std::size_t submits() const { return submits_; }
  // Calls of Reap.
  std::size_t reaps() const { return reaps_; }
  // Calls of Reap that were to sleep for ever with nothing that could end it.
  std::size_t stuck_reaps() const { return stuck_reaps_; }
  // The `wait` of the latest Reap.
  Wait last_wait() const { return last_wait_; }
  // Calls of Wake. From any thread.
  std::size_t wakes() const { return wakes_.load(std::memory_order_relaxed); }
  // True if a Wake has not ended a Reap yet. From any thread.
  bool wake_pending() const { return wake_.load(std::memory_order_acquire); }
  // Handles closed through PortCapabilities::closer, in order, if that was left
  // to the port.
  const std::vector<NativeHandle>& closed_handles() const {
    return closed_handles_;
  }
  // True once Close was called.
  bool closed() const { return report_.has_value(); }
  // What went wrong so far, in order.
  const std::vector<Violation>& violations() const { return violations_; }
  // Forgets the violations so far, for tests that provoke them.
  void ClearViolations() { violations_.clear(); }
  // The port's clock, to be moved by the test.
  VirtualClock& clock() { return *clock_; }

 private:
  // An accepted operation, until its terminal completion is delivered.
  struct Entry {
    Operation operation;
    MemoryGuard guard = {};
    bool staged = true;
    bool completed = false;  // The terminal completion is in ready_.
    bool late_cancel = false;
  };
  struct Ready {
    Completion completion;
    std::vector<std::byte> bytes;
  };
  struct Action {
    Time time;
    uint64_t order;
    std::function<void()> run;
  };

  Entry* FindEntry(OperationId id);
  const Entry* FindEntry(OperationId id) const;
  void Violate(ViolationKind kind, OperationId id, std::string message);
  void Check(const Operation& operation);
  void Queue(OperationId id, Completion completion,
             std::vector<std::byte> bytes);
  std::size_t Deliver(std::span<Completion> completions);
  void RunDueActions();

  ScriptedPortOptions options_;
  VirtualClock own_clock_;
  VirtualClock* clock_;
  ScriptedPortHooks* hooks_ = nullptr;
  std::function<void(Time)> on_idle_;

  std::vector<Entry> entries_;  // In order of acceptance.
  std::deque<Ready> ready_;
  std::vector<Action> actions_;  // A heap, the earliest first.
  uint64_t action_order_ = 0;

  std::vector<Operation> submitted_;
  std::vector<OperationId> cancels_;
  std::vector<NativeHandle> closed_handles_;
  std::vector<Violation> violations_;
  std::optional<std::size_t> next_submit_limit_;
  std::size_t skip_reaps_ = 0;
  std::size_t submits_ = 0;
  std::size_t reaps_ = 0;
  std::size_t stuck_reaps_ = 0;
  Wait last_wait_;
  absl::Status fatal_;  // Not OK once the port is to die.
  bool dead_ = false;   // A Reap has returned fatal_.
  std::optional<CloseReport> report_;

  std::atomic<bool> wake_ = false;
  std::atomic<std::size_t> wakes_ = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCRIPTED_PORT_H_
