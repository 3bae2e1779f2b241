// From the beginning of an operation to its end.

#include <algorithm>
#include <array>
#include <chrono>

#include "sim/kernel/kernel.h"
#include "sim/kernel/port.h"
#include "sim/memory_guard.h"

namespace wharf::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// How long something may take; the plainest is at once.
constexpr std::array<Duration, Kernel::kLatencyOptions> kLatencies = {
    Duration(0),       microseconds(1),   microseconds(5), microseconds(20),
    microseconds(100), microseconds(500), milliseconds(5), milliseconds(50)};

// So many of what is due may overtake each other.
constexpr std::size_t kOrderWindow = 16;

constexpr Row kInlineRows[kPersonalityCount] = {U(2), kNoRow, W(1)};
constexpr Row kOrderRows[kPersonalityCount] = {U(1), A(9), W(12)};
constexpr Row kBlockingRows[kPersonalityCount] = {kNoRow, A(7), W(4)};

}  // namespace

Duration Kernel::LatencyOf(uint32_t option) { return kLatencies[option]; }

Duration Kernel::Latency(const Label& label) {
  return kLatencies[choices_.Pick(kLatencies.size(), label)];
}

void Kernel::Start(uint32_t index) {
  Slot& slot = table_[index];
  deciding_ = slot.operation.id;
  if (slot.cancelled) {  // Never issued.
    TraceStagedCancel(slot);
    DecideError(index, Error::kCancelled, "cancel.latency");
    return;
  }
  if (slot.decided) {  // Refused at submission.
    CheckMemory(index);
    Post(index, slot.result, slot.native_error);
    return;
  }
  const Opcode opcode = slot.operation.opcode;
  const Personality personality = PersonalityOf(slot);
  const auto row = static_cast<int>(personality);
  if (opcode != Opcode::kAccept && IsPlainCall(slot)) {
    if (choices_.Happens("call.blocks")) {
      rows_.Fire(kBlockingRows[row]);
      clock_.Advance(Latency("call.blocks.time"));
    }
    // What came before a close goes to the kernel first, which may refuse it.
    if (opcode == Opcode::kClose && !due_.empty() &&
        choices_.Happens("close.after_others")) {
      const OperationId closing = deciding_;
      slot.state = SlotState::kDue;
      RunDue();
      if (table_[index].state != SlotState::kDue) return;  // A crash.
      deciding_ = closing;
    }
    Execute(index);
    return;
  }
  if (slot.object != kNoIndex &&
      handles_[slot.object].kind != ObjectKind::kFile &&
      opcode != Opcode::kClose && opcode != Opcode::kConnect &&
      opcode != Opcode::kShutdown) {
    // Linux AIO's polls begin when all calls were made, or before a close.
    if (opcode == Opcode::kPoll && IsPolled(slot) &&
        !choices_.Happens("poll.looks_later")) {
      slot.state = SlotState::kDue;
      ExecuteOpcode(index);
    } else if (opcode == Opcode::kAccept &&
               personality == Personality::kLinuxAio) {
      MakeDueLater(index, "wake.latency");
    } else {
      MakeDue(index);
    }
    return;
  }
  if (opcode == Opcode::kSync) {
    slot.sync_limit = disk_[handles_[slot.object].index].next_change();
  }
  if (IsTransfer(opcode) && slot.operation.offset == kCurrentPosition &&
      choices_.Happens("position.early")) {
    // Two at once may take the same one (io_uring_prep_read(3)).
    slot.positioned = true;
    slot.position = handles_[slot.object].position;
  }
  if (personality != Personality::kIoUring &&
      choices_.Happens("submit.blocks")) {
    rows_.Fire(kBlockingRows[row]);
    clock_.Advance(Latency("submit.blocks.time"));
    if (personality == Personality::kLinuxAio) {
      Execute(index);
    } else {
      MakeDue(index);
    }
    return;
  }
  const Duration latency = Latency("operation.latency");
  if (latency == Duration(0)) rows_.Fire(kInlineRows[row]);
  Schedule(index, latency);
}

void Kernel::Schedule(uint32_t index, Duration delay) {
  const uint64_t serial = table_.Renew(index);
  if (delay == Duration(0)) {
    MakeDue(index);
    return;
  }
  table_[index].state = SlotState::kScheduled;
  events_.Schedule(SaturatingAdd(clock_.Now(), delay), EventKind::kOperation,
                   index, serial);
}

void Kernel::RunEvents() {
  while (!events_.empty() && events_.NextTime() <= clock_.Now()) {
    const Event event = events_.Pop();
    if (event.kind == EventKind::kArrival) {
      Arrived(event.index);
      continue;
    }
    if (event.kind == EventKind::kConnect) {
      FinishConnect(event.index, event.serial);
      continue;
    }
    if (event.kind == EventKind::kRelease) {
      ReleaseObject(event.index);
      continue;
    }
    if (table_[event.index].serial != event.serial) continue;
    if (event.kind == EventKind::kCancel) {
      LateCancel(event.index);
    } else if (table_[event.index].state == SlotState::kScheduled) {
      MakeDue(event.index);
    }
  }
}

void Kernel::RunDue() {
  RunEvents();
  while (!due_.empty()) {
    const auto window =
        static_cast<uint32_t>(std::min(due_.size(), kOrderWindow));
    const uint32_t position = choices_.Pick(window, "order.next");
    const DueEntry entry = due_.PopAt(position);
    const Slot& slot = table_[entry.slot];
    if (slot.serial != entry.serial || slot.state != SlotState::kDue) continue;
    if (position > 0) {
      rows_.Fire(kOrderRows[static_cast<int>(PersonalityOf(slot))]);
    }
    Execute(entry.slot);
  }
}

void Kernel::Execute(uint32_t index) {
  if (StepIsFatal()) {
    CrashNow();
    return;
  }
  const Slot& slot = table_[index];
  deciding_ = slot.operation.id;
  const bool memory_usable = CheckMemory(index);
  if (slot.decided && choices_.Happens("completion.later")) {
    Schedule(index, Latency("completion.latency"));
  } else if (slot.decided) {
    // An interrupted close has closed (close(2)); only a cancelled one has not.
    if (slot.operation.opcode == Opcode::kClose &&
        slot.result != -static_cast<int64_t>(Error::kCancelled)) {
      CloseThrough(index);
    }
    Post(index, slot.result, slot.native_error);
  } else if (slot.operation.opcode == Opcode::kNop) {
    Post(index, 0, 0);
  } else if (!memory_usable) {
    PostError(index, Error::kBadAddress);
  } else if (MayPause(slot) && choices_.Happens("transfer.pause")) {
    Pause(index);
  } else {
    ExecuteOpcode(index);
  }
}

void Kernel::ExecuteOpcode(uint32_t index) {
  const Slot& slot = table_[index];
  switch (slot.operation.opcode) {
    case Opcode::kOpen:
      ExecuteOpen(index);
      return;
    case Opcode::kClose:
      ExecuteClose(index);
      return;
    case Opcode::kShutdown:
      ExecuteShutdown(index);
      return;
    case Opcode::kConnect:
      ExecuteConnect(index);
      return;
    default:
      break;
  }
  switch (handles_[slot.object].kind) {
    case ObjectKind::kFile:
      ExecuteFile(index);
      return;
    case ObjectKind::kStreamEnd:
      ExecuteStream(index);
      return;
    case ObjectKind::kListener:
      ExecuteListener(index);
      return;
  }
}

const Fault* Kernel::PickFault(uint32_t index, OperationClass operation,
                               const Label& label) {
  const std::span<const Fault> faults =
      FaultsOf(PersonalityOf(table_[index]), operation);
  const uint32_t pick =
      choices_.Pick(static_cast<uint32_t>(faults.size()) + 1, label);
  if (pick == 0) return nullptr;
  const Fault* fault = &faults[pick - 1];
  if (fault->error != Error::kNone) rows_.Fire(fault->row);
  return fault;
}

void Kernel::Post(uint32_t index, int64_t result, int32_t native_error) {
  Slot& slot = table_[index];
  decided_result_ = result;
  if (!slot.decided && !IsPlainCall(slot) &&
      choices_.Happens("completion.later")) {
    // It has happened, as others can see, but nobody is told yet.
    slot.executed = true;
    // A handle's position is set when the transfer is over, right before it is
    // reported (io_uring's kiocb_done).
    if (slot.moves && (PersonalityOf(slot) != Personality::kIoUring ||
                       !choices_.Happens("position.late"))) {
      SetPosition(slot);
    }
    if (ownership_.Watches(slot)) ownership_.Posted(slot);
    Decide(index, result, native_error, "completion.latency");
    return;
  }
  SetPosition(slot);
  slot.state = SlotState::kPosted;
  slot.result = result;
  if (ownership_.Watches(slot)) ownership_.Posted(slot);
  trace_.Add(clock_.Now(), TraceKind::kComplete, "", slot.operation.id.value,
             result, native_error);
  KernelPort* port = PortOf(slot);
  if (port == nullptr) {  // Its port was closed: nobody is told.
    DropResult(index);
    Release(index);
    return;
  }
  port->Posted(index, {slot.operation.id, result, native_error, 0});
}

void Kernel::PostError(uint32_t index, Error error) {
  Post(index, -static_cast<int64_t>(error),
       NativeError(PersonalityOf(table_[index]), error));
}

// The end of the operation is certain, but it may take a while to show.
void Kernel::Decide(uint32_t index, int64_t result, int32_t native_error,
                    const Label& latency) {
  Slot& slot = table_[index];
  if (slot.state == SlotState::kWaiting) StopWaiting(index);
  slot.decided = true;
  slot.result = result;
  slot.native_error = native_error;
  const uint32_t object = slot.object;
  Schedule(index, Latency(latency));
  PassOn(object);
}

// An operation on the object ends without what it waited for.
void Kernel::PassOn(uint32_t object) {
  // It may have been woken for something that another can now have.
  if (object == kNoIndex) return;
  if (handles_[object].kind == ObjectKind::kListener) {
    WakeAcceptors(listeners_[handles_[object].index]);
  } else if (handles_[object].kind == ObjectKind::kStreamEnd) {
    const StreamEnd& end = ends_[handles_[object].index];
    if (end.in != kNoIndex) WakeReaders(end.in);
    if (end.out != kNoIndex) WakeWriters(end.out);
  }
}

void Kernel::DecideError(uint32_t index, Error error, const Label& latency) {
  Decide(index, -static_cast<int64_t>(error),
         NativeError(PersonalityOf(table_[index]), error), latency);
}

void Kernel::Release(uint32_t index) {
  const uint32_t object = table_[index].object;
  if (ownership_.Watches(table_[index])) LeaveMemory(index);
  table_.Release(index);
  if (object != kNoIndex) DropObjectUse(object);
}

}  // namespace wharf::sim
