// SavedRun: one scenario as a text that people can read and edit, for replay on
// another machine, for a bug report, for a regression test.
//
//   wharf-sim 1
//   requests 10
//   personality io_uring
//   failure byte 7 has the value 9
//   choices 2
//   1 of 6 program.max_requests
//   0 of 2 submit.prefix

#ifndef WHARF_SIM_SCENARIO_SAVED_RUN_H_
#define WHARF_SIM_SCENARIO_SAVED_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/kernel/personality.h"
#include "sim/scenario/scenario.h"

namespace wharf::sim {

// Everything that a replay needs. What follows the last choice is answered
// with 0, the plainest.
struct SavedRun {
  // One answer: option `chosen` of `n`. Only `chosen` counts in a replay.
  struct Choice {
    uint32_t n = 0;
    uint32_t chosen = 0;
    std::string label;

    friend bool operator==(const Choice&, const Choice&) = default;
  };

  ScenarioOptions options;
  // What it is kept for; one line, "" if nothing failed.
  std::string failure;
  std::vector<Choice> choices;

  // Only the answers, as RecordedChooser takes them.
  std::vector<uint32_t> numbers() const;

  static constexpr uint64_t kMaxChoices = 100000000;
};

// The personality's name in texts and flags; "any" if there is none.
std::string_view PersonalityWord(std::optional<Personality> personality);
// The personality of that name; INVALID_ARGUMENT, naming those there are, if
// there is none.
[[nodiscard]] absl::StatusOr<std::optional<Personality>> ParsePersonality(
    std::string_view word);

// The text.
std::string FormatSavedRun(const SavedRun& run);
// The run that the text describes, or INVALID_ARGUMENT naming the line, its
// value, what is allowed and the way out. Accepts any text, however bad.
[[nodiscard]] absl::StatusOr<SavedRun> ParseSavedRun(std::string_view text);

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCENARIO_SAVED_RUN_H_
