#include "tools/sim/run_verb.h"

#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sim/recorded_chooser.h"
#include "sim/scenario/saved_run.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/seed_runner.h"
#include "tools/cli/command.h"
#include "tools/sim/flags.h"
#include "tools/sim/output.h"
#include "tools/sim/report.h"

namespace wharf::simulate {
namespace {

// Prints the run and gives the exit status.
int Tell(const sim::ScenarioResult& result) {
  if (absl::GetFlag(FLAGS_trace)) Put(sim::TraceText(result.trace));
  Put(RunReport(result));
  if (result.ok()) return kExitOk;
  Put(absl::StrCat("failure      ", result.failure, "\n", result.history));
  return kExitFailed;
}

}  // namespace

int RunOne() {
  const absl::StatusOr<sim::ScenarioOptions> options = ScenarioFromFlags();
  if (!options.ok()) return Complain(kExitUsage, options.status().message());
  absl::StatusOr<sim::SeedRunner> runner =
      sim::SeedRunner::Create(absl::GetFlag(FLAGS_profile), *options);
  if (!runner.ok()) {
    return Complain(kExitUsage,
                    absl::StrCat("--profile=", runner.status().message()));
  }
  sim::SavedRun saved;
  const sim::ScenarioResult result =
      runner->Record(absl::GetFlag(FLAGS_seed), /*keep_trace=*/true, saved);
  const std::string path = absl::GetFlag(FLAGS_save);
  if (!path.empty()) {
    const absl::Status written = WriteFile(path, FormatSavedRun(saved));
    if (!written.ok()) {
      return Complain(kExitFailed, absl::StrCat("--save=", written.message()));
    }
  }
  return Tell(result);
}

int Replay(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return Complain(kExitFailed, text.status().message());
  const absl::StatusOr<sim::SavedRun> saved = sim::ParseSavedRun(*text);
  if (!saved.ok()) {
    return Complain(kExitUsage,
                    absl::StrCat(path, ": ", saved.status().message()));
  }
  sim::RecordedChooser chooser(saved->numbers());
  sim::ScenarioOptions options = saved->options;
  options.keep_trace = true;
  return Tell(sim::RunScenario(options, &chooser));
}

}  // namespace wharf::simulate
