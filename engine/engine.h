// Engine: the state machine. It takes requests, turns them into operations on a
// CompletionPort, and ends each with exactly one Result. It is pure: no system
// call, thread, clock or randomness of its own, so on the simulated kernel the
// same choices give the same run (guarantee G18).
//
//   absl::StatusOr<std::unique_ptr<Engine>> engine =
//       Engine::Create(std::move(port), EngineOptions{});
//   (*engine)->Submit(Request::Read(file, Buffer::Allocate(4096), {.offset =
//   0}),
//                     [](Result&& result) { Use(result.buffer.bytes()); });
//   (*engine)->RunUntilIdle();
//
// Anatomy of a turn: take what other threads sent; expire deadlines; stage
// operations (continuing requests first, then fresh ones, each in order, up to
// the limits); flush them and wait, in one call to the port; judge all
// completions; then run the callbacks. A callback may submit, cancel and drop.
//
// docs/contract.md states the guarantees G1 to G18 that this class keeps.

#ifndef WHARF_ENGINE_ENGINE_H_
#define WHARF_ENGINE_ENGINE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/engine_options.h"
#include "engine/engine_stats.h"
#include "engine/inbox.h"
#include "engine/port.h"
#include "engine/progress.h"
#include "engine/request.h"
#include "engine/submitter.h"
#include "engine/tick_clock.h"
#include "engine/timer_wheel.h"
#include "engine/validate.h"
#include "engine/waiter_table.h"

namespace wharf {

// How Engine::Shutdown goes about it.
struct ShutdownOptions {
  // Time for live requests to end by themselves, from the call on; nothing
  // means as long as it takes, until only sleeps without an end are left. Zero
  // abandons at once. Deadlines go on firing meanwhile.
  std::optional<Duration> budget = std::nullopt;
  // Cancel every live request first instead of letting it run.
  bool cancel_first = false;
};

// What Engine::Shutdown could not finish.
struct ShutdownReport {
  // Requests that ended with kAbandoned.
  uint64_t abandoned = 0;
  // Those of them whose memory and handle are kept for ever, because the
  // kernel may still use them.
  uint64_t quarantined = 0;
};

// Told when an engine that was full has room again. Intrusive: the object must
// stay where it is until it was told or removed itself.
class RoomWaiter {
 public:
  virtual ~RoomWaiter() = default;
  // Runs on the loop thread, inside Engine::Turn; one submission will fit. May
  // do what a ResultCallback may. Also called, once, when the engine shuts
  // down; a submission is then refused with FAILED_PRECONDITION.
  virtual void OnRoom() = 0;

 private:
  friend class Engine;
  RoomWaiter* next_ = nullptr;
  RoomWaiter* previous_ = nullptr;
  bool waiting_ = false;
};

// One engine, one loop thread: every method belongs to the thread that runs the
// turns, except where a Submitter is used. Not movable.
class Engine {
 public:
  // An engine on `port`, which it owns from here on. INVALID_ARGUMENT if an
  // option is out of its limits. Allocates all that it will need.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Engine>> Create(
      std::unique_ptr<CompletionPort> port, const EngineOptions& options);

  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Shuts down with a budget of zero if Shutdown was not called: callbacks of
  // live requests run here, with kAbandoned. Must not run inside a callback.
  ~Engine();

  // Admits a request; `callback` (a callable taking Result&&) is told its end,
  // once, on this thread, in a later turn (guarantee G1); it must not be empty.
  // Until then buffers and handle belong to the engine (G2). On failure nothing
  // was taken, the request stays with the caller: RESOURCE_EXHAUSTED
  // (EngineOptions::max_requests are live; see AwaitRoom), INVALID_ARGUMENT
  // (names the value and the limit), UNIMPLEMENTED (names the capability that
  // the port lacks), FAILED_PRECONDITION (shut down, or the port is dead: see
  // status()). Does not allocate when it succeeds.
  template <class F>
  [[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE absl::StatusOr<RequestId> Submit(
      Request&& request, F&& callback) {
    // Inlined for what most requests are: what the caller's own code says of
    // the request (its kind, no deadline, the whole buffer) then costs nothing.
    if (ABSL_PREDICT_TRUE(CanPrepare(request))) {
      Waiter& waiter = Prepare(request);
      waiter.callback.EmplaceIntoEmpty(std::forward<F>(callback));
      return waiter.request_id;
    }
    // In a place of its own, so that nothing above needs the address of
    // `request` and its parts can stay in registers.
    const bool is_nop = request.IsPlainNop();
    Request held = is_nop ? Request::Nop() : std::move(request);
    absl::StatusOr<RequestId> id = AdmitOther(held);
    if (ABSL_PREDICT_TRUE(id.ok())) {
      table_[id->index()].callback.EmplaceIntoEmpty(std::forward<F>(callback));
    } else if (!is_nop) {
      request = std::move(held);
    }
    return id;
  }

  // Asks for the request to end early. Its outcome still comes, once: kOk if it
  // was complete all the same (G4), kCancelled otherwise. True if the request
  // is live and nothing had stopped it before. Never affects another request,
  // whatever the id's age (G9).
  bool Cancel(RequestId id);

  // The caller goes away: the callback is destroyed without being called, and
  // the request is cancelled or runs on by its DropPolicy (G16). True if the
  // request was live and not dropped before.
  bool Drop(RequestId id);

  // Puts `waiter` behind all others that wait for room. Requires that it does
  // not wait already. If there is room now it is told in the next turn. False,
  // and nothing done, if the engine is shut down: there will be no room.
  bool AwaitRoom(RoomWaiter* waiter);
  // True if somebody waits for room.
  bool has_room_waiters() const { return room_front_ != nullptr; }
  // Takes it out again; no effect if it does not wait.
  void ForgetRoomWaiter(RoomWaiter* waiter);

  // One turn. Sleeps no longer than `limit`, and not at all if there is
  // something to do or nothing to wait for. OK, or the port's fatal error: all
  // requests have then had their outcome (G11). FAILED_PRECONDITION inside a
  // callback or after Shutdown.
  absl::Status Turn(Wait limit);

  // Turns until no request is live. FAILED_PRECONDITION if nothing but sleeps
  // without an end is left, which only a cancel could finish.
  absl::Status RunUntilIdle();

  // Turns until no request is live and no Submitter exists. Fails as
  // RunUntilIdle does.
  absl::Status Run();

  // Ends the engine (G12): refuses new requests, takes in those already handed
  // over, turns until all have ended or the budget is used up, abandons the
  // rest, and closes the port. Callbacks run inside. Further calls return the
  // first one's report. Inside a callback it does nothing and reports zeros.
  ShutdownReport Shutdown(const ShutdownOptions& options = {});

  // A way in for other threads. Requires EngineOptions::max_remote_requests >
  // 0.
  [[nodiscard]] Submitter MakeSubmitter();

  // The port's clock, for computing deadlines.
  Time Now() { return port_->Now(); }
  // What the port has.
  const PortCapabilities& capabilities() const { return capabilities_; }
  // OK, or why the port died.
  const absl::Status& status() const { return fatal_; }
  // Requests whose outcome was not delivered yet.
  uint64_t live() const { return local_live_ + remote_live_; }
  // Requests in the kernel's hands or on their way there.
  uint32_t in_flight() const { return in_flight_; }
  // Counters.
  const EngineStats& stats() const { return stats_; }

 private:
  Engine(std::unique_ptr<CompletionPort> port, const EngineOptions& options);

  // True if the request is plain and nothing wrong with it, it may be admitted,
  // and nobody is before it but others like it: then Prepare may have it.
  bool CanPrepare(Request& request) const {
    if (prepared_end_ >= prepared_limit_ || local_live_ >= local_limit_) {
      return false;
    }
    if (request.IsPlainNop()) return capabilities_.Has(Opcode::kNop);
    // A length of zero wraps round, and is none either.
    return IsValidPlainTransfer(request, capabilities_) &&
           request.length - 1 < capabilities_.max_operation_bytes;
  }
  // The whole of an admission but for the callback. The operation is written
  // where the next turn offers it from.
  Waiter& Prepare(Request& request) {
    Waiter& waiter = table_[table_.Allocate()];
    const OperationId id = waiter.operation_id.Next();
    waiter.operation_id = id;
    Operation* const operation = prepared_end_++;
    ++local_live_;
    if (request.kind == RequestKind::kNop) {
      // A free slot's request is a plain nop already.
      *operation = Operation{.id = id};
      SetExactly(waiter, WaiterState::kInFlight, WaiterDetail::kPlainNop);
      return waiter;
    }
    *operation = Operation{
        .id = id,
        .handle = request.handle.native(),
        .offset = request.offset,
        .data = request.buffer.data() + request.buffer_offset,
        .length = request.length,
        .opcode = PlainTransferOpcode(request.kind),
    };
    waiter.request.TakePlainTransfer(request);
    SetExactly(waiter, WaiterState::kInFlight, WaiterDetail::kPlainTransfer);
    if (request.deadline != kNever) StartTimer(waiter, request.deadline);
    return waiter;
  }
  // The same for every request; one that is refused stays as it is.
  absl::StatusOr<RequestId> AdmitOther(Request& request);
  absl::Status CheckAdmission(Request& request);
  // The waiter is counted: gives it its request and its place.
  RequestId Admit(uint32_t index, Request&& request);
  RequestId AdmitRemote(uint32_t cell, Request&& request,
                        ResultCallback&& callback);
  void QueueFresh(uint32_t index) {
    table_[index].state = WaiterState::kQueued;
    fresh_.PushBack(table_, index);
    prepared_limit_ = prepared_.get();
  }
  bool has_prepared() const { return prepared_end_ != prepared_.get(); }
  void HandleRemoteCommand(RequestId id, RemoteCommand command);
  void TakeRemote();

  // Why there can be no turn.
  absl::Status RefuseTurn() const;

  // Ends the wait of a request that was asked to stop: at once where the kernel
  // has no operation of it, with a cancel where it has.
  void Stop(uint32_t index, StopReason reason);
  void Expire();
  void OnExpired(uint32_t index);

  void Stage();
  // Offers the prepared operations. False if the port took fewer than offered.
  bool StagePrepared();
  // Takes an operation back out of prepared_. False if the port has it already.
  bool TakeBackPrepared(OperationId id);
  void RemovePrepared(Operation* first, uint32_t count);
  // Notes what the port took of what it was offered. False if not everything.
  bool NoteStaged(uint32_t offered, uint32_t taken, bool fresh);
  // Offers operations from the front of `list` to the port; `fresh` ones count
  // against the capacity. False if the port took fewer than offered.
  bool StageFrom(WaiterList& list, bool fresh);
  bool HasWork() const;
  // True if live requests are left, but nothing that could end one.
  bool IsStuck() const;
  Wait SleepLimit(Wait limit) const;
  // The second half of a turn: flushes, waits, judges and delivers.
  absl::Status Collect(Wait limit);
  absl::Status Reap(Wait limit, std::size_t& count);
  void Judge(std::span<const Completion> completions);
  // The same for one completion. True if its request has ended; it is then the
  // caller's to count, and to add to finished_.
  bool JudgeDescribed(Waiter& waiter, const Completion& completion);
  // Halves of a turn, for an engine that ends.
  absl::Status CollectOnly(Wait limit);
  void DeliverOnly();

  // Takes a live waiter, whose outcome is set, off its list and its timer.
  void Finish(uint32_t index);
  // The same for one on no list: in flight, sleeping, or just admitted.
  void FinishUnlisted(uint32_t index) {
    Waiter& waiter = table_[index];
    if (waiter.has_timer) RemoveTimer(index);
    waiter.state = WaiterState::kFinished;
    finished_[finished_count_++] = &waiter;
  }
  void StartTimer(Waiter& waiter, Time deadline);
  void RemoveTimer(uint32_t index);
  void Deliver();
  void DeliverPlainNop(Waiter& waiter);
  void DeliverPlainTransfer(Waiter& waiter);
  void DeliverDescribed(Waiter& waiter);
  // Moves what the request owns into result_, and drops what is left there.
  void FillResult(Waiter& waiter);
  void EmptyResult();
  void TellRoomWaiters();

  void CloseAdmission();
  void StopAll();
  ShutdownReport Abandon();
  void Fail(const absl::Status& status);

  const EngineOptions options_;
  const std::unique_ptr<CompletionPort> port_;
  const PortCapabilities capabilities_;
  const uint32_t in_flight_limit_;

  WaiterTable table_;
  TimerWheel wheel_;
  const TickClock tick_clock_;
  std::shared_ptr<Inbox> inbox_;  // null if there can be no Submitter
  // Completions collected in one turn. More wait in the port for the next one,
  // so that a turn, and with it the lateness of a deadline, stays bounded.
  static constexpr uint32_t kReapBatch = 64;
  std::array<Completion, kReapBatch> completions_;
  // Operations offered to the port in one call.
  static constexpr uint32_t kStageBatch = 32;
  std::array<Operation, kStageBatch> operations_;

  // Operations of plain requests that come before everything in fresh_, in
  // order. Their waiters say kInFlight already, so that staging need not touch
  // them.
  static constexpr uint32_t kPrepared = 256;
  std::unique_ptr<Operation[]> prepared_;
  Operation* prepared_end_;
  // The end of the places; their beginning while something is in fresh_, for
  // what comes now is behind that.
  Operation* prepared_limit_;
  WaiterList fresh_;
  WaiterList ready_;
  // Requests with an outcome, in the order in which they got it; the first
  // finished_count_ places are taken. Two places per slot: while one batch is
  // delivered, its slots may finish new requests.
  std::unique_ptr<Waiter*[]> finished_;
  // Requests not delivered yet, by where they came from.
  uint32_t local_live_ = 0;
  uint32_t remote_live_ = 0;
  // max_requests, or 0 when nothing is admitted any more.
  uint32_t local_limit_;
  uint32_t finished_count_ = 0;
  // Requests admitted to the kernel's side: in flight or ready for more.
  uint32_t in_flight_ = 0;
  // Operations that the port has.
  uint32_t issued_ = 0;
  bool port_full_ = false;
  bool remote_ever_ = false;

  RoomWaiter* room_front_ = nullptr;
  RoomWaiter* room_back_ = nullptr;

  // Handed to callbacks one after the other; empty in between.
  Result result_;
  bool inside_turn_ = false;
  bool closed_ = false;
  std::optional<ShutdownReport> shutdown_report_;
  absl::Status fatal_;
  EngineStats stats_;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_ENGINE_H_
