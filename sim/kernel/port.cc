#include "sim/kernel/port.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "sim/operation_check.h"

namespace wharf::sim {
namespace {

// The longest sleep of a Reap that could not hand over what is staged. Of real
// kernels none sleeps then: the port does, so as not to spin (U-26, A-05).
constexpr Duration kBackOff = std::chrono::milliseconds(1);

// Operations whose memory is looked at in one Reap, in turns.
constexpr uint32_t kTouchesPerReap = 4;

constexpr Row kPrefixRows[kPersonalityCount] = {U(24), A(5), kNoRow};
constexpr Row kLaterRows[kPersonalityCount] = {U(26), A(5), kNoRow};
constexpr Row kInvalidRows[kPersonalityCount] = {U(25), A(4), W(3)};
constexpr Row kUnsupportedRows[kPersonalityCount] = {U(36), kNoRow, kNoRow};
constexpr Row kFewerRows[kPersonalityCount] = {U(27), A(10), kNoRow};
constexpr Row kTimeoutRows[kPersonalityCount] = {U(29), A(10), kNoRow};
constexpr Row kTeardownRows[kPersonalityCount] = {U(31), A(11), W(14)};

PortCapabilities WithCloser(PortCapabilities capabilities, Kernel* kernel) {
  capabilities.closer = [](NativeHandle handle, void* context) {
    static_cast<Kernel*>(context)->CloseHandle(handle);
  };
  capabilities.closer_context = kernel;
  return capabilities;
}

}  // namespace

KernelPort::KernelPort(Kernel* kernel, uint32_t number,
                       const PortOptions& options)
    : kernel_(kernel),
      number_(number),
      personality_(options.personality),
      capabilities_(WithCloser(
          CapabilitiesOf(options.personality, options.max_in_flight), kernel)),
      has_nop_(capabilities_.Has(Opcode::kNop)) {}

KernelPort::~KernelPort() {
  Close();
  kernel_->ports_[number_] = nullptr;
}

bool KernelPort::IsDead(const char* call) {
  if (report_) {
    kernel_->Violate(ViolationKind::kDeadPort, {},
                     std::string(call) + " after Close");
    return true;
  }
  return !fatal_.ok();
}

std::size_t KernelPort::Submit(std::span<const Operation> operations) {
  if (IsDead("Submit")) return 0;
  const std::size_t room = capabilities_.max_in_flight > in_flight_
                               ? capabilities_.max_in_flight - in_flight_
                               : 0;
  std::size_t count = std::min(operations.size(), room);
  // An empty port takes at least one.
  const std::size_t least = in_flight_ == 0 ? 1 : 0;
  if (count > least && kernel_->choices_.Happens("submit.prefix")) {
    kernel_->rows_.Fire(kPrefixRows[static_cast<int>(personality_)]);
    count -= kernel_->choices_.UpTo(count - least, "submit.prefix.left");
  }
  for (const Operation& operation : operations.first(count)) {
    Accept(operation);
  }
  return count;
}

void KernelPort::Accept(const Operation& operation) {
  const uint32_t index = kernel_->table_.Allocate();
  Slot& slot = kernel_->table_[index];
  slot.operation = operation;
  slot.port = number_;
  slot.state = SlotState::kStaged;
  kernel_->trace_.Add(kernel_->clock_.Now(), TraceKind::kSubmit, "",
                      operation.id.value,
                      static_cast<int64_t>(operation.opcode),
                      static_cast<int64_t>(operation.length));
  ++in_flight_;
  staged_.Push({operation.id, index, false});

  const bool known = !ids_.Insert(operation.id, index);
  if (!known && operation.opcode == Opcode::kNop &&
      (operation.id.value & ~kIdMask) == 0 && has_nop_) {
    return;  // Nothing else can be wrong with it.
  }
  Error refusal = Error::kNone;
  const auto personality = static_cast<int>(personality_);
  if (known) {
    kernel_->Violate(
        ViolationKind::kDuplicateId, operation.id,
        std::string(OpcodeName(operation.opcode)) + " with an id in flight");
  }
  std::optional<Violation> broken = CheckOperation(operation, capabilities_);
  if (broken) {
    kernel_->rows_.Fire(broken->kind == ViolationKind::kUnsupported
                            ? kUnsupportedRows[personality]
                            : kInvalidRows[personality]);
    kernel_->Violate(broken->kind, operation.id, std::move(broken->message));
    refusal = Error::kInvalidArgument;
    // Nothing may be done with memory that makes no sense.
    slot.operation.data = nullptr;
    slot.operation.length = 0;
  } else if (operation.opcode != Opcode::kNop &&
             operation.opcode != Opcode::kOpen) {
    slot.object = kernel_->handles_.Find(operation.handle);
    if (slot.object == kNoIndex) {
      kernel_->rows_.Fire(kInvalidRows[personality]);
      if (kernel_->options_.forbid_closed_handles) {
        kernel_->Violate(ViolationKind::kClosedHandle, operation.id,
                         std::string(OpcodeName(operation.opcode)) +
                             " on handle " + std::to_string(operation.handle) +
                             ", which is not open");
      }
      refusal = Error::kBadHandle;
    } else {
      ++kernel_->handles_[slot.object].operations;
    }
  }
  if (kernel_->ownership_.Watches(slot)) kernel_->TakeMemory(index);
  if (refusal != Error::kNone) {
    slot.decided = true;
    slot.result = -static_cast<int64_t>(refusal);
    slot.native_error = NativeError(personality_, refusal);
  }
}

void KernelPort::Cancel(OperationId id) {
  if (IsDead("Cancel")) return;
  const uint32_t slot = ids_.Find(id);
  if (slot == IdMap::kNone) return;
  if (personality_ == Personality::kIoUring) {
    staged_.Push({id, 0, true});
    return;
  }
  // One io_cancel or CancelIoEx, or what has not reached the kernel ends here.
  for (std::size_t i = 0; i < staged_.size(); ++i) {
    if (staged_[i].slot != slot) continue;
    if (personality_ == Personality::kIocp) {
      // In its turn.
      kernel_->table_[slot].cancelled = true;
      return;
    }
    staged_.PopAt(i);
    kernel_->CancelStaged(slot);
    return;
  }
  kernel_->ArriveCancel(slot);
}

void KernelPort::Flush() {
  if (staged_.empty()) return;
  if (kernel_->choices_.Happens("flush.later")) {
    kernel_->rows_.Fire(kLaterRows[static_cast<int>(personality_)]);
    return;
  }
  while (!staged_.empty()) {
    const Staged staged = staged_.Pop();
    if (!staged.cancel) {
      kernel_->Start(staged.slot);
    } else if (const uint32_t slot = ids_.Find(staged.id);
               slot != IdMap::kNone) {
      kernel_->ArriveCancel(slot);
    }
  }
}

absl::StatusOr<std::size_t> KernelPort::Reap(std::span<Completion> completions,
                                             Wait wait) {
  if (IsDead("Reap")) {
    return fatal_.ok() ? absl::FailedPreconditionError("the port is closed")
                       : fatal_;
  }
  if (kernel_->options_.may_fail && kernel_->choices_.Happens("port.fails")) {
    kernel_->rows_.Fire(W(14));
    Fail(absl::InternalError("the simulated port has failed"));
    return fatal_;
  }
  const bool woken = wake_.exchange(false, std::memory_order_acquire);
  if (woken) {
    kernel_->trace_.Add(kernel_->clock_.Now(), TraceKind::kWake, "");
    kernel_->rows_.Fire(W(13));
  }
  Flush();
  if (kernel_->options_.strict) TouchSome();
  if (kernel_->choices_.Happens("reap.early")) {
    switch (personality_) {
      case Personality::kIoUring:
        kernel_->rows_.Fire(U(28));
        kernel_->rows_.Fire(U(39));
        break;
      case Personality::kLinuxAio:
        kernel_->rows_.Fire(A(10));
        kernel_->rows_.Fire(A(14));
        break;
      case Personality::kIocp:
        kernel_->rows_.Fire(W(11));
        break;
    }
    return 0;
  }
  kernel_->RunDue();
  if (completed_.empty() && !woken && !completions.empty() && fatal_.ok()) {
    if (!staged_.empty()) {
      wait.until = std::min(wait.until, kernel_->clock_.Now() + kBackOff);
    }
    Sleep(wait.until);
  }
  if (!fatal_.ok()) return fatal_;
  return Deliver(completions);
}

void KernelPort::Sleep(Time until) {
  Kernel& kernel = *kernel_;
  while (completed_.empty() && fatal_.ok() && until > kernel.clock_.Now()) {
    const Time next = kernel.events_.NextTime();
    if (std::min(next, until) == kNever) {
      // Another thread may still wake the program; if none does, it hangs.
      ++stuck_in_a_row_;
      if (stuck_in_a_row_ == kernel.options_.max_stuck_reaps) {
        Fail(absl::DeadlineExceededError(
            "the simulated program waits for something that can never happen"));
      }
      return;
    }
    if (next > until) {
      if (personality_ == Personality::kIocp &&
          kernel.choices_.Happens("reap.before_deadline")) {
        kernel.rows_.Fire(W(10));
        const Duration early = std::min<Duration>(
            std::chrono::milliseconds(1), (until - kernel.clock_.Now()) / 2);
        kernel.clock_.AdvanceTo(until - early);
        return;
      }
      kernel.rows_.Fire(kTimeoutRows[static_cast<int>(personality_)]);
    }
    kernel.clock_.AdvanceTo(std::min(next, until));
    if (kernel.choices_.Happens("time.jump")) {
      kernel.clock_.Advance(kernel.Latency("time.jump.by") * 20);
    }
    kernel.RunDue();
  }
}

void KernelPort::TouchSome() {
  OperationTable& table = kernel_->table_;
  if (table.live() == 0) return;
  const uint32_t looks = std::min(kTouchesPerReap, table.size());
  for (uint32_t i = 0; i < looks; ++i) {
    touch_next_ = (touch_next_ + 1) % table.size();
    Slot& slot = table[touch_next_];
    if (slot.state == SlotState::kFree || slot.state == SlotState::kPosted ||
        slot.executed) {
      continue;
    }
    if (kernel_->ownership_.Watches(slot) && !kernel_->ownership_.Touch(slot)) {
      kernel_->Violate(ViolationKind::kMemoryChanged, slot.operation.id,
                       std::string(OpcodeName(slot.operation.opcode)) +
                           ": its memory changed while it belonged to the "
                           "kernel");
    }
  }
}

std::size_t KernelPort::Deliver(std::span<Completion> completions) {
  std::size_t count = std::min(completions.size(), completed_.size());
  if (count == 0) return 0;
  stuck_in_a_row_ = 0;
  if (count > 1 && kernel_->choices_.Happens("reap.fewer")) {
    kernel_->rows_.Fire(kFewerRows[static_cast<int>(personality_)]);
    count = kernel_->choices_.UpTo(count - 1, "reap.fewer.count");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Completed completed = completed_.Pop();
    const Completion& completion = completed.completion;
    completions[i] = completion;
    kernel_->CheckMemory(completed.slot);
    kernel_->trace_.Add(kernel_->clock_.Now(), TraceKind::kDeliver, "",
                        completion.id.value, completion.result);
    ids_.EraseFrom(completion.id, completed.slot);
    kernel_->Release(completed.slot);
    --in_flight_;
    ++kernel_->delivered_;
  }
  return count;
}

void KernelPort::Wake() {
  // Release: what the waker did before is visible to the Reap that it ends.
  wake_.store(true, std::memory_order_release);
}

void KernelPort::Fail(absl::Status status) {
  if (fatal_.ok()) fatal_ = std::move(status);
}

void KernelPort::Forget() {
  ids_.Clear();
  staged_.Clear();
  completed_.Clear();
  in_flight_ = 0;
}

// Somebody closes the port and does not wait for what is in flight.
void KernelPort::ReportLeft() {
  if (!kernel_->options_.forbid_left_at_close) return;
  for (uint32_t i = 0; i < kernel_->table_.size(); ++i) {
    const Slot& slot = kernel_->table_[i];
    if (slot.state == SlotState::kFree || slot.port != number_) continue;
    kernel_->Violate(ViolationKind::kLeftAtClose, slot.operation.id,
                     std::string(OpcodeName(slot.operation.opcode)) +
                         ": in flight when its port was closed");
  }
}

CloseReport KernelPort::Close() {
  if (report_) return *report_;
  CloseReport report;
  kernel_->trace_.Add(kernel_->clock_.Now(), TraceKind::kMachine, "port.closed",
                      number_, static_cast<int64_t>(in_flight_));
  if (in_flight_ > 0) {
    ReportLeft();
    kernel_->rows_.Fire(kTeardownRows[static_cast<int>(personality_)]);
    if (personality_ == Personality::kLinuxAio) {
      kernel_->clock_.Advance(kernel_->Latency("close.blocks"));
    }
    for (uint32_t i = 0; i < kernel_->table_.size(); ++i) {
      const Slot& slot = kernel_->table_[i];
      if (slot.state != SlotState::kFree && slot.port == number_) {
        DropAtClose(i, report);
      }
    }
  }
  Forget();
  report_ = std::move(report);
  return *report_;
}

void KernelPort::DropAtClose(uint32_t index, CloseReport& report) {
  Slot& slot = kernel_->table_[index];
  const bool under_way =
      slot.state == SlotState::kScheduled || slot.state == SlotState::kDue;
  if (under_way && kernel_->choices_.Happens("close.left")) {
    // It goes on, and will touch its memory, for nobody.
    report.operations_left.push_back(slot.operation.id);
    slot.port = kNoIndex;
    return;
  }
  if (slot.state == SlotState::kWaiting) kernel_->StopWaiting(index);
  kernel_->CheckMemory(index);
  kernel_->DropResult(index);
  kernel_->Release(index);
}

}  // namespace wharf::sim
