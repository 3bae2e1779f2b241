// Chooser: the one source of choice in a simulation. Which completion comes
// next, how many bytes it has, which error, when a cancel lands: every decision
// that a real kernel would make by itself is asked here, under a label. What
// answers decides what kind of test it is (search, replay, property, fuzz), and
// nothing else changes.

#ifndef WHARF_SIM_CHOOSER_H_
#define WHARF_SIM_CHOOSER_H_

#include <cstdint>
#include <string_view>

namespace wharf::sim {

// One run belongs to one thread, and so does its chooser.
class Chooser {
 public:
  virtual ~Chooser() = default;

  // Decides between `n` (at least 1) options and returns one of 0..n-1.
  //
  // Option 0 is by convention the plainest answer (in order, whole, no fault):
  // a list of choices gets simpler as its numbers get smaller, which is what
  // shrinking and the fall-back of a short recording rely on.
  //
  // When n is 1 there is nothing to decide: the answer is 0, and nothing is
  // drawn, consumed or recorded, so that callers need not special-case it.
  //
  // `label` names the decision, not the run: a string literal such as
  // "read.short", with static lifetime (it is kept by recordings and traces).
  // The same program asked the same way gives the same answers: an
  // implementation depends on nothing but its seed or list and the calls made.
  virtual uint32_t Choose(uint32_t n, std::string_view label) = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_CHOOSER_H_
