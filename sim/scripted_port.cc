#include "sim/scripted_port.h"

#include <algorithm>
#include <utility>

#include "sim/operation_check.h"

namespace wharf::sim {
namespace {

// Orders a heap so that its front is the earliest action, first come first.
template <class Action>
bool Later(const Action& a, const Action& b) {
  return a.time != b.time ? a.time > b.time : a.order > b.order;
}

}  // namespace

PortCapabilities AllCapabilities() {
  PortCapabilities all;
  all.name = "scripted";
  for (int i = 0; i < kOpcodeCount; ++i) all.Add(static_cast<Opcode>(i));
  all.features = kFeatureDurableWrite | kFeatureDataSync | kFeatureCancel |
                 kFeaturePunchHole | kFeatureCurrentPosition;
  all.max_vectors = 16;
  all.max_in_flight = 1024;
  return all;
}

ScriptedPort::ScriptedPort(ScriptedPortOptions options)
    : options_(options),
      clock_(options_.clock != nullptr ? options_.clock : &own_clock_) {
  if (options_.capabilities.closer != nullptr) return;
  options_.capabilities.closer = [](NativeHandle handle, void* port) {
    static_cast<ScriptedPort*>(port)->closed_handles_.push_back(handle);
  };
  options_.capabilities.closer_context = this;
}

ScriptedPort::~ScriptedPort() { Close(); }

const PortCapabilities& ScriptedPort::Capabilities() const {
  return options_.capabilities;
}

Time ScriptedPort::Now() { return clock_->Now(); }

void ScriptedPort::Wake() {
  wakes_.fetch_add(1, std::memory_order_relaxed);
  // Release: what the waker did before is visible to the Reap it ends.
  wake_.store(true, std::memory_order_release);
}

std::size_t ScriptedPort::Submit(std::span<const Operation> operations) {
  ++submits_;
  if (dead_ || closed()) {
    Violate(ViolationKind::kDeadPort, {}, "Submit on a port that has ended");
    return 0;
  }
  if (hooks_ != nullptr) hooks_->BeforeSubmit(operations.size());
  std::size_t limit = options_.max_accepted_per_submit;
  if (next_submit_limit_) limit = std::min(limit, *next_submit_limit_);
  next_submit_limit_.reset();
  if (entries_.empty()) limit = std::max<std::size_t>(limit, 1);
  const std::size_t in_flight = entries_.size();
  const std::size_t room = options_.capabilities.max_in_flight;
  limit = std::min(limit, room > in_flight ? room - in_flight : 0);

  const std::size_t count = std::min(limit, operations.size());
  for (const Operation& operation : operations.first(count)) {
    Check(operation);
    submitted_.push_back(operation);
    entries_.push_back({operation, {}});
    if (options_.guard_memory) entries_.back().guard = MemoryGuard(operation);
  }
  return count;
}

void ScriptedPort::Check(const Operation& operation) {
  if (FindEntry(operation.id) != nullptr) {
    Violate(
        ViolationKind::kDuplicateId, operation.id,
        std::string(OpcodeName(operation.opcode)) + " with an id in flight");
  }
  std::optional<Violation> broken =
      CheckOperation(operation, options_.capabilities);
  if (broken) violations_.push_back(*std::move(broken));
}

void ScriptedPort::Cancel(OperationId id) {
  if (dead_ || closed()) {
    Violate(ViolationKind::kDeadPort, id, "Cancel on a port that has ended");
    return;
  }
  cancels_.push_back(id);
  Entry* entry = FindEntry(id);
  if (entry == nullptr || entry->completed) return;
  switch (options_.cancel_policy) {
    case CancelPolicy::kIgnore:
      break;
    case CancelPolicy::kWin:
      CompleteWithError(id, Error::kCancelled);
      break;
    case CancelPolicy::kLose: {
      const Operation& operation = entry->operation;
      int64_t result = 0;
      if (IsTransfer(operation.opcode)) {
        result = static_cast<int64_t>(TotalBytes(MemoryOf(operation)));
      } else if (operation.opcode == Opcode::kPoll) {
        result = operation.mode;
      }
      Complete(id, result);
      break;
    }
    case CancelPolicy::kLate:
      if (entry->late_cancel) break;
      entry->late_cancel = true;
      After(options_.late_cancel_delay, [this, id] {
        Entry* late = FindEntry(id);
        if (late != nullptr && late->late_cancel && !late->completed) {
          CompleteWithError(id, Error::kCancelled);
        }
      });
      break;
  }
  if (hooks_ != nullptr) hooks_->AfterCancel(id);
}

absl::StatusOr<std::size_t> ScriptedPort::Reap(
    std::span<Completion> completions, Wait wait) {
  ++reaps_;
  last_wait_ = wait;
  if (closed()) {
    Violate(ViolationKind::kDeadPort, {}, "Reap after Close");
    return absl::FailedPreconditionError("the port is closed");
  }
  if (!fatal_.ok()) {
    dead_ = true;
    return fatal_;
  }
  for (Entry& entry : entries_) entry.staged = false;
  TouchMemory();
  if (hooks_ != nullptr) hooks_->BeforeReap(wait);
  const bool woken = wake_.exchange(false, std::memory_order_acquire);
  if (skip_reaps_ > 0) {
    --skip_reaps_;
    return 0;
  }
  RunDueActions();
  while (ready_.empty() && !woken && wait.until > clock_->Now() &&
         !completions.empty()) {
    if (hooks_ != nullptr) hooks_->BeforeSleep(wait.until);
    if (on_idle_) on_idle_(wait.until);
    // A hook or callback may have stood in for another thread.
    if (!fatal_.ok() || wake_.exchange(false, std::memory_order_acquire)) {
      break;
    }
    RunDueActions();
    if (!ready_.empty()) break;
    Time next = wait.until;
    if (!actions_.empty()) next = std::min(next, actions_.front().time);
    if (next == kNever) {
      ++stuck_reaps_;
      break;
    }
    clock_->AdvanceTo(next);
    RunDueActions();
  }
  if (!fatal_.ok()) {
    dead_ = true;
    return fatal_;
  }
  return Deliver(completions);
}

void ScriptedPort::RunDueActions() {
  while (!actions_.empty() && actions_.front().time <= clock_->Now()) {
    std::pop_heap(actions_.begin(), actions_.end(), Later<Action>);
    std::function<void()> run = std::move(actions_.back().run);
    actions_.pop_back();
    run();
  }
}

std::size_t ScriptedPort::Deliver(std::span<Completion> completions) {
  std::size_t count = 0;
  while (count < completions.size() && !ready_.empty()) {
    const Ready ready = std::move(ready_.front());
    ready_.pop_front();
    completions[count++] = ready.completion;
    if ((ready.completion.flags & kCompletionMore) != 0) continue;
    const auto entry =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
          return e.completed && e.operation.id == ready.completion.id;
        });
    if (options_.guard_memory && !entry->guard.Unchanged()) {
      Violate(ViolationKind::kMemoryChanged, ready.completion.id,
              std::string(OpcodeName(entry->operation.opcode)) +
                  ": memory changed before its completion");
    }
    Scatter(ready.bytes, MemoryOf(entry->operation));
    const Operation operation = entry->operation;
    entries_.erase(entry);
    if (hooks_ != nullptr) hooks_->OnDelivery(operation, ready.completion);
  }
  return count;
}

void ScriptedPort::TouchMemory() {
  if (!options_.guard_memory) return;
  for (Entry& entry : entries_) {
    if (!entry.guard.Touch()) {
      Violate(ViolationKind::kMemoryChanged, entry.operation.id,
              std::string(OpcodeName(entry.operation.opcode)) +
                  ": memory changed while in flight");
      // Once per change, not at every look.
      entry.guard = MemoryGuard(entry.operation);
    }
  }
}

void ScriptedPort::Complete(OperationId id, int64_t result,
                            int32_t native_error, uint32_t flags) {
  Queue(id, {id, result, native_error, flags}, {});
}

void ScriptedPort::CompleteWithError(OperationId id, Error error) {
  const auto value = static_cast<int32_t>(error);
  Complete(id, -int64_t{value}, value);
}

void ScriptedPort::CompleteWithBytes(OperationId id,
                                     std::span<const std::byte> bytes) {
  const Entry* entry = FindEntry(id);
  if (entry != nullptr) {
    const uint64_t room = ReadsIntoMemory(entry->operation.opcode)
                              ? TotalBytes(MemoryOf(entry->operation))
                              : 0;
    if (bytes.size() > room) {
      Violate(ViolationKind::kScript, id,
              std::to_string(bytes.size()) + " bytes for an operation with " +
                  "room for " + std::to_string(room));
      bytes = bytes.first(room);
    }
  }
  Queue(id, {id, static_cast<int64_t>(bytes.size()), 0, 0},
        {bytes.begin(), bytes.end()});
}

void ScriptedPort::Queue(OperationId id, Completion completion,
                         std::vector<std::byte> bytes) {
  Entry* entry = FindEntry(id);
  if (entry == nullptr || entry->completed) {
    Violate(ViolationKind::kScript, id,
            "a completion for an operation that is not in flight");
    return;
  }
  entry->completed = (completion.flags & kCompletionMore) == 0;
  ready_.push_back({completion, std::move(bytes)});
}

std::vector<std::byte> ScriptedPort::OutgoingBytes(OperationId id) const {
  const Entry* entry = FindEntry(id);
  if (entry == nullptr || ReadsIntoMemory(entry->operation.opcode)) return {};
  return Gather(MemoryOf(entry->operation));
}

void ScriptedPort::FailNextReap(absl::Status status) {
  fatal_ = std::move(status);
}

void ScriptedPort::At(Time time, std::function<void()> action) {
  actions_.push_back({time, action_order_++, std::move(action)});
  std::push_heap(actions_.begin(), actions_.end(), Later<Action>);
}

void ScriptedPort::After(Duration delay, std::function<void()> action) {
  At(SaturatingAdd(clock_->Now(), delay), std::move(action));
}

CloseReport ScriptedPort::Close() {
  if (report_) return *report_;
  TouchMemory();
  report_.emplace();
  for (const Operation& operation : in_flight()) {
    report_->operations_left.push_back(operation.id);
  }
  if (!report_->operations_left.empty() && options_.forbid_left_at_close) {
    Violate(ViolationKind::kLeftAtClose, report_->operations_left.front(),
            std::to_string(report_->operations_left.size()) +
                " operations, this one first");
  }
  // What was completed is brought back; the kernel is done with its memory.
  ready_.clear();
  std::erase_if(entries_, [](const Entry& entry) { return entry.completed; });
  return *report_;
}

std::vector<Operation> ScriptedPort::staged() const {
  std::vector<Operation> operations;
  for (const Entry& entry : entries_) {
    if (entry.staged && !entry.completed) operations.push_back(entry.operation);
  }
  return operations;
}

std::vector<Operation> ScriptedPort::in_flight() const {
  std::vector<Operation> operations;
  for (const Entry& entry : entries_) {
    if (!entry.completed) operations.push_back(entry.operation);
  }
  return operations;
}

std::optional<Operation> ScriptedPort::Find(OperationId id) const {
  const Entry* entry = FindEntry(id);
  if (entry == nullptr || entry->completed) return std::nullopt;
  return entry->operation;
}

ScriptedPort::Entry* ScriptedPort::FindEntry(OperationId id) {
  return const_cast<Entry*>(std::as_const(*this).FindEntry(id));
}

const ScriptedPort::Entry* ScriptedPort::FindEntry(OperationId id) const {
  for (const Entry& entry : entries_) {
    if (entry.operation.id == id) return &entry;
  }
  return nullptr;
}

void ScriptedPort::Violate(ViolationKind kind, OperationId id,
                           std::string message) {
  violations_.push_back({kind, id, std::move(message)});
}

}  // namespace wharf::sim
