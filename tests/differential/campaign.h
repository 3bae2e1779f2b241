// Campaign: many programs, each run on a real kernel and then looked for among
// what the simulated kernel admits.

#ifndef WHARF_TESTS_DIFFERENTIAL_CAMPAIGN_H_
#define WHARF_TESTS_DIFFERENTIAL_CAMPAIGN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/differential/admit.h"
#include "tests/differential/outcome_table.h"
#include "tests/differential/world.h"

namespace wharf::differential {

// What is run.
struct CampaignOptions {
  uint64_t first_seed = 0;
  uint64_t programs = 1000;
  AdmitOptions admit;
  // Also runs each program on the simulated kernel with random choices, and
  // counts how operations end on both.
  bool count_outcomes = false;
  // Goes on behind a program that is not admitted until there are so many; all
  // are counted, the first is told of.
  uint64_t max_divergences = 1;
  // Told the programs done so far, now and then; may be empty.
  std::function<void(uint64_t programs)> progress;
};

// What came of it.
struct CampaignResult {
  uint64_t programs = 0;
  uint64_t operations = 0;
  uint64_t completions = 0;
  uint64_t cancels = 0;
  // Runs on the simulated kernel until it followed: in all, and the most that
  // one program took.
  uint64_t attempts = 0;
  uint64_t most_attempts = 0;
  OutcomeTable real;
  OutcomeTable simulated;

  // The seeds that were not admitted, in order; the last one may also be one
  // that could not be run to its end, which ends the campaign.
  std::vector<uint64_t> failed_seeds;
  bool failed() const { return !failed_seeds.empty(); }
  // Of the first of them, for people: the program, shortened as far as it still
  // fails, what happened, and what the simulator would have allowed.
  std::string failure;
};

// Runs them one after the other.
CampaignResult RunCampaign(World& world, const CampaignOptions& options);

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_CAMPAIGN_H_
