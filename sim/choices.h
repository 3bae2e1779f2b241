// Choices: how the simulated kernel asks its chooser. Puts every answer into
// the trace, and turns options into amounts.

#ifndef WHARF_SIM_CHOICES_H_
#define WHARF_SIM_CHOICES_H_

#include <algorithm>
#include <cstdint>
#include <limits>

#include "sim/chooser.h"
#include "sim/label.h"
#include "sim/trace.h"
#include "sim/virtual_clock.h"

namespace wharf::sim {

// Borrows all three. Not for concurrent use.
class Choices {
 public:
  // A null chooser takes option 0 throughout, without a trace of it.
  Choices(Chooser* chooser, Trace* trace, const VirtualClock* clock)
      : chooser_(chooser), trace_(trace), clock_(clock) {}

  // One of 0..n-1, as Chooser::Choose. An answer out of range counts as 0: a
  // chooser that lies must not break the kernel.
  uint32_t Pick(uint32_t n, const Label& label) {
    if (n <= 1 || chooser_ == nullptr) return 0;
    uint32_t chosen = chooser_->Choose(n, label.name);
    if (chosen >= n) chosen = 0;
    trace_->AddChoice(clock_->Now(), label, chosen, n);
    return chosen;
  }

  // Whether something unlikely happens. Option 0 is no.
  bool Happens(const Label& label) { return Pick(2, label) == 1; }

  // An amount from 1 to `most`, which is at least 1. Option 0 is `most`.
  uint64_t UpTo(uint64_t most, const Label& label) {
    constexpr uint64_t kLimit = std::numeric_limits<uint32_t>::max();
    return most - Pick(static_cast<uint32_t>(std::min(most, kLimit)), label);
  }

 private:
  Chooser* chooser_;
  Trace* trace_;
  const VirtualClock* clock_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_CHOICES_H_
