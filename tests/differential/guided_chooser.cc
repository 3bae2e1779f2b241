#include "tests/differential/guided_chooser.h"

#include <algorithm>

#include "engine/error.h"
#include "sim/random.h"
#include "tests/differential/following_port.h"

namespace wharf::differential {
namespace {

using sim::OperationClass;
using sim::Personality;

// The decision of how an operation of each class ends.
struct OutcomeLabel {
  std::string_view label;
  OperationClass operation;
};
constexpr OutcomeLabel kOutcomeLabels[] = {
    {"read.outcome", OperationClass::kRead},
    {"write.outcome", OperationClass::kWrite},
    {"sync.outcome", OperationClass::kSync},
    {"allocate.outcome", OperationClass::kAllocate},
    {"receive.outcome", OperationClass::kReceive},
    {"send.outcome", OperationClass::kSend},
    {"poll.outcome", OperationClass::kPoll},
    {"open.outcome", OperationClass::kOpen},
    {"close.outcome", OperationClass::kClose},
    {"accept.outcome", OperationClass::kAccept},
    {"connect.outcome", OperationClass::kConnect},
};

// Options of a latency: 0, and seven that are each at least four times the one
// before. The first ones are for what comes soon; see late_ranks_ for the rest.
constexpr uint32_t kLatencies = 8;
constexpr uint32_t kSoonLatencies = 2;

// How often reports may be put off in one run.
constexpr uint32_t kMaxPostponed = 300;

// Ranks of what is due from here on make no difference.
constexpr uint32_t kIndifferent = 1000000;

// Attempts of one round, before another one assumes something else.
constexpr uint64_t kRoundAttempts = 40;

constexpr int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

// Decisions that the operation's result tells.
struct Sign {
  std::string_view label;
  bool (*yes)(int64_t result);
};
constexpr Sign kSigns[] = {
    {"send.into_closed", [](int64_t result) { return result >= 0; }},
    {"send.unconnected",
     [](int64_t result) { return result != Negated(Error::kNotConnected); }},
    {"send.reset_unheard",
     [](int64_t result) { return result == Negated(Error::kBrokenPipe); }},
    {"receive.unconnected",
     [](int64_t result) { return result == Negated(Error::kInvalidArgument); }},
    {"shutdown.unconnected", [](int64_t result) { return result == 0; }},
    {"shutdown.reset", [](int64_t result) { return result == 0; }},
    {"poll.hang_up",
     [](int64_t result) { return result > 0 && (result & kPollHangUp) != 0; }},
};

}  // namespace

GuidedChooser::GuidedChooser(const PortLog* log, Personality personality)
    : log_(log), personality_(personality) {
  fates_.reserve(log->completions.size());
  for (uint32_t i = 0; i < log->completions.size(); ++i) {
    fates_.push_back({log->completions[i].completion.id.value, i});
  }
  late_ranks_.assign(log->reaps.size() + 1, 0);
  for (const LoggedCompletion& completion : log->completions) {
    if (log->operations[completion.operation].after_reaps < completion.reap) {
      late_ranks_[completion.reap] = 1;
    }
  }
  uint32_t rank = kSoonLatencies;
  for (uint32_t& late : late_ranks_) {
    rank = std::min(rank + late, kLatencies - 1);
    late = rank;
  }
  std::sort(fates_.begin(), fates_.end(),
            [](const Fate& a, const Fate& b) { return a.id < b.id; });
}

void GuidedChooser::Begin(const sim::Kernel* kernel,
                          const FollowingPort* port) {
  kernel_ = kernel;
  port_ = port;
  done_.clear();
  postponed_ = 0;
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
  if (lost_) return 0;
  if (!forbidden_.empty() && std::find(forbidden_.begin(), forbidden_.end(),
                                       label) != forbidden_.end()) {
    return 0;
  }
  if (depth_ == path_.size()) path_.push_back({Think(n, label), 0});
  if ((label == "completion.latency" || label == "cancel.latency") &&
      !IsDone(kernel_->deciding())) {
    done_.push_back(kernel_->deciding());
  }
  const Decision& decision = path_[depth_++];
  return std::min(decision.candidates.options[decision.current], n - 1);
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

void GuidedChooser::NextAttempt() {
  ++attempts_;
  path_.resize(std::min(path_.size(), depth_));
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

GuidedChooser::Candidates GuidedChooser::Think(uint32_t n,
                                               std::string_view label) {
  Candidates candidates;
  if (label == "order.next") return ThinkOrder(n);
  const LoggedCompletion* fate = FateOf(kernel_->deciding());
  const int64_t result = fate == nullptr ? 0 : fate->completion.result;
  if (label.ends_with(".outcome")) return ThinkOutcome(n, label, fate);
  if (label == "cancel.waiting" || label == "cancel.running") {
    return ThinkCancel(label, fate);
  }
  if (label == "cancel.latency" || label == "completion.latency") {
    return ThinkLatency(fate, /*done=*/true);
  }
  if (label == "operation.latency") return ThinkLatency(fate, /*done=*/false);
  if (label == "wake.latency" || label == "connect.again") {
    // What is made of it is reported at once, so it waits for what is first.
    if (fate != nullptr && fate->reap <= reap_ &&
        (IsBehindLate(fate) || IsBehindDone(fate) ||
         (round_ % 2 == 1 && IsBehindWoken(fate)))) {
      candidates.Add(late_ranks_[reap_]);
    }
    const Candidates more = ThinkLatency(fate, /*done=*/false);
    for (uint32_t i = 0; i < more.count; ++i) candidates.Add(more.options[i]);
    return candidates;
  }
  if (label == "close.after_others") {
    const bool first = matched_ < log_->completions.size() &&
                       IsDue(log_->completions[matched_].completion.id);
    candidates.Add(first ? 1 : 0);
    candidates.Add(first ? 0 : 1);
    return candidates;
  }
  if (label == "cancel.at_once") {
    candidates.Add(IsNext(fate) ? 1 : 0);
    candidates.Add(IsNext(fate) ? 0 : 1);
    return candidates;
  }
  if (label == "poll.looks_later") {
    candidates.Add(result > 0 ? 0 : 1);
    candidates.Add(result > 0 ? 1 : 0);
    return candidates;
  }
  if (label == "submit.blocks") {
    // Done at once: what a port calls itself comes after it.
    candidates.Add(round_ % 4 == 3 ? 1 : 0);
    candidates.Add(0);
    candidates.Add(1);
    return candidates;
  }
  if (label == "completion.later") {
    candidates.Add(IsNext(fate) ? 0 : 1);
    return candidates;
  }
  if (label == "cancel.late.time" || label == "connect.time") {
    for (const uint32_t option : {0u, 1u, 3u}) candidates.Add(option);
    return candidates;
  }
  if (label.ends_with(".bytes")) {
    // Choices::UpTo(n): option n - count.
    const bool fits = result > 0 && result <= static_cast<int64_t>(n);
    candidates.Add(fits ? n - static_cast<uint32_t>(result) : 0);
    return candidates;
  }
  if (label == "send.full") {
    // Windows' sends take what fits long before they are reported.
    const bool takes =
        personality_ == Personality::kIocp && round_ % 2 == 0 && result > 0;
    const bool next = IsNext(fate) || takes;
    candidates.Add(next ? 0 : 1);
    candidates.Add(next ? 1 : 0);
    return candidates;
  }
  if (label == "poll.full") {
    const bool writable = result > 0 && (result & kPollWritable) != 0;
    const bool now = writable && fate->reap <= reap_;
    candidates.Add(now ? 0 : 1);
    if (writable) candidates.Add(now ? 1 : 0);
    return candidates;
  }
  if (label == "position.early") {
    candidates.Add(round_ % 2 == 0 ? 1 : 0);
    candidates.Add(1);
    candidates.Add(0);
    return candidates;
  }
  for (const Sign& sign : kSigns) {
    if (sign.label != label) continue;
    candidates.Add(sign.yes(result) ? 1 : 0);
    return candidates;
  }
  if (label == "close.release") {
    candidates.Add(round_ % 3 == 1 ? 1 : 0);
    candidates.Add(1);
    candidates.Add(0);
    return candidates;
  }
  if (label == "reset.keeps_bytes") {
    candidates.Add(1);
    candidates.Add(0);
    return candidates;
  }
  if (label == "send.goes_on" || label == "connect.hangs") {
    candidates.Add(0);
    candidates.Add(1);
    return candidates;
  }
  candidates.Add(0);
  return candidates;
}

// When an operation takes effect or, if that is `done`, when it says so. What
// this Reap brings becomes due at once; what a later one brings becomes due
// with everything else that comes there (late ranks), or takes effect at once
// and says so later. What is done and has to wait for another that is under way
// lets time pass.
GuidedChooser::Candidates GuidedChooser::ThinkLatency(
    const LoggedCompletion* fate, bool done) {
  Candidates candidates;
  const bool later = fate != nullptr && fate->reap > reap_;
  if (done) {
    // It is asked again when that is over, so one guess is as good as another.
    candidates.Add(later ? late_ranks_[fate->reap]
                   : IsBehindLate(fate) ||
                           (personality_ == Personality::kIocp &&
                            fate != nullptr && IsBehindDone(fate))
                       ? late_ranks_[reap_]
                   : IsNext(fate) || NextIsDue() ? 0
                                                 : 1);
    return candidates;
  }
  if (later) {
    candidates.Add(EffectLatency(fate));
    candidates.Add(late_ranks_[fate->reap]);
  }
  for (const uint32_t option : {0u, 1u, 3u}) candidates.Add(option);
  return candidates;
}

// Whether something that was submitted before this Reap, and is not due yet, is
// reported first.
bool GuidedChooser::IsBehindLate(const LoggedCompletion* fate) const {
  if (fate == nullptr) return false;
  for (std::size_t i = matched_; &log_->completions[i] < fate; ++i) {
    const LoggedCompletion& other = log_->completions[i];
    if (log_->operations[other.operation].after_reaps < other.reap &&
        !IsDue(other.completion.id)) {
      return true;
    }
  }
  return false;
}

// Whether something that is done, and not due yet, is reported first.
bool GuidedChooser::IsBehindDone(const LoggedCompletion* fate) const {
  for (std::size_t i = matched_; &log_->completions[i] < fate; ++i) {
    const OperationId other = log_->completions[i].completion.id;
    if (IsDone(other) && !IsDue(other)) return true;
  }
  return false;
}

// Whether something that has begun, and is not due yet, is reported first.
bool GuidedChooser::IsBehindWoken(const LoggedCompletion* fate) const {
  for (std::size_t i = matched_; &log_->completions[i] < fate; ++i) {
    const OperationId other = log_->completions[i].completion.id;
    if (!IsDue(other) && !kernel_->IsStaged(other)) return true;
  }
  return false;
}

// When an operation that a later Reap brings has its effect: with that Reap, at
// once, or before the next Reap. Nobody knows: each round of attempts assumes
// something else.
uint32_t GuidedChooser::EffectLatency(const LoggedCompletion* fate) const {
  const uint32_t options[] = {late_ranks_[fate->reap], 0, 1};
  if (round_ < 3) return options[round_];
  sim::SplitMix64 bits(round_ * 1000003 + fate->completion.id.value);
  return options[bits.Next() % 3];
}

bool GuidedChooser::IsDue(OperationId id) const {
  for (uint32_t i = 0; i < kMaxCandidates; ++i) {
    if (kernel_->OperationBehind(i) == id) return true;
  }
  return false;
}

bool GuidedChooser::NextIsDue() const {
  if (matched_ == log_->completions.size()) return false;
  const OperationId next = log_->completions[matched_].completion.id;
  // What is still to begin may well be through before anything due is.
  return IsDue(next) || kernel_->IsStaged(next);
}

// What only has to be reported waits for its turn. What is to take effect does
// so in the order in which it is reported (even rounds) or in which it was due
// (odd rounds), later rounds beginning anywhere.
GuidedChooser::Candidates GuidedChooser::ThinkOrder(uint32_t n) {
  struct Due {
    uint32_t rank = 0;
    uint32_t option = 0;
  };
  std::array<Due, kMaxCandidates> due;
  n = std::min(n, kMaxCandidates);
  const bool by_report = round_ % 2 == 0;
  const uint32_t turn =
      round_ < 2 ? 0 : static_cast<uint32_t>((round_ * 7919 + depth_) % n);
  for (uint32_t i = 0; i < n; ++i) {
    const OperationId id = kernel_->OperationBehind(i);
    const LoggedCompletion* fate = FateOf(id);
    const bool next = IsNext(fate);
    if (next && (by_report || IsDone(id))) {
      due[i] = {0, i};
    } else {
      const uint32_t position =
          by_report && fate != nullptr
              ? static_cast<uint32_t>(fate - log_->completions.data())
              : (i + turn) % n;
      const bool indifferent = fate == nullptr || IsDone(id) || IsNop(*fate);
      due[i] = {1 + position + (indifferent ? kIndifferent : 0), i};
    }
  }
  std::sort(due.begin(), due.begin() + n, [](const Due& a, const Due& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.option < b.option;
  });
  Candidates candidates;
  for (uint32_t i = 0; i < n; ++i) {
    // What makes no difference is not tried in every order.
    if (i > 0 && due[i].rank >= kIndifferent) break;
    candidates.Add(due[i].option);
  }
  return candidates;
}

bool GuidedChooser::IsNop(const LoggedCompletion& fate) const {
  return log_->operations[fate.operation].operation.opcode == Opcode::kNop;
}

bool GuidedChooser::IsDone(OperationId id) const {
  return std::find(done_.begin(), done_.end(), id) != done_.end();
}

uint32_t GuidedChooser::FaultOption(std::string_view label, Error error) const {
  for (const OutcomeLabel& known : kOutcomeLabels) {
    if (known.label != label) continue;
    const auto faults = sim::FaultsOf(personality_, known.operation);
    for (uint32_t i = 0; i < faults.size(); ++i) {
      if (faults[i].error == error) return i + 1;
    }
  }
  return kNone;
}

GuidedChooser::Candidates GuidedChooser::ThinkOutcome(
    uint32_t n, std::string_view label, const LoggedCompletion* fate) {
  Candidates candidates;
  const int64_t result = fate == nullptr ? 0 : fate->completion.result;
  const Error error = result < 0 ? static_cast<Error>(-result) : Error::kNone;
  const uint32_t option = FaultOption(label, error);
  if (result >= 0) candidates.Add(0);
  if (option < n) candidates.Add(option);
  candidates.Add(0);
  return candidates;
}

GuidedChooser::Candidates GuidedChooser::ThinkCancel(
    std::string_view label, const LoggedCompletion* fate) {
  Candidates candidates;
  const int64_t result = fate == nullptr ? 0 : fate->completion.result;
  const bool running = label == "cancel.running";
  if (result == Negated(Error::kCancelled)) {
    candidates.Add(0);
  } else if (result == Negated(Error::kInterrupted)) {
    // Of what waits: 2. Of what runs: 3, or 4 with the kernel's own number.
    const bool own = fate->completion.native_error == 512;
    candidates.Add(running ? (own ? 4 : 3) : 2);
  } else if (personality_ == Personality::kIocp && result < 0) {
    candidates.Add(2);
  }
  candidates.Add(1);
  candidates.Add(0);
  return candidates;
}

}  // namespace wharf::differential
