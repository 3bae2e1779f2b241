// Campaign: all properties, by seed. Needs neither GoogleTest nor rapidcheck,
// builds in seconds and runs anywhere, so that a mutation runner or a cluster
// can use it; property_test.cc has rapidcheck make and shrink the same cases.
//
//   std::optional<Failure> failure = RunCampaign(1, 1000, {});
//   if (failure) Report(failure->message);

#ifndef WHARF_TESTS_PROPERTY_CAMPAIGN_H_
#define WHARF_TESTS_PROPERTY_CAMPAIGN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/property/case.h"
#include "tests/property/focus.h"

namespace wharf::property {

// What is looked for, and for how long.
struct CampaignOptions {
  // One property, by its name or its number ("G04"); empty: each in turn, by
  // the seed. Must be one that FindFocus knows.
  std::string_view property;
  // Begin no run after so many seconds; 0: no limit.
  uint32_t seconds = 0;
  // Runs spent on a shorter case; 0: none is looked for.
  uint32_t shrink_runs = 3000;
};

// A broken promise.
struct Failure {
  // Runs up to this one, which is counted.
  uint64_t runs_to_fail = 0;
  std::string_view property;
  uint64_t seed = 0;
  // The promise, with its number.
  std::string message;
  // One line that runs it again.
  std::string replay;
  // What happens in the shortest case found, one line for each thing.
  std::string story;
};

// Runs the seeds from `seed_begin` on. Nothing if all promises were kept.
// `runs_done`, if not null, is told how many runs there were.
[[nodiscard]] std::optional<Failure> RunCampaign(uint64_t seed_begin,
                                                 uint64_t runs,
                                                 const CampaignOptions& options,
                                                 uint64_t* runs_done = nullptr);

// The line that runs this property, without the flags that say what of it.
[[nodiscard]] std::string CampaignCommand(const Focus& focus);

// What a run of one case broke; "" if nothing. The log goes to `story` if that
// is not null.
[[nodiscard]] std::string RunCase(const Focus& focus, const Case& one,
                                  std::string* story = nullptr);
// The same for the case that a seed makes, which goes to `made`.
[[nodiscard]] std::string RunSeed(const Focus& focus, uint64_t seed,
                                  Case* made = nullptr);

// The simplest case found, with at most `runs` runs, that breaks a promise as
// `failing` does.
[[nodiscard]] Case ShrinkCase(const Focus& focus, Case failing, uint32_t runs);

}  // namespace wharf::property

#endif  // WHARF_TESTS_PROPERTY_CAMPAIGN_H_
