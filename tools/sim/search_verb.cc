#include "tools/sim/search_verb.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/scenario/saved_run.h"
#include "sim/scenario/seed_runner.h"
#include "tools/cli/command.h"
#include "tools/cli/terminal.h"
#include "tools/sim/flags.h"
#include "tools/sim/output.h"
#include "tools/sim/report.h"
#include "tools/sim/search.h"

namespace wharf::simulate {
namespace {

// Runs spent on making a failing run shorter.
constexpr uint64_t kShrinkRuns = 5000;

std::string Summary(const SearchResult& result) {
  const double seconds = std::chrono::duration<double>(result.elapsed).count();
  const double simulated =
      std::chrono::duration<double>(result.virtual_time).count();
  return absl::StrFormat(
      "%u runs with %u requests in %.1f s (%.0f runs/s), %.0f s simulated",
      result.runs, result.requests, seconds,
      static_cast<double>(result.runs) / seconds, simulated);
}

}  // namespace

int RunSearch() {
  absl::StatusOr<SearchOptions> asked = SearchFromFlags();
  if (!asked.ok()) return Complain(kExitUsage, asked.status().message());
  SearchOptions& options = *asked;
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
  if (!written.ok()) {
    return Complain(kExitFailed, absl::StrCat("--save=", written.message()));
  }
  Put(absl::StrCat("wharf sim replay ", path, "  # ", shortest.choices.size(),
                   " choices\n"));
  return kExitFailed;
}

}  // namespace wharf::simulate
