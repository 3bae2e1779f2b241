// What becomes of a cancel: the part where the three kernels differ most, and
// where a program learns least. The kernel's acknowledgement never crosses the
// seam; here it is an entry in the trace.

#include "sim/kernel/kernel.h"
#include "sim/kernel/port.h"

namespace wharf::sim {
namespace {

// ERESTARTSYS: the kernel's own, not for user space (U-09). A port passes it on
// as an interruption.
constexpr int32_t kLeakedErrno = 512;

// How much later a thread that never sleeps may hear of a cancel.
constexpr int kBusyFactor = 20;

constexpr Row kTooLateRows[kPersonalityCount] = {U(4), A(3), W(6)};
constexpr Row kPartialRows[kPersonalityCount] = {U(7), kNoRow, W(7)};
constexpr Row kCloseRows[kPersonalityCount] = {U(20), A(13), W(8)};

}  // namespace

void Kernel::TraceStagedCancel(const Slot& slot) {
  trace_.Add(clock_.Now(), TraceKind::kCancel, "cancel.staged",
             slot.operation.id.value);
}

// Linux AIO's port takes back what it has not begun.
void Kernel::CancelStaged(uint32_t index) {
  Slot& slot = table_[index];
  TraceStagedCancel(slot);
  slot.cancelled = true;
  slot.decided = true;
  PostError(index, Error::kCancelled);
}

void Kernel::ArriveCancel(uint32_t index) {
  Slot& slot = table_[index];
  deciding_ = slot.operation.id;
  if (slot.state == SlotState::kPosted || slot.decided) {
    trace_.Add(clock_.Now(), TraceKind::kCancel, "cancel.posted",
               slot.operation.id.value);
    rows_.Fire(kTooLateRows[static_cast<int>(PersonalityOf(slot))]);
    return;
  }
  if (slot.cancelled) return;
  slot.cancelled = true;
  // What was woken on Linux AIO may still be waiting for its port to hear of
  // it.
  if (slot.state == SlotState::kWaiting ||
      (slot.operation.opcode != Opcode::kConnect && IsPolled(slot))) {
    CancelWaiting(index);
  } else {
    CancelRunning(index);
  }
}

// A sender of io_uring whose own socket has seen the end of the other
// direction: EPOLLRDHUP, which io_uring adds to what it waits for, is ready for
// ever, so that a thread tries again and again and hears of a cancel when it
// happens to look.
bool Kernel::NeverSleeps(const Slot& slot) const {
  if (PersonalityOf(slot) != Personality::kIoUring ||
      ClassOf(slot.operation.opcode, /*on_stream=*/true) !=
          OperationClass::kSend) {
    return false;
  }
  const StreamEnd& end = ends_[handles_[slot.object].index];
  if (!end.socket || end.in == kNoIndex) return false;
  const Channel& in = channels_[end.in].channel;
  return in.end_arrived() || in.reset() || end.shut_receive;
}

// The target waits for a stream: it can be ended, sooner or later.
void Kernel::CancelWaiting(uint32_t index) {
  const Slot& slot = table_[index];
  const uint64_t id = slot.operation.id.value;
  const Personality personality = PersonalityOf(slot);
  const uint32_t options = personality == Personality::kLinuxAio ? 2 : 3;
  const uint32_t pick = choices_.Pick(options, "cancel.waiting");
  if (pick == 1) {
    trace_.Add(clock_.Now(), TraceKind::kCancel, "cancel.late", id);
    const Duration delay =
        Latency("cancel.late.time") * (NeverSleeps(slot) ? kBusyFactor : 1);
    events_.Schedule(SaturatingAdd(clock_.Now(), delay), EventKind::kCancel,
                     index, slot.serial);
    return;
  }
  trace_.Add(clock_.Now(), TraceKind::kCancel, "cancel.won", id);
  if (slot.progress > 0) {
    rows_.Fire(kPartialRows[static_cast<int>(personality)]);
    Decide(index, static_cast<int64_t>(slot.progress), 0, "cancel.latency");
    return;
  }
  switch (personality) {
    case Personality::kIoUring:
      rows_.Fire(pick == 0 ? U(3) : U(8));
      DecideError(index, pick == 0 ? Error::kCancelled : Error::kInterrupted,
                  "cancel.latency");
      break;
    case Personality::kLinuxAio:
      // Only polls wait here; a cancelled one ends with no events, by which its
      // port knows it.
      rows_.Fire(A(2));
      if (slot.operation.opcode != Opcode::kPoll &&
          choices_.Happens("cancel.at_once")) {
        // Its next poll was not submitted yet.
        const uint32_t object = slot.object;
        if (slot.state == SlotState::kWaiting) StopWaiting(index);
        CancelStaged(index);
        PassOn(object);
        break;
      }
      DecideError(index, Error::kCancelled, "cancel.latency");
      break;
    case Personality::kIocp:
      rows_.Fire(W(5));
      DecideError(index,
                  pick == 0 ? Error::kCancelled : Error::kConnectionReset,
                  "cancel.latency");
      break;
  }
}

// The target is under way, at a device or on its way to one.
void Kernel::CancelRunning(uint32_t index) {
  const Slot& slot = table_[index];
  const uint64_t id = slot.operation.id.value;
  const auto acknowledge = [&](const Label& label) {
    trace_.Add(clock_.Now(), TraceKind::kCancel, label, id);
  };
  // It copies bytes of a file, and does not look up from that.
  if (!slot.copied.empty()) {
    acknowledge("cancel.already");
    rows_.Fire(U(6));
    return;
  }
  // Bytes that are on their way cannot be taken back, nor kept quiet about.
  if (slot.progress > 0 && slot.operation.opcode != Opcode::kConnect) {
    acknowledge("cancel.won");
    rows_.Fire(kPartialRows[static_cast<int>(PersonalityOf(slot))]);
    Decide(index, static_cast<int64_t>(slot.progress), 0, "cancel.latency");
    return;
  }
  switch (PersonalityOf(slot)) {
    case Personality::kIoUring:
      switch (choices_.Pick(5, "cancel.running")) {
        case 0:
          acknowledge("cancel.won");
          rows_.Fire(U(3));
          DecideError(index, Error::kCancelled, "cancel.latency");
          break;
        case 1:
          acknowledge("cancel.not_found");
          rows_.Fire(U(5));
          break;
        case 2:
          acknowledge("cancel.already");
          rows_.Fire(U(6));
          break;
        case 3:
          acknowledge("cancel.already");
          rows_.Fire(U(6));
          DecideError(index, Error::kInterrupted, "cancel.latency");
          break;
        default:
          acknowledge("cancel.already");
          rows_.Fire(U(9));
          Decide(index, -static_cast<int64_t>(Error::kInterrupted),
                 kLeakedErrno, "cancel.latency");
          break;
      }
      break;
    case Personality::kLinuxAio:
      if (slot.operation.opcode == Opcode::kConnect) {
        acknowledge("cancel.won");
        DecideError(index, Error::kCancelled, "cancel.latency");
        break;
      }
      acknowledge("cancel.refused");
      rows_.Fire(A(1));
      break;
    case Personality::kIocp:
      rows_.Fire(W(5));
      switch (choices_.Pick(3, "cancel.running")) {
        case 0:
          acknowledge("cancel.won");
          DecideError(index, Error::kCancelled, "cancel.latency");
          break;
        case 1:
          acknowledge("cancel.requested");
          break;
        default:
          acknowledge("cancel.requested");
          DecideError(index, Error::kIo, "cancel.latency");
          break;
      }
      break;
  }
}

void Kernel::LateCancel(uint32_t index) {
  const Slot& slot = table_[index];
  deciding_ = slot.operation.id;
  if (slot.decided ||
      (slot.state != SlotState::kWaiting && slot.state != SlotState::kDue)) {
    return;
  }
  trace_.Add(clock_.Now(), TraceKind::kCancel, "cancel.won",
             slot.operation.id.value);
  const Personality personality = PersonalityOf(slot);
  if (slot.progress > 0) {
    rows_.Fire(kPartialRows[static_cast<int>(personality)]);
    Decide(index, static_cast<int64_t>(slot.progress), 0, "cancel.latency");
  } else {
    constexpr Row kRows[kPersonalityCount] = {U(3), A(2), W(5)};
    rows_.Fire(kRows[static_cast<int>(personality)]);
    DecideError(index, Error::kCancelled, "cancel.latency");
  }
}

void Kernel::AbortOperationsOn(uint32_t object) {
  for (uint32_t i = 0; i < table_.size(); ++i) {
    const Slot& slot = table_[i];
    if (slot.object != object || slot.state == SlotState::kFree ||
        slot.state == SlotState::kPosted) {
      continue;
    }
    const Personality personality = PersonalityOf(slot);
    rows_.Fire(kCloseRows[static_cast<int>(personality)]);
    // Linux goes on as if nothing had happened.
    if (personality != Personality::kIocp || slot.decided ||
        slot.state == SlotState::kStaged) {
      continue;
    }
    DecideError(i, Error::kCancelled, "cancel.latency");
  }
}

}  // namespace wharf::sim
