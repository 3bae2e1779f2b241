// What GuidedChooser makes of the log: the answers that are likely to one
// decision.

#include <algorithm>

#include "engine/error.h"
#include "sim/random.h"
#include "tests/differential/guided_chooser.h"

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

// The longest latency.
constexpr uint32_t kLongest = sim::Kernel::kLatencyOptions - 1;

// Ranks of what is due from here on make no difference.
constexpr uint32_t kIndifferent = 1000000;
// Of what would see something else than it is to see: last of what matters.
constexpr uint32_t kBlind = kIndifferent - 1;
// Of what replaces bytes that others are still to see.
constexpr uint32_t kSpoiler = kBlind - 1000;

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
  if (label == "operation.latency") {
    // A read can stand still until it sees what it is to see.
    if (fate != nullptr &&
        (IsFileRead(*fate) || (IsFileChange(*fate) && IsLazy(*fate)))) {
      candidates.Add(0);
      return candidates;
    }
    return ThinkLatency(fate, /*done=*/false);
  }
  if (label == "wake.latency" && personality_ == Personality::kIoUring) {
    return ThinkWake(fate);
  }
  if (label == "wake.latency" || label == "connect.again") {
    // What is made of it is reported at once, so it waits for what is first.
    if (fate != nullptr && fate->reap <= reap_ &&
        (IsBehindLate(fate) || IsBehindDone(fate) ||
         (round_ % 2 == 1 && IsBehindWoken(fate)))) {
      candidates.Add(late_ranks_[reap_]);
    }
    // Of what a later Reap brings: it may look behind those that take all there
    // is now, and then waits again, behind whoever comes meanwhile.
    const bool looks_last =
        fate != nullptr && fate->reap > reap_ && label == "wake.latency";
    if (looks_last && round_ % 2 == 1) candidates.Add(late_ranks_[reap_]);
    // Or with a later Reap, behind what only that wakes.
    if (looks_last && round_ % 4 == 2) {
      candidates.Add(std::min(late_ranks_[fate->reap] + 1, kLongest));
    }
    const Candidates more = ThinkLatency(fate, /*done=*/false);
    for (uint32_t i = 0; i < more.count; ++i) candidates.Add(more.options[i]);
    if (looks_last) candidates.Add(late_ranks_[reap_]);
    return candidates;
  }
  if (label == "close.after_others") {
    const bool first = matched_ < log_->completions.size() &&
                       IsDue(log_->completions[matched_].completion.id);
    candidates.AddBoth(first);
    return candidates;
  }
  if (label == "cancel.at_once") {
    candidates.AddBoth(IsNext(fate));
    return candidates;
  }
  if (label == "poll.looks_later") {
    // What has just begun and is to see nothing looks at once, before the
    // others of this Reap have changed anything, and waits.
    const bool begins = fate != nullptr && fate->reap > reap_ &&
                        kernel_->IsStaged(kernel_->deciding());
    candidates.AddBoth(result <= 0 && !begins);
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
  if (label == "cancel.late.time" && result != Negated(Error::kCancelled)) {
    candidates.Add(kLongest);  // It comes too late.
    candidates.Add(1);
    return candidates;
  }
  if (label == "cancel.late.time" || label == "connect.time") {
    for (const uint32_t option : {0u, 1u, 3u}) candidates.Add(option);
    return candidates;
  }
  if (label == "write.torn") {
    torn_ = TornBytes();
    candidates.Add(torn_ > 0 ? 1 : 0);
    candidates.Add(0);
    return candidates;
  }
  if (label == "write.torn.bytes") {
    candidates.Add(n - torn_);
    return candidates;
  }
  if (label == "read.torn" || label == "transfer.pause" ||
      label == "transfer.pause.time" || label == "read.part" ||
      label == "position.early" || label == "position.late") {
    return ThinkTransfer(n, label, fate);
  }
  if (label.ends_with(".bytes")) {
    // Choices::UpTo(n): option n - count.
    const bool fits = result > 0 && result <= static_cast<int64_t>(n);
    candidates.Add(fits ? n - static_cast<uint32_t>(result) : 0);
    return candidates;
  }
  if (label == "send.full") {
    // If nothing else is due, nobody might wake it in this Reap.
    const bool alone = kernel_->OperationBehind(0).value == 0;
    // Windows' sends take what fits long before they are reported.
    const bool takes =
        personality_ == Personality::kIocp && round_ % 2 == 0 && result > 0;
    const bool fits =
        takes || (fate != nullptr && fate->reap <= reap_ && result >= 0 &&
                  (alone || IsNext(fate) ||
                   (round_ % 2 == 1 &&
                    (round_ % 4 == 3 || HasWaited(kernel_->deciding())))));
    candidates.AddBoth(!fits);
    return candidates;
  }
  if (label == "poll.full") {
    const bool writable = result > 0 && (result & kPollWritable) != 0;
    if (writable) candidates.Add(0);
    candidates.Add(1);
    return candidates;
  }
  for (const Sign& sign : kSigns) {
    if (sign.label != label) continue;
    candidates.Add(sign.yes(result) ? 1 : 0);
    return candidates;
  }
  if (label == "stream.delay" && personality_ == Personality::kIocp) {
    // Of TCP's bytes some come after a receive that then waits for the next
    // Reap. Nobody knows whose.
    sim::SplitMix64 bits(round_ * 1000033 + kernel_->deciding().value);
    const uint64_t pick = round_ < 2 ? 7 : bits.Next() % 8;
    if (pick < 2) candidates.Add(std::min(late_ranks_[reap_] + 1, kLongest));
    if (pick == 2) candidates.Add(kLongest);  // Nobody waits for so long.
    candidates.Add(0);
    return candidates;
  }
  if (label == "send.unheard") {
    candidates.AddBoth(fate != nullptr && fate->reap > reap_);
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
    // It is asked again when that is over, so one guess is as good as another;
    // but what is asked again is behind something that takes longer.
    const bool again = IsDone(kernel_->deciding());
    // What is in the way may be due with the rest of this Reap after all.
    if (personality_ == Personality::kLinuxAio && round_ % 2 == 1 && !later &&
        !again) {
      candidates.Add(0);
    }
    candidates.Add(later ? late_ranks_[fate->reap]
                   : again || IsBehindLate(fate) ||
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

// When one that was woken tries again. A poll does it as soon as it can say
// what it is to say, and reports that later; anything else mostly with the Reap
// that brings it.
GuidedChooser::Candidates GuidedChooser::ThinkWake(
    const LoggedCompletion* fate) {
  Candidates candidates;
  if (fate == nullptr) {
    candidates.Add(0);
    return candidates;
  }
  const uint32_t later = fate->reap > reap_ ? late_ranks_[fate->reap] : 1;
  if (fate->reap > reap_ && !OnlyLooks(*fate) && WaitsIn(round_, *fate)) {
    candidates.Add(later);
    candidates.Add(1);
    candidates.Add(0);
  } else {
    candidates.Add(0);
    candidates.Add(later);
    candidates.Add(1);
  }
  return candidates;
}

// Whether one of which nobody knows takes its time: each round assumes
// something else.
bool GuidedChooser::WaitsIn(uint64_t round, const LoggedCompletion& fate) {
  if (round < 3) return round < 2;
  sim::SplitMix64 bits(round * 1000033 + fate.completion.id.value);
  return bits.Next() % 2 == 0;
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

// Whether something that has begun, and is not due yet, is reported first; now
// and then also something that is still to begin.
bool GuidedChooser::IsBehindWoken(const LoggedCompletion* fate) const {
  for (std::size_t i = matched_; &log_->completions[i] < fate; ++i) {
    const OperationId other = log_->completions[i].completion.id;
    if (!IsDue(other) && (round_ % 4 == 1 || !kernel_->IsStaged(other))) {
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

// When an operation that a later Reap brings has its effect: with that Reap, at
// once, or before the next Reap. Nobody knows: each round of attempts assumes
// something else.
uint32_t GuidedChooser::EffectLatency(const LoggedCompletion* fate) const {
  const uint32_t late = late_ranks_[fate->reap];
  if (round_ < 2) return late;
  // Who only looks does best to be there with the others.
  if (round_ < 4) {
    return OnlyLooks(*fate) ? late : static_cast<uint32_t>(round_ - 2);
  }
  sim::SplitMix64 bits(round_ * 1000003 + fate->completion.id.value);
  const uint32_t options[] = {late, 0, late, 1};
  return options[bits.Next() % (OnlyLooks(*fate) ? 3 : 4)];
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
      round_ < 2 || round_ % 4 == 3
          ? 0
          : static_cast<uint32_t>((round_ * 7919 + depth_) % n);
  for (uint32_t i = 0; i < n; ++i) {
    const OperationId id = kernel_->OperationBehind(i);
    const LoggedCompletion* fate = FateOf(id);
    if (fate != nullptr && !IsDone(id) && OnlyLooks(*fate)) {
      due[i] = {SeesIt(*fate) || MayGoOn(*fate) ? 0 : kBlind, i};
    } else if (fate != nullptr && !IsDone(id) && IsFileRead(*fate)) {
      due[i] = {MayGoOn(*fate) ? 1
                : SeesIt(*fate)
                    ? 2 + static_cast<uint32_t>(fate - log_->completions.data())
                    : kBlind,
                i};
    } else if (fate != nullptr && !IsDone(id) &&
               (EffectOnReads(*fate) == sim::Kernel::Effect::kSpoils ||
                IsTooEarly(*fate))) {
      due[i] = {kSpoiler + i, i};
    } else if (IsNext(fate) && (by_report || IsDone(id))) {
      due[i] = {1, i};
    } else {
      const uint32_t position =
          by_report && fate != nullptr
              ? static_cast<uint32_t>(fate - log_->completions.data())
              : (i + turn) % n;
      const bool indifferent = fate == nullptr || IsDone(id) || IsNop(*fate);
      due[i] = {2 + position + (indifferent ? kIndifferent : 0), i};
    }
  }
  std::sort(due.begin(), due.begin() + n, [](const Due& a, const Due& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.option < b.option;
  });
  Candidates candidates;
  for (uint32_t i = 0; i < n; ++i) {
    // What makes no difference, or sees something else, is not tried in every
    // order; and what sees what it is to see has nothing to wait for.
    if (i > 0 && (due[0].rank == 0 || due[i].rank >= kBlind)) break;
    candidates.Add(due[i].option);
  }
  return candidates;
}

bool GuidedChooser::IsNop(const LoggedCompletion& fate) const {
  return log_->operations[fate.operation].operation.opcode == Opcode::kNop;
}

// Whether it changes nothing for others. So it looks as soon as it sees what it
// is to see, and reports that when its turn comes.
bool GuidedChooser::OnlyLooks(const LoggedCompletion& fate) const {
  if (fate.completion.result < 0) return false;
  const Operation& operation = log_->operations[fate.operation].operation;
  if (operation.opcode == Opcode::kPoll) return true;
  return (operation.opcode == Opcode::kRead ||
          operation.opcode == Opcode::kReadVectored) &&
         operation.offset != kCurrentPosition &&
         !kernel_->IsOnStream(fate.completion.id);
}

bool GuidedChooser::HasWaited(OperationId id) const {
  return std::find(waited_.begin(), waited_.end(), id) != waited_.end();
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

// Without faults that nobody has caused: files and streams in the memory of a
// machine in good health transfer a part, and a file system may lack an
// allocation. Whatever else a program ends with it has to end with by itself:
// an injected fault would explain any error.
GuidedChooser::Candidates GuidedChooser::ThinkOutcome(
    uint32_t n, std::string_view label, const LoggedCompletion* fate) {
  Candidates candidates;
  const int64_t result = fate == nullptr ? 0 : fate->completion.result;
  const Error error = result < 0 ? static_cast<Error>(-result) : Error::kNone;
  const bool healthy = error == Error::kNone || error == Error::kNotSupported;
  const uint32_t option = healthy ? FaultOption(label, error) : kNone;
  // The sender's buffers are smaller than the simulated ones.
  const bool all =
      fate == nullptr || label != "send.outcome" ||
      static_cast<uint64_t>(result) == log_->operations[fate->operation].bytes;
  if (result >= 0 && all) candidates.Add(0);
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
