// What GuidedChooser makes of the log for transfers of files. A read shows
// which writes it has seen, byte by byte: so it copies what it is to see as
// soon as that is there, stands still where it is not, and needs no guesses.
// When writes and transfers at the current position happen is guessed, but none
// replaces what a read has still to see.

#include <algorithm>

#include "engine/error.h"
#include "sim/random.h"
#include "tests/differential/guided_chooser.h"

namespace wharf::differential {
namespace {

// So often a change may stand still in one Reap for others to come first.
constexpr uint32_t kMostPauses = 3;

}  // namespace

bool GuidedChooser::IsFileRead(const LoggedCompletion& fate) const {
  return personality_ == sim::Personality::kIoUring &&
         fate.completion.result >= 0 &&
         kernel_->MayCopy(fate.completion.id, log_->BytesOf(fate)).has_value();
}

bool GuidedChooser::IsFileChange(const LoggedCompletion& fate) const {
  const Opcode opcode = log_->operations[fate.operation].operation.opcode;
  return personality_ == sim::Personality::kIoUring &&
         fate.completion.result >= 0 &&
         (opcode == Opcode::kWrite || opcode == Opcode::kWriteVectored ||
          opcode == Opcode::kAllocate);
}

// Whether a change of a file waits until somebody is to see it, or it is to be
// reported: each round assumes something else.
bool GuidedChooser::IsLazy(const LoggedCompletion& fate) const {
  if (round_ < 2) return round_ == 0;
  sim::SplitMix64 bits(round_ * 1000037 + fate.completion.id.value);
  return bits.Next() % 2 == 0;
}

// After how many bytes of the write that is being done somebody goes on.
uint32_t GuidedChooser::TornBytes() const {
  uint64_t first = 0;
  for (uint32_t i = 0; i < kMaxCandidates; ++i) {
    const OperationId id = kernel_->OperationBehind(i);
    const LoggedCompletion* fate = FateOf(id);
    if (fate == nullptr || IsDone(id) || !IsFileRead(*fate)) continue;
    const uint64_t bytes = kernel_->TornForRead(id, log_->BytesOf(*fate));
    if (bytes > 0) first = first == 0 ? bytes : std::min(first, bytes);
  }
  return static_cast<uint32_t>(first);
}

bool GuidedChooser::SeesIt(const LoggedCompletion& fate) const {
  return kernel_->MaySay(fate.completion.id, fate.completion.result,
                         log_->BytesOf(fate));
}

// Whether it is known where it begins.
bool GuidedChooser::HasPlace(const LoggedCompletion& fate) const {
  return log_->operations[fate.operation].operation.offset !=
             kCurrentPosition ||
         std::find(placed_.begin(), placed_.end(), fate.completion.id) !=
             placed_.end();
}

// Whether a read finds some of the bytes that it is to see next.
bool GuidedChooser::MayGoOn(const LoggedCompletion& fate) const {
  return personality_ == sim::Personality::kIoUring && HasPlace(fate) &&
         kernel_->MayCopy(fate.completion.id, log_->BytesOf(fate)).value_or(0) >
             0;
}

// What a change of a file would mean to the reads in flight.
sim::Kernel::Effect GuidedChooser::EffectOnReads(
    const LoggedCompletion& fate) const {
  using Effect = sim::Kernel::Effect;
  Effect effect = Effect::kNone;
  if (!IsFileChange(fate)) return effect;
  for (std::size_t i = matched_; i < log_->completions.size(); ++i) {
    const LoggedCompletion& other = log_->completions[i];
    if (other.completion.result < 0 || IsDone(other.completion.id)) continue;
    const Effect on = kernel_->EffectOn(fate.completion.id, other.completion.id,
                                        log_->BytesOf(other));
    // Where one without a place would begin now says little.
    if (on == Effect::kSpoils && HasPlace(other) && !IsCarefree()) return on;
    if (!HasPlace(fate) && !HasPlace(other)) continue;
    // In some rounds it waits until the read has to be reported.
    const bool in_time = round_ % 4 != 2 || other.reap <= reap_;
    if (on == Effect::kFeeds && in_time) effect = on;
  }
  return effect;
}

// Whether a change would replace at the end what another one in flight brings.
bool GuidedChooser::IsTooEarly(const LoggedCompletion& fate) const {
  if (!IsFileChange(fate) || IsCarefree()) return false;
  for (std::size_t i = matched_; i < log_->completions.size(); ++i) {
    const LoggedCompletion& other = log_->completions[i];
    if (&other == &fate || !IsFileChange(other)) continue;
    if (WaitsFor(fate, other)) return true;
  }
  return false;
}

// Whether one that has to be reported waits for this change.
bool GuidedChooser::IsWaitedFor(const LoggedCompletion& fate) const {
  for (std::size_t i = matched_; i < log_->completions.size(); ++i) {
    const LoggedCompletion& other = log_->completions[i];
    if (other.reap > reap_) break;
    if (&other != &fate && IsFileChange(other) && WaitsFor(other, fate)) {
      return true;
    }
  }
  return false;
}

bool GuidedChooser::WaitsFor(const LoggedCompletion& fate,
                             const LoggedCompletion& other) const {
  return std::any_of(files_.begin(), files_.end(), [&](const FinalFile& file) {
    return kernel_->WaitsFor(fate.completion.id, other.completion.id, file.name,
                             file.bytes);
  });
}

GuidedChooser::Candidates GuidedChooser::ThinkTransfer(
    uint32_t n, std::string_view label, const LoggedCompletion* fate) {
  Candidates candidates;
  if (label == "position.early" || label == "position.late") {
    candidates.AddBoth(
        fate == nullptr || round_ < 2
            ? round_ > 0
            : WaitsIn(round_ * 31 + (label == "position.late"), *fate));
    return candidates;
  }
  if (label == "transfer.pause.time") {
    // What has gone on may do so again. What has not looks in the next Reap,
    // and later if it has done that.
    if (part_ > 0) {
      candidates.Add(0);
      return candidates;
    }
    candidates.Add(PausesOf(kernel_->deciding()) > 1 ? 3 : 1);
    return candidates;
  }
  if (fate == nullptr || fate->completion.result < 0) {
    // What is cancelled has not begun when the cancel comes.
    const bool waits =
        fate != nullptr && label == "transfer.pause" &&
        fate->completion.result == -static_cast<int64_t>(Error::kCancelled);
    candidates.Add(waits ? 1 : 0);
    return candidates;
  }
  if (label == "read.torn") {
    candidates.Add(SeesIt(*fate) || MayGoOn(*fate) ? 1 : 0);
    return candidates;
  }
  if (label == "read.part") {
    candidates.Add(static_cast<uint32_t>(std::min<uint64_t>(
        kernel_->MayCopy(fate->completion.id, log_->BytesOf(*fate)).value_or(0),
        n - 1)));
    return candidates;
  }
  // "transfer.pause"
  if (IsFileRead(*fate)) {
    // What it sees at the current position may be there by chance.
    const bool certain = HasPlace(*fate);
    const bool waits =
        !SeesIt(*fate) || (!certain && fate->reap > reap_ && IsLazy(*fate));
    candidates.Add(waits ? 1 : 0);
    if (!certain && SeesIt(*fate)) candidates.Add(waits ? 0 : 1);
    return candidates;
  }
  const sim::Kernel::Effect effect = EffectOnReads(*fate);
  if (effect == sim::Kernel::Effect::kSpoils || IsTooEarly(*fate)) {
    // Not for ever: some wait for each other.
    candidates.AddBoth(PausesOf(fate->completion.id) < kMostPauses);
  } else {
    const bool waits = fate->reap > reap_ && IsLazy(*fate) &&
                       effect == sim::Kernel::Effect::kNone &&
                       !IsWaitedFor(*fate);
    candidates.Add(waits ? 1 : 0);
  }
  return candidates;
}

}  // namespace wharf::differential
