#include <algorithm>
#include <chrono>

#include "backends/io_uring/port.h"
#include "backends/io_uring/prepare.h"

namespace wharf {

using posix::InFlight;

namespace {

// How long to wait before a cancel that was not taken is asked for again, the
// first time and at most.
constexpr Duration kFirstAskAgain = std::chrono::milliseconds(1);
constexpr Duration kLastAskAgain = std::chrono::milliseconds(64);

}  // namespace

void IoUringPort::Cancel(OperationId id) {
  if (state_ != State::kOpen || !capabilities_.HasFeatures(kFeatureCancel)) {
    return;
  }
  InFlight* entry = in_flight_.Find(id);
  if (entry == nullptr || entry->Has(InFlight::kCancelAsked)) {
    return;
  }
  entry->Note(InFlight::kCancelAsked);
  if (entry->Has(InFlight::kCancelQueued)) return;
  // The last place is the wake's.
  if (queued_cancels_.empty() && Room() > 1) {
    uring::PrepareCancel(id, NextEntry());
    if (Has(IORING_SETUP_SQPOLL)) Publish();
    return;
  }
  entry->Note(InFlight::kCancelQueued);
  QueueCancel(id);
}

void IoUringPort::QueueCancel(OperationId id) {
  urgent_ = true;
  if (queued_cancels_.size() == options_.entries) {
    // Some belong to operations that have ended meanwhile. Those in flight are
    // fewer than `entries`, for this one is not among them yet.
    std::erase_if(queued_cancels_, [this](OperationId queued) {
      return in_flight_.Find(queued) == nullptr;
    });
  }
  queued_cancels_.push_back(id);
}

// Returns when Reap has to be back at the latest.
Time IoUringPort::AskAgain(Time until) {
  std::erase_if(refused_cancels_, [this](OperationId id) {
    return in_flight_.Find(id) == nullptr;
  });
  if (refused_cancels_.empty()) {
    ask_again_at_ = kNever;
    ask_again_after_ = Duration(0);
    return until;
  }
  const Time now = Now();
  if (ask_again_at_ == kNever) {
    ask_again_after_ =
        std::clamp(ask_again_after_ * 2, kFirstAskAgain, kLastAskAgain);
    ask_again_at_ = SaturatingAdd(now, ask_again_after_);
  }
  if (now < ask_again_at_) return std::min(until, ask_again_at_);
  ask_again_at_ = kNever;
  for (const OperationId id : refused_cancels_) {
    InFlight* entry = in_flight_.Find(id);
    if (entry->Has(InFlight::kCancelQueued)) continue;
    entry->Note(InFlight::kCancelQueued);
    QueueCancel(id);
  }
  refused_cancels_.clear();
  return until;
}

void IoUringPort::StageUrgent() {
  if (wake_.NeedsArm() && Room() > 0) wake_.Arm(NextEntry());
  std::size_t staged = 0;
  for (; staged < queued_cancels_.size() && Room() > 1; ++staged) {
    InFlight* entry = in_flight_.Find(queued_cancels_[staged]);
    if (entry == nullptr) continue;
    entry->Unnote(InFlight::kCancelQueued);
    uring::PrepareCancel(queued_cancels_[staged], NextEntry());
  }
  queued_cancels_.erase(
      queued_cancels_.begin(),
      queued_cancels_.begin() + static_cast<std::ptrdiff_t>(staged));
  StageAccepts();
  urgent_ = wake_.NeedsArm() || !queued_cancels_.empty() || !again_.empty();
}

bool IoUringPort::FlushUrgent() {
  StageUrgent();
  while (urgent_) {
    const unsigned before = Load(sq_head_);
    const unsigned wait_for_room =
        Has(IORING_SETUP_SQPOLL) ? unsigned{IORING_ENTER_SQ_WAIT} : 0;
    if (!Enter(wait_for_room, Time::min())) return false;
    if (Load(sq_head_) == before) return true;  // the next Reap tries again
    StageUrgent();
  }
  return true;
}

}  // namespace wharf
