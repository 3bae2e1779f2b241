// RandomChooser: search by seed. A profile says how likely each decision's
// options are; a swarm lets every run draw a profile of its own around it, so
// that some runs have no fault of one kind at all and many of another (Groce et
// al., "Swarm testing", 2012).

#ifndef WHARF_SIM_RANDOM_CHOOSER_H_
#define WHARF_SIM_RANDOM_CHOOSER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/chooser.h"
#include "sim/random.h"

namespace wharf::sim {

// How likely the options of one decision are.
struct LabelWeights {
  // The decision's label, or a prefix of it followed by "*".
  std::string label;
  // Relative weights of options 0, 1, 2...; each at most 65535. The last one
  // is shared evenly by its option and all further ones: {950, 50} takes
  // option 0 in 95 % and one of the others in 5 % of all cases, however many
  // they are. Weights beyond the decision's n are ignored. Empty, or a sum of
  // 0: always option 0.
  std::vector<uint32_t> weights;
};

// A named set of weights.
struct Profile {
  std::string name;
  // The longest matching label counts, and of equal ones the first. Decisions
  // that match none are drawn evenly.
  std::vector<LabelWeights> labels;
  // In so many of 1000 runs a decision (each for itself) is switched off: it
  // takes option 0 throughout the run. 0 switches the swarm off, including the
  // next field.
  uint32_t swarm_off_permille = 0;
  // In a swarm, a run makes all options but the first up to 2^n times likelier
  // or rarer than listed, for each decision for itself.
  uint32_t swarm_scale_bits = 3;
};

// Answers from the seed alone: same profile, seed and calls, same answers, on
// every platform. In a swarm, what a run draws for a label depends on the seed
// and the label, not on when the label is first seen.
class RandomChooser final : public Chooser {
 public:
  // Every decision drawn evenly.
  explicit RandomChooser(uint64_t seed) : RandomChooser(seed, Profile()) {}
  // Copies the profile.
  RandomChooser(uint64_t seed, Profile profile);
  RandomChooser(const RandomChooser&) = delete;
  RandomChooser& operator=(const RandomChooser&) = delete;

  // As new with this seed and the same profile, without allocating: a search
  // uses one chooser for all of its runs.
  void Reseed(uint64_t seed);

  // Allocates only when it sees a label for the first time.
  uint32_t Choose(uint32_t n, std::string_view label) override;

 private:
  // What the profile says about one label, and what this run makes of it.
  struct Resolved {
    std::string_view label;
    uint64_t hash = 0;
    const LabelWeights* listed = nullptr;  // Null: even.
    uint64_t run = 0;                      // That the rest was drawn for.
    bool even = true;
    std::vector<uint32_t> weights;
  };

  const Resolved& Find(std::string_view label);
  Resolved Match(std::string_view label) const;
  void DrawForRun(Resolved& resolved) const;
  void Grow();

  uint64_t seed_;
  Profile profile_;
  Random random_;
  uint64_t run_ = 1;
  std::vector<Resolved> resolved_;
  // Open addressing by the label's address: labels are literals, so the same
  // address and size mean the same label. One label may live at several
  // addresses; each gets an equal entry. Never iterated, hence no order that
  // depends on addresses.
  std::vector<uint32_t> slots_;  // Index into resolved_ plus 1; 0 is free.
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_RANDOM_CHOOSER_H_
