// Schedules for rapidcheck: properties over what a kernel answers. A schedule
// is a list of choices for a RecordedChooser, which takes any numbers and
// answers 0, the plainest, after the end; so a shorter list with smaller
// numbers is a plainer run, and rapidcheck shrinks to the plainest that fails:
//
//   rc::check("reads are whole", [] {
//     sim::RecordedChooser chooser(*sim::Schedules());
//     sim::Kernel kernel({.chooser = &chooser});
//     ...
//   });

#ifndef WHARF_SIM_SCHEDULE_GEN_H_
#define WHARF_SIM_SCHEDULE_GEN_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "rapidcheck.h"

namespace wharf::sim {

// What is simpler than a choice: every one of the first few options, then
// half, then one less. All of the first, because a choice counts modulo the
// number of options.
inline rc::Seq<uint32_t> SimplerChoices(uint32_t choice) {
  constexpr uint32_t kEach = 8;
  std::vector<uint32_t> simpler;
  for (uint32_t i = 0; i < choice && i < kEach; ++i) simpler.push_back(i);
  if (choice / 2 >= kEach) simpler.push_back(choice / 2);
  if (choice > kEach) simpler.push_back(choice - 1);
  return rc::seq::fromContainer(std::move(simpler));
}

// One choice: mostly the plainest, sometimes one of the first few options, now
// and then anything.
inline rc::Gen<uint32_t> ScheduleChoice() {
  const rc::Gen<uint32_t> any =
      rc::gen::weightedOneOf<uint32_t>({{6, rc::gen::just(uint32_t{0})},
                                        {3, rc::gen::inRange<uint32_t>(0, 8)},
                                        {1, rc::gen::arbitrary<uint32_t>()}});
  return rc::Gen<uint32_t>([any](const rc::Random& random, int size) {
    return rc::shrinkable::shrinkRecur(any(random, size).value(),
                                       &SimplerChoices);
  });
}

// Lists of choices, up to `scale` times as long as rapidcheck's own lists (100
// at most). Shrinks by cutting pieces out and by lowering choices.
inline rc::Gen<std::vector<uint32_t>> Schedules(double scale = 4) {
  return rc::gen::scale(
      scale, rc::gen::container<std::vector<uint32_t>>(ScheduleChoice()));
}

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCHEDULE_GEN_H_
