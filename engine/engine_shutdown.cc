// The end of an engine: drain, abandon, quarantine.

#include <algorithm>
#include <vector>

#include "engine/engine.h"
#include "engine/quarantine.h"

namespace wharf {

ShutdownReport Engine::Shutdown(const ShutdownOptions& options) {
  if (inside_turn_) return ShutdownReport{};
  if (shutdown_report_.has_value()) return *shutdown_report_;
  CloseAdmission();
  if (options.cancel_first) StopAll();
  Time end = kNever;
  if (options.budget.has_value()) {
    end = SaturatingAdd(port_->Now(), *options.budget);
  }
  while (live() > 0 && fatal_.ok()) {
    if (end != kNever && port_->Now() >= end) break;
    // Without a budget, what nothing can end is not waited for.
    if (end == kNever && IsStuck()) break;
    (void)Turn(Wait::Until(end));  // a fatal error is in fatal_
  }
  if (fatal_.ok() && live() > 0) {
    // What has completed or passed its deadline by now counts. Nothing more is
    // issued: it would only be left behind, and its memory quarantined.
    if (!wheel_.empty()) Expire();
    (void)CollectOnly(Wait::None());
  }
  if (!shutdown_report_.has_value()) shutdown_report_ = Abandon();
  return *shutdown_report_;
}

void Engine::CloseAdmission() {
  closed_ = true;
  local_limit_ = 0;
  if (inbox_ == nullptr) return;
  inbox_->Close();
  TakeRemote();
  remote_ever_ = false;  // nothing more can come: no need to arm
}

void Engine::StopAll() {
  for (uint32_t i = 0; i < table_.capacity(); ++i) {
    if (table_[i].state == WaiterState::kFree) continue;
    Cancel(table_[i].request_id);
  }
}

ShutdownReport Engine::Abandon() {
  const CloseReport closed = port_->Close();
  ShutdownReport report;
  for (const OperationId id : closed.operations_left) {
    Waiter* waiter = table_.FindInFlight(id);
    if (waiter == nullptr) continue;
    Request& request = waiter->request;
    Quarantine({.handle = std::move(request.handle),
                .buffer = std::move(request.buffer),
                .buffers = std::move(request.buffers),
                .vectors = std::move(waiter->vectors)});
    ++report.quarantined;
  }
  // They say that they are in flight, and will be counted off as such.
  const auto prepared = static_cast<uint32_t>(prepared_end_ - prepared_.get());
  in_flight_ += prepared;
  RemovePrepared(prepared_.get(), prepared);
  for (uint32_t i = 0; i < table_.capacity(); ++i) {
    Waiter& waiter = table_[i];
    if (waiter.state == WaiterState::kFree ||
        waiter.state >= WaiterState::kFinished) {
      continue;
    }
    Describe(waiter);  // it is no longer one that succeeds
    waiter.outcome =
        Outcome{.bytes = waiter.done, .kind = OutcomeKind::kAbandoned};
    if (waiter.state == WaiterState::kInFlight &&
        waiter.request.kind == RequestKind::kClose) {
      waiter.request.handle.Disown();  // the port has closed it
    }
    Finish(i);
    ++report.abandoned;
  }
  DeliverOnly();
  return report;
}

void Engine::Fail(const absl::Status& status) {
  fatal_ = status;
  CloseAdmission();
  shutdown_report_ = Abandon();
}

}  // namespace wharf
