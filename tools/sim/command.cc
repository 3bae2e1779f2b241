#include "tools/sim/command.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/flags/commandlineflag.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "sim/recorded_chooser.h"
#include "sim/scenario/saved_run.h"
#include "sim/scenario/seed_runner.h"
#include "tools/cli/terminal.h"
#include "tools/sim/report.h"
#include "tools/sim/search.h"

ABSL_FLAG(uint64_t, seed, 0, "run: which run. conform: the first program.");
ABSL_FLAG(std::string, seeds, "0..999999",
          "search: the seeds, from the first to the last, A..B.");
ABSL_FLAG(std::string, profile, "any",
          "How rough the kernel is: plain, calm, rough, storm, swarm, crash; "
          "any takes each in turn, by the seed.");
ABSL_FLAG(uint32_t, size, wharf::sim::ScenarioOptions{}.requests,
          "Requests in one run; 1 to 1000000.");
ABSL_FLAG(std::string, personality, "any",
          "Which kernel: io_uring, aio, iocp; any leaves it to the run.");
ABSL_FLAG(bool, trace, false, "run, replay: print every choice and event.");
ABSL_FLAG(std::string, save, "",
          "run, search: write the run's choices to this file; search shortens "
          "them first.");
ABSL_FLAG(uint32_t, jobs, 0,
          "search: threads, 1 to 1024; 0 is one for each processor.");
ABSL_FLAG(uint32_t, seconds, 0,
          "search: begin no run after this time; 0 is no limit.");
ABSL_FLAG(bool, rows, false,
          "search: say how often each row of the fault catalogue happened.");
ABSL_FLAG(uint64_t, min_row_count, 0,
          "search --rows: fail if a row in scope happened less often.");

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

// Runs spent on making a failing run shorter.
constexpr uint64_t kShrinkRuns = 5000;

int Complain(int status, absl::string_view message) {
  const std::string text = absl::StrCat("wharf sim: ", message, "\n");
  std::fputs(text.c_str(), stderr);
  return status;
}

void Put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  bool ok = file != nullptr &&
            std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file != nullptr) ok = std::fclose(file) == 0 && ok;
  if (ok) return absl::OkStatus();
  return absl::UnknownError(absl::StrCat(
      "--save=", path, ": cannot be written (", std::strerror(errno), ")"));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    return absl::NotFoundError(
        absl::StrCat(path, ": cannot be read (", std::strerror(errno), ")"));
  }
  std::string text;
  char block[65536];
  std::size_t count = 0;
  while ((count = std::fread(block, 1, sizeof(block), file)) > 0) {
    text.append(block, count);
  }
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return absl::UnknownError(absl::StrCat(path, ": cannot be read"));
  return text;
}

absl::StatusOr<sim::ScenarioOptions> OptionsFromFlags() {
  sim::ScenarioOptions options;
  options.requests = absl::GetFlag(FLAGS_size);
  if (options.requests < 1 ||
      options.requests > sim::ScenarioOptions::kMaxRequests) {
    return absl::InvalidArgumentError(
        absl::StrCat("--size=", options.requests, ": must be 1 to ",
                     sim::ScenarioOptions::kMaxRequests, "; 10 finds most"));
  }
  absl::StatusOr<std::optional<sim::Personality>> personality =
      sim::ParsePersonality(absl::GetFlag(FLAGS_personality));
  if (!personality.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--personality=", personality.status().message()));
  }
  options.personality = *personality;
  return options;
}

// Both ends of A..B.
absl::Status ParseSeeds(const std::string& text, SearchOptions& options) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos ||
      !absl::SimpleAtoi(text.substr(0, dots), &options.first) ||
      !absl::SimpleAtoi(text.substr(dots + 2), &options.last) ||
      options.first > options.last) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--seeds=", text,
        ": must be A..B with A not greater than B, numbers "
        "from 0 to ",
        std::numeric_limits<uint64_t>::max(), "; for example 0..999999"));
  }
  return absl::OkStatus();
}

// The flags that make it the same run.
std::string ReplayLine(uint64_t seed) {
  return absl::StrCat("wharf sim run --seed=", seed,
                      " --profile=", absl::GetFlag(FLAGS_profile),
                      " --size=", absl::GetFlag(FLAGS_size),
                      " --personality=", absl::GetFlag(FLAGS_personality));
}

// Prints the run and gives the exit status.
int Tell(const sim::ScenarioResult& result) {
  if (absl::GetFlag(FLAGS_trace)) Put(sim::TraceText(result.trace));
  Put(RunReport(result));
  if (result.ok()) return kExitOk;
  Put(absl::StrCat("failure      ", result.failure, "\n", result.history));
  return kExitFailed;
}

int RunOne() {
  const absl::StatusOr<sim::ScenarioOptions> options = OptionsFromFlags();
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
    if (!written.ok()) return Complain(kExitFailed, written.message());
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

std::string Summary(const SearchResult& result) {
  const double seconds = std::chrono::duration<double>(result.elapsed).count();
  const double simulated =
      std::chrono::duration<double>(result.virtual_time).count();
  return absl::StrFormat(
      "%u runs with %u requests in %.1f s (%.0f runs/s), %.0f s simulated",
      result.runs, result.requests, seconds,
      static_cast<double>(result.runs) / seconds, simulated);
}

int RunSearch() {
  const absl::StatusOr<sim::ScenarioOptions> scenario = OptionsFromFlags();
  if (!scenario.ok()) return Complain(kExitUsage, scenario.status().message());
  SearchOptions options;
  options.scenario = *scenario;
  options.profile = absl::GetFlag(FLAGS_profile);
  const absl::Status seeds = ParseSeeds(absl::GetFlag(FLAGS_seeds), options);
  if (!seeds.ok()) return Complain(kExitUsage, seeds.message());
  options.jobs = absl::GetFlag(FLAGS_jobs);
  if (options.jobs > 1024) {
    return Complain(kExitUsage, absl::StrCat("--jobs=", options.jobs,
                                             ": must be 0 to 1024; 0 is one "
                                             "for each processor"));
  }
  if (options.jobs == 0) {
    options.jobs = std::max(1u, std::thread::hardware_concurrency());
  }
  if (const uint32_t limit = absl::GetFlag(FLAGS_seconds); limit > 0) {
    options.time = std::chrono::seconds(limit);
    // As many as fit, unless somebody asked for some.
    if (absl::GetFlag(FLAGS_seeds) == "0..999999") {
      options.last = std::numeric_limits<uint64_t>::max();
    }
  }
  const bool terminal = StandardErrorIsTerminal();
  const auto begin = std::chrono::steady_clock::now();
  if (terminal) {
    options.progress = [begin](uint64_t runs) {
      const double seconds = std::chrono::duration<double>(
                                 std::chrono::steady_clock::now() - begin)
                                 .count();
      const std::string line =
          absl::StrFormat("\r\x1b[K%u runs, %.0f runs/s", runs,
                          static_cast<double>(runs) / seconds);
      std::fputs(line.c_str(), stderr);
    };
  }
  const absl::StatusOr<SearchResult> result = Search(options);
  if (terminal) std::fputs("\r\x1b[K", stderr);
  if (!result.ok()) {
    return Complain(kExitUsage,
                    absl::StrCat("--profile=", result.status().message()));
  }
  if (absl::GetFlag(FLAGS_rows)) {
    Put(RowReport(result->rows, absl::GetFlag(FLAGS_min_row_count)));
  }
  Put(absl::StrCat(Summary(*result), "\n"));
  if (!result->failed_seed.has_value()) {
    const uint64_t below =
        absl::GetFlag(FLAGS_rows)
            ? RowsBelow(result->rows, absl::GetFlag(FLAGS_min_row_count))
            : 0;
    if (below == 0) return kExitOk;
    return Complain(kExitFailed,
                    absl::StrCat(below, " rows happened fewer than ",
                                 absl::GetFlag(FLAGS_min_row_count),
                                 " times; search longer, or see the marks"));
  }
  Put(absl::StrCat("failure: ", result->failure, "\n",
                   ReplayLine(*result->failed_seed), "\n"));
  const std::string path = absl::GetFlag(FLAGS_save);
  if (path.empty()) return kExitFailed;
  sim::SeedRunner runner =
      *sim::SeedRunner::Create(options.profile, options.scenario);
  const sim::SavedRun shortest =
      ShrinkSeed(runner, *result->failed_seed, kShrinkRuns);
  const absl::Status written = WriteFile(path, FormatSavedRun(shortest));
  if (!written.ok()) return Complain(kExitFailed, written.message());
  Put(absl::StrCat("wharf sim replay ", path, "  # ", shortest.choices.size(),
                   " choices\n"));
  return kExitFailed;
}

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
