#include "tests/differential/recording_port.h"

#include <algorithm>

#include "sim/kernel/ownership.h"
#include "sim/memory_guard.h"

namespace wharf::differential {

std::size_t RecordingPort::Submit(std::span<const Operation> operations) {
  const std::size_t taken = port().Submit(operations);
  log_->accepted.push_back(static_cast<uint32_t>(taken));
  for (const Operation& operation : operations.first(taken)) {
    LoggedOperation logged;
    logged.operation = operation;
    logged.after_reaps = static_cast<uint32_t>(log_->reaps.size());
    IoVector single;
    const std::span<const IoVector> pieces = sim::VectorsOf(operation, single);
    for (const IoVector& piece : pieces) logged.bytes += piece.length;
    const auto index = static_cast<uint32_t>(log_->operations.size());
    log_->entries.push_back({LogEvent::kAccepted, index});
    InFlight entry{operation.id, index, {}};
    if (sim::ReadsIntoMemory(operation.opcode)) {
      entry.pieces.assign(pieces.begin(), pieces.end());
    }
    logged.operation.data = nullptr;
    log_->operations.push_back(logged);
    in_flight_.push_back(std::move(entry));
  }
  return taken;
}

void RecordingPort::Cancel(OperationId id) {
  port().Cancel(id);
  log_->entries.push_back(
      {LogEvent::kCancel, static_cast<uint32_t>(log_->cancels.size())});
  log_->cancels.push_back(id);
  for (const InFlight& entry : in_flight_) {
    if (entry.id != id) continue;
    LoggedOperation& operation = log_->operations[entry.operation];
    if (operation.cancel != CancelPhase::kNever) continue;
    operation.cancel = operation.after_reaps == log_->reaps.size()
                           ? CancelPhase::kWithIt
                           : CancelPhase::kLater;
  }
}

absl::StatusOr<std::size_t> RecordingPort::Reap(
    std::span<Completion> completions, Wait wait) {
  absl::StatusOr<std::size_t> count = port().Reap(completions, wait);
  if (!count.ok()) return count;
  for (const Completion& completion : completions.first(*count)) {
    LoggedCompletion logged;
    logged.completion = completion;
    logged.reap = static_cast<uint32_t>(log_->reaps.size());
    const auto entry = std::find_if(
        in_flight_.begin(), in_flight_.end(),
        [&](const InFlight& other) { return other.id == completion.id; });
    if (entry != in_flight_.end()) {
      logged.operation = entry->operation;
      KeepBytes(*entry, logged);
      if ((completion.flags & kCompletionMore) == 0) in_flight_.erase(entry);
    }
    log_->entries.push_back({LogEvent::kCompleted,
                             static_cast<uint32_t>(log_->completions.size())});
    log_->completions.push_back(logged);
  }
  log_->entries.push_back(
      {LogEvent::kReaped, static_cast<uint32_t>(log_->reaps.size())});
  log_->reaps.push_back(static_cast<uint32_t>(log_->completions.size()));
  return count;
}

void RecordingPort::KeepBytes(const InFlight& entry,
                              LoggedCompletion& completion) {
  completion.bytes_at = log_->bytes.size();
  if (completion.completion.result <= 0) return;
  auto left = static_cast<uint64_t>(completion.completion.result);
  for (const IoVector& piece : entry.pieces) {
    const uint64_t step = std::min<uint64_t>(piece.length, left);
    const auto* bytes = static_cast<const std::byte*>(piece.base);
    log_->bytes.insert(log_->bytes.end(), bytes, bytes + step);
    left -= step;
  }
  completion.bytes_length = log_->bytes.size() - completion.bytes_at;
}

Time RecordingPort::Now() {
  const Time now = port().Now();
  log_->times.push_back(now);
  return now;
}

CloseReport RecordingPort::Close() {
  const bool keep = !owns_port() && in_flight_.empty();
  if (keep && !closed_) return {};
  closed_ = true;
  return port().Close();
}

}  // namespace wharf::differential
