#include "tools/probe/command.h"

#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "backends/open.h"
#include "tools/probe/report.h"

ABSL_FLAG(bool, json, false, "One JSON object instead of words.");

namespace wharf::probe {
namespace {

constexpr std::string_view kDescription =
    R"(Says what this machine's kernel offers to Wharf, which backend would be chosen,
and why; for what is missing, what to do.

Exit status: 0 a backend works here, 1 none does, 2 wrong usage.
)";

int RunProbe(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    const std::string message =
        absl::StrCat("wharf probe: ", arguments[0],
                     ": probe takes no arguments; `wharf help probe` lists "
                     "the flags\n");
    std::fputs(message.c_str(), stderr);
    return kExitUsage;
  }
  const BackendProbe probe = ProbeBackends();
  const std::string report =
      absl::GetFlag(FLAGS_json) ? JsonReport(probe) : TextReport(probe);
  std::fwrite(report.data(), 1, report.size(), stdout);
  return probe.chosen.has_value() ? kExitOk : kExitFailed;
}

}  // namespace

Command ProbeCommand() {
  return {
      .name = "probe",
      .summary = "say what this machine offers, what Wharf chooses, and why",
      .forms = {"[--json]"},
      .description = kDescription,
      .flags = {"json"},
      .run = &RunProbe};
}

}  // namespace wharf::probe
