#include "tools/sim/command.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tools/sim/output.h"
#include "tools/sim/report.h"
#include "tools/sim/run_verb.h"
#include "tools/sim/search_verb.h"

namespace wharf::simulate {
namespace {

constexpr std::string_view kDescription =
    R"(Runs programs on the engine over a simulated kernel, drawn by seed: requests,
deadlines, cancels, tiny limits, and everything that a real kernel may answer.
Each run is judged; the same seed is the same run, on every machine.

run      one seed; says what happened, and fails if a promise was broken.
search   many seeds; ends at the first that fails, with the line that replays
         it. The choices of that run are shortened and written to --save.
replay   a run that --save wrote. The file is a text and may be edited.
rows     the fault catalogue, as docs/simulator.md has it.

Exit status: 0 no promise was broken, 1 one was (or too few rows happened),
2 wrong usage.
)";

int PrintRows() {
  Put(RowTable());
  return kExitOk;
}

// What follows `wharf sim`, and which of its flags mean something there.
struct Verb {
  std::string_view name;
  std::vector<std::string_view> flags;
  int (*run)();  // null: takes a file
};

std::vector<Verb> Verbs() {
  return {
      {"run",
       {"seed", "profile", "size", "personality", "trace", "save"},
       &RunOne},
      {"search",
       {"seeds", "profile", "size", "personality", "save", "jobs", "seconds",
        "rows", "min_row_count"},
       &RunSearch},
      {"replay", {"trace"}, nullptr},
      {"rows", {}, &PrintRows},
  };
}

// A flag that this verb does not look at must not look as if it did. One that
// is set to its default says nothing wrong.
absl::Status CheckFlags(const Verb& verb) {
  for (const std::string_view name : SimCommand().flags) {
    if (absl::c_linear_search(verb.flags, name)) continue;
    const absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
    const std::string value = flag->CurrentValue();
    if (value == flag->DefaultValue()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "--", absl::StrReplaceAll(name, {{"_", "-"}}), "=", value,
        ": means nothing to ", verb.name,
        "; leave it out (`wharf help sim` says which verb takes it)"));
  }
  return absl::OkStatus();
}

int RunSim(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    return Complain(kExitUsage,
                    "run, search, replay or rows is missing; `wharf help sim` "
                    "says more");
  }
  const std::vector<Verb> verbs = Verbs();
  const auto verb = absl::c_find_if(
      verbs, [&](const Verb& one) { return one.name == arguments[0]; });
  if (verb == verbs.end()) {
    return Complain(kExitUsage,
                    absl::StrCat(arguments[0],
                                 ": must be run, search, replay or rows; "
                                 "`wharf help sim` says more"));
  }
  const absl::Status flags = CheckFlags(*verb);
  if (!flags.ok()) return Complain(kExitUsage, flags.message());
  if (verb->run == nullptr) {
    if (arguments.size() == 2) return Replay(arguments[1]);
    return Complain(kExitUsage,
                    "replay: takes one FILE; `wharf help sim` says more");
  }
  if (arguments.size() > 1) {
    return Complain(kExitUsage,
                    absl::StrCat(arguments[1], ": ", verb->name,
                                 " takes flags only; `wharf help sim` lists "
                                 "them"));
  }
  return verb->run();
}

}  // namespace

Command SimCommand() {
  return {.name = "sim",
          .summary = "search the simulated kernel for broken promises",
          .forms = {"run [FLAGS]", "search [FLAGS]", "replay [--trace] FILE",
                    "rows"},
          .description = kDescription,
          .flags = {"seed", "seeds", "profile", "size", "personality", "trace",
                    "save", "jobs", "seconds", "rows", "min_row_count"},
          .run = &RunSim};
}

}  // namespace wharf::simulate
