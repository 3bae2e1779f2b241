#include "tests/differential/guided_chooser.h"

#include <algorithm>

#include "sim/random.h"

namespace wharf::differential {
namespace {

using sim::Personality;

// How often reports may be put off in one run.
constexpr uint32_t kMaxPostponed = 300;
// How often transfers may stand still in one run.
constexpr uint32_t kMaxPauses = 1000;

// Attempts of one round, before another one assumes something else.
constexpr uint64_t kRoundAttempts = 40;
// Rounds before it wanders, for as many attempts as a round has, after every
// other one.
constexpr uint64_t kRounds = 4;
// Of so many decisions a wandering run answers one by chance.
constexpr uint64_t kStraysOnceIn = 64;

}  // namespace

GuidedChooser::GuidedChooser(const PortLog* log, Personality personality)
    : log_(log), personality_(personality), late_ranks_(LateRanks(*log)) {
  fates_.reserve(log->completions.size());
  for (uint32_t i = 0; i < log->completions.size(); ++i) {
    fates_.push_back({log->completions[i].completion.id.value, i});
  }
  std::sort(fates_.begin(), fates_.end(),
            [](const Fate& a, const Fate& b) { return a.id < b.id; });
}

void GuidedChooser::Begin(const sim::Kernel* kernel,
                          const FollowingPort* port) {
  kernel_ = kernel;
  port_ = port;
  done_.clear();
  waited_.clear();
  placed_.clear();
  postponed_ = 0;
  pauses_ = 0;
  paused_.clear();
  depth_ = 0;
  scanned_ = 0;
  matched_ = 0;
  reap_ = 0;
  lost_ = false;
}

uint32_t GuidedChooser::Choose(uint32_t n, std::string_view label) {
  if (n <= 1 || kernel_ == nullptr) return 0;
  ReadTrace();
  if (label == "completion.later") {
    if (!IsDone(kernel_->deciding())) {
      CheckEffect();
    } else if (++postponed_ > kMaxPostponed) {
      lost_ = true;  // What would have to come first never does.
    }
  }
  if (label == "transfer.pause") part_ = 0;
  if (lost_) return 0;
  if (!forbidden_.empty() && std::find(forbidden_.begin(), forbidden_.end(),
                                       label) != forbidden_.end()) {
    return 0;
  }
  if (depth_ == path_.size()) path_.push_back({Guess(n, label), 0});
  if ((label == "completion.latency" || label == "cancel.latency") &&
      !IsDone(kernel_->deciding())) {
    done_.push_back(kernel_->deciding());
  }
  const Decision& decision = path_[depth_++];
  const uint32_t answer =
      std::min(decision.candidates.options[decision.current], n - 1);
  if (label == "send.full" && answer == 1) {
    waited_.push_back(kernel_->deciding());
  }
  if (label == "position.early" && answer == 1) {
    placed_.push_back(kernel_->deciding());
  }
  if (label == "read.part") part_ = answer;
  if (label == "transfer.pause" && answer == 1) CountPause();
  return answer;
}

void GuidedChooser::CountPause() {
  if (++pauses_ > kMaxPauses) lost_ = true;
  const OperationId id = kernel_->deciding();
  const uint32_t count = PausesOf(id) + 1;
  for (Pauses& pauses : paused_) {
    if (pauses.id != id) continue;
    pauses = {id, reap_, count};
    return;
  }
  paused_.push_back({id, reap_, count});
}

uint32_t GuidedChooser::PausesOf(OperationId id) const {
  for (const Pauses& pauses : paused_) {
    if (pauses.id == id) return pauses.reap == reap_ ? pauses.count : 0;
  }
  return 0;
}

bool GuidedChooser::lost() {
  if (kernel_ != nullptr) ReadTrace();
  return lost_;
}

// Follows what the kernel has posted since the last look.
void GuidedChooser::ReadTrace() {
  const std::vector<sim::TraceEntry>& entries = kernel_->trace().entries();
  for (; scanned_ < entries.size() && !lost_; ++scanned_) {
    const sim::TraceEntry& entry = entries[scanned_];
    if (entry.kind != sim::TraceKind::kComplete) continue;
    if (matched_ == log_->completions.size()) {
      lost_ = true;
      return;
    }
    const LoggedCompletion& expected = log_->completions[matched_];
    const Opcode opcode = log_->operations[expected.operation].operation.opcode;
    if (expected.completion.id.value != entry.subject ||
        !SameResult(opcode, expected.completion.result, entry.a)) {
      lost_ = true;
      return;
    }
    ++matched_;
    if (matched_ > best_matched_) {
      best_matched_ = matched_;
      best_choices_ = kernel_->trace().Choices();
    }
  }
}

// An operation has had its effect: whether that is what the log says, even if
// it is reported later.
void GuidedChooser::CheckEffect() {
  const LoggedCompletion* fate = FateOf(kernel_->deciding());
  if (fate == nullptr) return;
  const Opcode opcode = log_->operations[fate->operation].operation.opcode;
  if (!SameResult(opcode, fate->completion.result, kernel_->decided_result()) ||
      (port_ != nullptr && !port_->SameBytes(*fate))) {
    lost_ = true;
  }
}

bool GuidedChooser::IsWandering() const {
  const uint64_t round = (attempts_ - 1) / kRoundAttempts;
  return round >= kRounds && round % 2 == 0;
}

GuidedChooser::Candidates GuidedChooser::Guess(uint32_t n,
                                               std::string_view label) {
  Candidates likely = Think(n, label);
  if (!IsWandering() || label.ends_with(".outcome")) return likely;
  sim::SplitMix64 bits(attempts_ * 1000003 + path_.size());
  const bool strays = bits.Next() % kStraysOnceIn == 0;
  if (!strays && path_.size() != leaves_at_) return likely;
  Candidates chance;
  chance.Add(static_cast<uint32_t>(bits.Next() % n));
  return chance;
}

// What went wrong is mostly near the end of the way, and sometimes anywhere.
void GuidedChooser::Wander() {
  ++round_;
  path_.clear();
  leaves_at_ = best_path_.size();
  sim::SplitMix64 bits(attempts_ * 1000211);
  if (best_path_.empty() || bits.Next() % 4 == 0) return;
  leaves_at_ = bits.Next() % best_path_.size();
  if (bits.Next() % 2 == 0) {
    leaves_at_ = best_path_.size() - 1 - bits.Next() % (leaves_at_ + 1);
  }
  path_.assign(best_path_.begin(),
               best_path_.begin() + static_cast<std::ptrdiff_t>(leaves_at_));
}

void GuidedChooser::NextAttempt() {
  const bool wandered = IsWandering();
  ++attempts_;
  path_.resize(std::min(path_.size(), depth_));
  // Of those that came equally far now and then another one.
  if (matched_ > best_path_matched_ ||
      (matched_ == best_path_matched_ && attempts_ % 8 == 0)) {
    best_path_matched_ = matched_;
    best_path_ = path_;
  }
  if (IsWandering()) return Wander();
  if (wandered) round_attempts_ = kRoundAttempts;
  if (++round_attempts_ < kRoundAttempts) {
    while (!path_.empty()) {
      Decision& last = path_.back();
      if (last.current + 1 < last.candidates.count) {
        ++last.current;
        return;
      }
      path_.pop_back();
    }
  }
  path_.clear();
  round_attempts_ = 0;
  ++round_;
}

const LoggedCompletion* GuidedChooser::FateOf(OperationId id) const {
  const auto found = std::lower_bound(
      fates_.begin(), fates_.end(), id.value,
      [](const Fate& fate, uint64_t value) { return fate.id < value; });
  if (found == fates_.end() || found->id != id.value) return nullptr;
  return &log_->completions[found->position];
}

// Whether it is the next to come.
bool GuidedChooser::IsNext(const LoggedCompletion* fate) const {
  return matched_ < log_->completions.size() &&
         fate == &log_->completions[matched_];
}

}  // namespace wharf::differential
