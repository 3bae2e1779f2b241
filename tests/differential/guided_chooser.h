// GuidedChooser: looks for choices with which the simulated kernel does what a
// real one did. It knows the log of the real run and, at each decision, which
// operation the simulated kernel asks about: so it can tell most answers from
// what that operation came to. Where several may be right it takes one, and if
// the run then leaves the log, the next run takes another: depth-first, the
// last open decision first, in rounds that differ in what they assume of when
// effects happened. After a few rounds it wanders in between: it goes the way
// that came furthest up to some decision, answers that by chance, and goes on
// with what is likely, straying now and then. Any way counts, as long as it is
// the simulator's own; only how operations end is never left to chance, since
// an injected fault would explain everything.
//
//   GuidedChooser chooser(&log, personality);
//   do {
//     ... run the program on a Kernel with this chooser, along the log ...
//   } while (!followed && (chooser.NextAttempt(), true));

#ifndef WHARF_TESTS_DIFFERENTIAL_GUIDED_CHOOSER_H_
#define WHARF_TESTS_DIFFERENTIAL_GUIDED_CHOOSER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/chooser.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/personality.h"
#include "tests/differential/following_port.h"
#include "tests/differential/port_log.h"

namespace wharf::differential {

// For one log. Not for concurrent use.
class GuidedChooser final : public sim::Chooser, public Guide {
 public:
  // Borrows the log. Each identity is in it once.
  GuidedChooser(const PortLog* log, sim::Personality personality);

  // These decisions are always answered with 0.
  void Forbid(std::vector<std::string_view> labels) {
    forbidden_ = std::move(labels);
  }
  // What a file is to hold at the end; the bytes are borrowed.
  struct FinalFile {
    std::string name;
    std::span<const std::byte> bytes;
  };
  void ExpectFiles(std::vector<FinalFile> files) { files_ = std::move(files); }
  // A run begins on this kernel, which keeps its trace's entries, and along
  // this port, if there is one. Borrowed until End.
  void Begin(const sim::Kernel* kernel, const FollowingPort* port);
  // The run is over: whatever is still asked is answered with 0.
  void End() { kernel_ = nullptr; }
  void BeginReap(uint32_t reap) override { reap_ = reap; }
  bool ComesAtOnce() override { return Choose(2, "reap.at_once") == 1; }

  uint32_t Choose(uint32_t n, std::string_view label) override;

  // The run has left the log: an operation came to something else, or was
  // reported out of turn.
  bool lost() override;
  void Lose() override { lost_ = true; }
  // Completions posted in this run as the log has them.
  std::size_t matched() const { return matched_; }

  // The run did not follow: the next one goes another way.
  void NextAttempt();
  // The first, and those that NextAttempt has called for.
  uint64_t attempts() const { return attempts_; }

  // The run that followed furthest: how far, and its choices up to there.
  std::size_t best_matched() const { return best_matched_; }
  const std::vector<uint32_t>& best_choices() const { return best_choices_; }

 private:
  static constexpr uint32_t kMaxCandidates = 16;
  static constexpr uint32_t kNone = ~uint32_t{0};

  // Answers still to be tried, the likeliest first.
  struct Candidates {
    std::array<uint32_t, kMaxCandidates> options = {};
    uint32_t count = 0;
    void Add(uint32_t option) {
      for (uint32_t i = 0; i < count; ++i) {
        if (options[i] == option) return;
      }
      if (count < kMaxCandidates) options[count++] = option;
    }
    // Yes or no, the likelier first.
    void AddBoth(bool first) {
      Add(first ? 1 : 0);
      Add(first ? 0 : 1);
    }
  };
  struct Decision {
    Candidates candidates;
    uint32_t current = 0;
  };
  // What the log says of one operation.
  struct Fate {
    uint64_t id = 0;
    uint32_t position = kNone;  // Among the completions.
  };

  bool IsWandering() const;
  void Wander();
  Candidates Guess(uint32_t n, std::string_view label);
  void ReadTrace();
  void CheckEffect();
  const LoggedCompletion* FateOf(OperationId id) const;
  bool IsNext(const LoggedCompletion* fate) const;
  Candidates Think(uint32_t n, std::string_view label);
  uint32_t EffectLatency(const LoggedCompletion* fate) const;
  bool IsBehindLate(const LoggedCompletion* fate) const;
  bool IsBehindDone(const LoggedCompletion* fate) const;
  bool IsBehindWoken(const LoggedCompletion* fate) const;
  bool IsDue(OperationId id) const;
  bool NextIsDue() const;
  bool IsDone(OperationId id) const;
  bool HasWaited(OperationId id) const;
  bool IsNop(const LoggedCompletion& fate) const;
  bool OnlyLooks(const LoggedCompletion& fate) const;
  bool SeesIt(const LoggedCompletion& fate) const;
  bool IsFileRead(const LoggedCompletion& fate) const;
  bool IsFileChange(const LoggedCompletion& fate) const;
  bool MayGoOn(const LoggedCompletion& fate) const;
  sim::Kernel::Effect EffectOnReads(const LoggedCompletion& fate) const;
  void CountPause();
  uint32_t PausesOf(OperationId id) const;
  bool HasPlace(const LoggedCompletion& fate) const;
  bool IsTooEarly(const LoggedCompletion& fate) const;
  bool IsWaitedFor(const LoggedCompletion& fate) const;
  bool WaitsFor(const LoggedCompletion& fate,
                const LoggedCompletion& other) const;
  // What is no more than likely is not believed in every round.
  bool IsCarefree() const { return round_ % 4 == 3; }
  bool IsLazy(const LoggedCompletion& fate) const;
  Candidates ThinkTransfer(uint32_t n, std::string_view label,
                           const LoggedCompletion* fate);
  uint32_t TornBytes() const;
  static bool WaitsIn(uint64_t round, const LoggedCompletion& fate);
  Candidates ThinkWake(const LoggedCompletion* fate);
  Candidates ThinkLatency(const LoggedCompletion* fate, bool done);
  Candidates ThinkOrder(uint32_t n);
  Candidates ThinkOutcome(uint32_t n, std::string_view label,
                          const LoggedCompletion* fate);
  Candidates ThinkCancel(std::string_view label, const LoggedCompletion* fate);
  uint32_t FaultOption(std::string_view label, Error error) const;

  const PortLog* log_;
  const sim::Personality personality_;
  const std::vector<uint32_t> late_ranks_;
  std::vector<std::string_view> forbidden_;
  std::vector<Fate> fates_;  // By id.
  std::vector<FinalFile> files_;
  const sim::Kernel* kernel_ = nullptr;
  const FollowingPort* port_ = nullptr;
  std::vector<Decision> path_;
  std::size_t depth_ = 0;
  // Operations of this run whose results are certain, but not reported.
  std::vector<OperationId> done_;
  // Transfers of this run that have taken the current position.
  std::vector<OperationId> placed_;
  // Senders of this run that have found their stream full.
  std::vector<OperationId> waited_;
  uint32_t postponed_ = 0;
  std::size_t scanned_ = 0;
  std::size_t matched_ = 0;
  uint32_t reap_ = 0;
  uint32_t torn_ = 0;  // Of the write at "write.torn".
  uint32_t part_ = 0;  // Of the read at "read.part".
  // Transfers that stand still, how often in this Reap.
  struct Pauses {
    OperationId id;
    uint32_t reap = 0;
    uint32_t count = 0;
  };
  std::vector<Pauses> paused_;
  uint32_t pauses_ = 0;
  bool lost_ = false;
  uint64_t attempts_ = 1;
  uint64_t round_ = 0;
  uint64_t round_attempts_ = 0;
  std::size_t best_matched_ = 0;
  std::vector<uint32_t> best_choices_;
  // A way that came as far as any, how far that is, and where the run leaves
  // it.
  std::vector<Decision> best_path_;
  std::size_t best_path_matched_ = 0;
  std::size_t leaves_at_ = 0;
};

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_GUIDED_CHOOSER_H_
