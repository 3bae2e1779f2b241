// Choice: one answered decision, as recordings and traces keep it.

#ifndef WHARF_SIM_CHOICE_H_
#define WHARF_SIM_CHOICE_H_

#include <cstdint>
#include <string_view>

namespace wharf::sim {

// Option `chosen` of the `n` (at least 2) that the decision `label` had.
struct Choice {
  uint32_t n = 0;
  uint32_t chosen = 0;
  // Has static lifetime, as Chooser::Choose asks for.
  std::string_view label;

  friend bool operator==(const Choice&, const Choice&) = default;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_CHOICE_H_
