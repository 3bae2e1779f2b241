#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "backends/io_uring/port.h"
#include "backends/io_uring/prepare.h"

namespace wharf {
namespace {

// How long one round waits before everything is cancelled once more.
constexpr Duration kRound = std::chrono::milliseconds(20);

}  // namespace

CloseReport IoUringPort::Close() {
  if (state_ == State::kClosed) return report_;
  closing_ = true;
  if (!Has(IORING_SETUP_SQPOLL)) DropStaged();
  for (const OperationId id : again_) {
    // Nor what it has given back.
    if (InFlight* entry = in_flight_.Find(id)) in_flight_.Erase(entry);
  }
  BringBack(SaturatingAdd(Now(), options_.close_grace));
  state_ = State::kClosed;
  report_.operations_left.reserve(in_flight_.size());
  in_flight_.ForEach([this](InFlight& entry) {
    report_.operations_left.push_back(entry.operation());
  });
  // The kernel may still look at the headers of what is left.
  if (in_flight_.size() != 0 && !messages_->idle()) {
    uring::MessagePool::KeepForever(std::move(messages_));
  }
  uring::CloseRing(ring_, syscalls_);
  return report_;
}

// What the kernel never saw needs no kernel to come back.
void IoUringPort::DropStaged() {
  const unsigned head = Load(sq_head_);
  for (unsigned i = head; i != sq_tail_; ++i) {
    const uint64_t user_data = sqes_[i & sq_mask_].user_data;
    if (user_data == uring::kWakeTag) wake_.Disarm();
    if ((user_data & uring::kTagMask) != 0) continue;
    InFlight* entry = in_flight_.Find(OperationId{user_data});
    if (entry == nullptr) continue;
    if (entry->Has(InFlight::kHasSlot)) {
      messages_->Release(entry->number());
    }
    SettleHandle(-ECANCELED, *entry);
    in_flight_.Erase(entry);
  }
  sq_tail_ = head;
  Publish();
  queued_cancels_.clear();
}

// Nobody will hear of this completion: the handle that it carries, or that its
// cancelled close has spared, ends here.
void IoUringPort::SettleHandle(int32_t result, const InFlight& entry) {
  if (entry.Has(InFlight::kMakesHandle) && result >= 0) {
    syscalls_.Close(result);
  } else if (entry.Has(InFlight::kIsClose) && result == -ECANCELED) {
    syscalls_.Close(static_cast<int>(entry.number()));
  }
}

void IoUringPort::BringBack(Time deadline) {
  // A dead port gets its chance, too: only its last call has failed.
  if (std::this_thread::get_id() != loop_thread_) return;
  state_ = State::kOpen;
  HarvestAll();
  while (in_flight_.size() != 0 && state_ == State::kOpen) {
    CancelEverything();
    const Time round = std::min(deadline, SaturatingAdd(Now(), kRound));
    do {
      // Nobody needs to wake this sleep; only a ring that polls cannot sleep.
      const Time until = Has(IORING_SETUP_IOPOLL) ? Time::min() : round;
      if (!Enter(IORING_ENTER_GETEVENTS, until)) break;
      HarvestAll();
    } while (in_flight_.size() != 0 && Now() < round);
    if (Now() >= deadline) break;
  }
}

void IoUringPort::CancelEverything() {
  if (!capabilities_.HasFeatures(kFeatureCancel)) return;
  if (!cancel_all_refused_) {
    if (cancel_all_staged_ || Room() == 0) return;
    cancel_all_staged_ = true;
    uring::PrepareCancelAll(NextEntry());
    return;
  }
  in_flight_.ForEach([this](InFlight& entry) {
    if (Room() == 0 && (!Enter(0, Time::min()) || Room() == 0)) return;
    uring::PrepareCancel(entry.operation(), NextEntry());
  });
}

void IoUringPort::HarvestAll() {
  std::array<Completion, 64> dropped;
  while (*cq_head_ != Load(cq_tail_)) Harvest(dropped);
}

}  // namespace wharf
