// The campaign as a program and as a test: see README.md.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "tests/property/campaign.h"
#include "tests/property/campaign_flags.h"

int main(int argc, char** argv) {
  using namespace wharf::property;  // NOLINT: a main
  CampaignFlags flags;
  const std::string wrong = ParseCampaignFlags(argc, argv, flags);
  if (!wrong.empty()) {
    std::cerr << "campaign: " << wrong << "\n";
    return 2;
  }
  if (!flags.one_case.empty()) {
    std::string story;
    const std::string failure =
        RunCase(*FindFocus(flags.property), *ParseCase(flags.one_case), &story);
    std::cout << story << (failure.empty() ? "every promise was kept" : failure)
              << "\n";
    return failure.empty() ? 0 : 1;
  }
  flags = ForShard(flags, ReadTestShard([](const char* name) {
                     const char* value = std::getenv(name);
                     return std::string(value == nullptr ? "" : value);
                   }));
  uint64_t done = 0;
  const std::optional<Failure> failure =
      RunCampaign(flags.seed, flags.runs,
                  {.property = flags.property,
                   .seconds = flags.budget,
                   .shrink_runs = flags.shrink},
                  &done);
  if (!failure) {
    std::cout << done << " runs from seed " << flags.seed
              << ": every promise was kept\n";
    return 0;
  }
  std::cout << failure->property << " failed after " << failure->runs_to_fail
            << " runs, with seed " << failure->seed << ":\n  "
            << failure->message << "\nagain: " << failure->replay << "\n"
            << (failure->story.empty() ? "" : "the shortest case found:\n")
            << failure->story;
  return 1;
}
