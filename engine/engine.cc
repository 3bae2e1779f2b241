// The life of a request: admission, stopping, finishing, delivery. The turn
// itself is in engine_turn.cc, the end of the engine in engine_shutdown.cc.

#include "engine/engine.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "engine/validate.h"

namespace wharf {

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(
    std::unique_ptr<CompletionPort> port, const EngineOptions& options) {
  if (port == nullptr) {
    return absl::InvalidArgumentError(
        "Engine::Create: the port is null; open a backend first");
  }
  absl::Status valid = ValidateOptions(options);
  if (!valid.ok()) return valid;
  return std::unique_ptr<Engine>(new Engine(std::move(port), options));
}

// One slot more than may be live: the one whose callback is running, so that it
// can submit its successor.
Engine::Engine(std::unique_ptr<CompletionPort> port,
               const EngineOptions& options)
    : options_(options),
      port_(std::move(port)),
      capabilities_(port_->Capabilities()),
      in_flight_limit_(
          std::min(options.in_flight_capacity, capabilities_.max_in_flight)),
      table_(options.max_requests + options.max_remote_requests + 1),
      wheel_(options.max_requests + options.max_remote_requests + 1),
      tick_clock_(port_->Now(), options.tick),
      prepared_(std::make_unique<Operation[]>(kPrepared)),
      prepared_end_(prepared_.get()),
      prepared_limit_(prepared_.get() + kPrepared),
      finished_(
          std::make_unique<Waiter*[]>(std::size_t{2} * table_.capacity())),
      local_limit_(options.max_requests) {
  if (options.max_remote_requests > 0) {
    inbox_ = std::make_shared<Inbox>(options.max_remote_requests, port_.get());
  }
}

Engine::~Engine() { Shutdown({.budget = Duration::zero()}); }

absl::Status Engine::CheckAdmission(Request& request) {
  if (local_live_ < local_limit_ &&
      IsValidPlainTransfer(request, capabilities_)) {
    return absl::OkStatus();
  }
  absl::Status status;
  if (closed_) {
    status = absl::FailedPreconditionError(
        fatal_.ok() ? "the engine is shut down; the request stays with you"
                    : absl::StrCat("the port is dead: ", fatal_.message()));
  } else if (local_live_ >= local_limit_) {
    status = absl::ResourceExhaustedError(absl::StrCat(
        "EngineOptions::max_requests (", options_.max_requests,
        ") are live; submit again when one has ended, use AwaitRoom, or raise "
        "the limit"));
  } else {
    status = Validate(request, capabilities_);
  }
  if (!status.ok()) ++stats_.refused;
  return status;
}

absl::StatusOr<RequestId> Engine::AdmitOther(Request& request) {
  absl::Status refusal = CheckAdmission(request);
  if (ABSL_PREDICT_FALSE(!refusal.ok())) return refusal;
  ++local_live_;
  return Admit(table_.Allocate(), std::move(request));
}

RequestId Engine::Admit(uint32_t index, Request&& request) {
  Waiter& waiter = table_[index];
  // Over a plain nop, which owns nothing that would have to be destroyed.
  std::construct_at(&waiter.request, std::move(request));
  if (BeginProgress(waiter, capabilities_) == ProgressStep::kFinished) {
    FinishUnlisted(index);
    return waiter.request_id;
  }
  if (waiter.kind == RequestKind::kSleep) {
    waiter.state = WaiterState::kSleeping;
  } else {
    QueueFresh(index);
  }
  if (waiter.request.deadline != kNever) {
    StartTimer(waiter, waiter.request.deadline);
  }
  return waiter.request_id;
}

RequestId Engine::AdmitRemote(uint32_t cell, Request&& request,
                              ResultCallback&& callback) {
  const uint32_t index = table_.Allocate();
  Waiter& waiter = table_[index];
  waiter.callback = std::move(callback);
  waiter.remote_cell = cell;
  ++remote_live_;
  return Admit(index, std::move(request));
}

void Engine::HandleRemoteCommand(RequestId id, RemoteCommand command) {
  if (command == RemoteCommand::kCancel) {
    Cancel(id);
  } else {
    Drop(id);
  }
}

void Engine::TakeRemote() {
  inbox_->Drain(
      [this](uint32_t cell, Request&& request, ResultCallback&& callback) {
        return AdmitRemote(cell, std::move(request), std::move(callback));
      },
      [this](RequestId id, RemoteCommand command) {
        HandleRemoteCommand(id, command);
      });
}

Submitter Engine::MakeSubmitter() {
  remote_ever_ = true;
  return Submitter(inbox_);
}

bool Engine::Cancel(RequestId id) {
  Waiter* waiter = table_.Find(id);
  if (waiter == nullptr || waiter->stop != StopReason::kNone ||
      waiter->state >= WaiterState::kFinished) {
    return false;
  }
  Stop(id.index(), StopReason::kCancel);
  return true;
}

bool Engine::Drop(RequestId id) {
  Waiter* waiter = table_.Find(id);
  if (waiter == nullptr || waiter->dropped ||
      waiter->state == WaiterState::kDelivering) {
    return false;
  }
  waiter->dropped = true;
  const DropPolicy policy = waiter->request.on_drop;
  // Last, because destroying what the callback captured may call back in.
  ResultCallback callback = std::move(waiter->callback);
  if (policy == DropPolicy::kCancel) Cancel(id);
  return true;
}

void Engine::Stop(uint32_t index, StopReason reason) {
  Waiter& waiter = table_[index];
  waiter.stop = reason;
  Describe(waiter);
  if (waiter.state == WaiterState::kInFlight) {
    if (has_prepared() && TakeBackPrepared(waiter.operation_id)) {
      waiter.outcome = StopOutcome(waiter);
      FinishUnlisted(index);
      return;
    }
    ++stats_.cancels;
    port_->Cancel(waiter.operation_id);
    return;
  }
  waiter.outcome = StopOutcome(waiter);
  Finish(index);
}

void Engine::Finish(uint32_t index) {
  const WaiterState state = table_[index].state;
  if (state == WaiterState::kQueued) fresh_.Remove(table_, index);
  if (state == WaiterState::kReady) ready_.Remove(table_, index);
  if (state == WaiterState::kReady || state == WaiterState::kInFlight) {
    --in_flight_;
  }
  FinishUnlisted(index);
}

void Engine::StartTimer(Waiter& waiter, Time deadline) {
  waiter.has_timer = true;
  wheel_.Schedule(waiter.request_id.index(),
                  tick_clock_.DeadlineTick(deadline));
}

void Engine::RemoveTimer(uint32_t index) {
  table_[index].has_timer = false;
  wheel_.Remove(index);
}

void Engine::DeliverDescribed(Waiter& waiter) {
  Describe(waiter);  // a plain one may have been dropped
  waiter.state = WaiterState::kDelivering;
  const uint32_t cell = waiter.remote_cell;
  --(cell == kNoWaiter ? local_live_ : remote_live_);
  ++stats_.outcomes[static_cast<int>(waiter.outcome.kind)];
  result_.id = waiter.request_id;
  result_.outcome = waiter.outcome;
  FillResult(waiter);
  if (!waiter.dropped) {
    waiter.callback(std::move(result_));
    waiter.callback.Reset();
  }
  EmptyResult();
  table_.Release(waiter);
  if (cell != kNoWaiter) inbox_->Release(cell);
}

void Engine::FillResult(Waiter& waiter) {
  if (MakesHandle(waiter.kind) && waiter.outcome.ok()) {
    result_.handle = std::move(waiter.request.handle);
  } else {
    waiter.request.handle.Reset();
  }
  result_.buffer = std::move(waiter.request.buffer);
  if (!waiter.request.buffers.empty()) {
    result_.buffers = std::move(waiter.request.buffers);
  }
}

void Engine::EmptyResult() {
  result_.buffer.Reset();
  if (!result_.buffers.empty()) result_.buffers.clear();
  result_.handle.Reset();
}

bool Engine::AwaitRoom(RoomWaiter* waiter) {
  if (closed_) return false;
  waiter->waiting_ = true;
  waiter->next_ = nullptr;
  waiter->previous_ = room_back_;
  (room_back_ == nullptr ? room_front_ : room_back_->next_) = waiter;
  room_back_ = waiter;
  return true;
}

void Engine::ForgetRoomWaiter(RoomWaiter* waiter) {
  if (!waiter->waiting_) return;
  waiter->waiting_ = false;
  (waiter->previous_ == nullptr ? room_front_ : waiter->previous_->next_) =
      waiter->next_;
  (waiter->next_ == nullptr ? room_back_ : waiter->next_->previous_) =
      waiter->previous_;
}

void Engine::TellRoomWaiters() {
  // Each may submit one request, or none; never more than there were places,
  // so that one that submits nothing cannot keep the turn going.
  uint32_t places = closed_ ? ~uint32_t{0} : local_limit_ - local_live_;
  while (room_front_ != nullptr && places > 0 &&
         (closed_ || local_live_ < local_limit_)) {
    --places;
    RoomWaiter* waiter = room_front_;
    ForgetRoomWaiter(waiter);
    waiter->OnRoom();
  }
}

}  // namespace wharf
