// `wharf sim replay FILE`: any text. What is refused is refused with a reason;
// what is accepted is the same run after it was written and read again, and
// running it breaks nothing.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "fuzz/check.h"
#include "fuzz/notes.h"
#include "sim/recorded_chooser.h"
#include "sim/scenario/saved_run.h"
#include "sim/scenario/scenario.h"

namespace wharf::fuzz {
namespace {

// A run takes time in proportion.
constexpr uint32_t kMostRequests = 20;

void Try(std::string_view text) {
  const absl::StatusOr<sim::SavedRun> run = sim::ParseSavedRun(text);
  if (!run.ok()) {
    Check(absl::IsInvalidArgument(run.status()), "the kind of error");
    Check(run.status().message().substr(0, 5) == "line ", "names its line");
    Note("refused");
    return;
  }
  const std::string again = FormatSavedRun(*run);
  const absl::StatusOr<sim::SavedRun> reread = sim::ParseSavedRun(again);
  Check(reread.ok(), "what was written can be read");
  Check(reread->options.requests == run->options.requests, "requests");
  Check(reread->options.personality == run->options.personality, "personality");
  Check(reread->failure == run->failure, "failure");
  Check(reread->choices == run->choices, "choices");

  Note("accepted");
  if (run->options.requests > kMostRequests) return;
  sim::RecordedChooser chooser(run->numbers());
  const sim::ScenarioResult result = sim::RunScenario(run->options, &chooser);
  if (!result.ok()) Fail(result.failure);
  Note("ran");
}

}  // namespace
}  // namespace wharf::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  wharf::fuzz::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
