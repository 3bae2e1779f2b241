// The soak as a program: `./wharf soak`.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "backends/open.h"
#include "tests/soak/soak.h"
#include "tools/cli/backend_flag.h"

ABSL_FLAG(uint32_t, minutes, 10, "How long, in minutes.");
ABSL_FLAG(uint32_t, seconds, 0, "How long, in seconds; 0 is --minutes.");
ABSL_FLAG(uint64_t, seed, 1, "Which requests meet which fate.");
ABSL_FLAG(std::string, folder, "/tmp", "Where its files are made.");
ABSL_FLAG(
    uint32_t, max_growth_mib, 8,
    "Growth of the resident memory, after the warm-up, that is a failure.");

namespace wharf::soak {
namespace {

void Print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int Main() {
  const OpenOptions open = {.backend = absl::GetFlag(FLAGS_backend).choice,
                            .max_in_flight = 128};
  SoakOptions options;
  options.open = [open]() -> absl::StatusOr<std::unique_ptr<CompletionPort>> {
    absl::StatusOr<OpenedPort> opened = OpenPort(open);
    if (!opened.ok()) return opened.status();
    Print(opened->reason + "\n");
    return std::move(opened->port);
  };
  options.seed = absl::GetFlag(FLAGS_seed);
  options.time = std::chrono::minutes(absl::GetFlag(FLAGS_minutes));
  if (absl::GetFlag(FLAGS_seconds) > 0) {
    options.time = std::chrono::seconds(absl::GetFlag(FLAGS_seconds));
  }
  options.warm_up = std::min<Duration>(options.warm_up, options.time / 3);
  options.folder = absl::GetFlag(FLAGS_folder);
  options.max_growth_bytes = uint64_t{absl::GetFlag(FLAGS_max_growth_mib)}
                             << 20;
  const SoakReport report = RunSoak(options, Print);

  std::printf("%-13s %12s\n", "request", "submitted");
  for (int kind = 0; kind < kRequestKindCount; ++kind) {
    const std::string name(RequestKindName(static_cast<RequestKind>(kind)));
    std::printf("%-13s %12llu\n", name.c_str(),
                static_cast<unsigned long long>(
                    report.books.by_kind[static_cast<std::size_t>(kind)]));
  }
  std::printf(
      "%llu cancels, %llu deadlines, %llu drops; %llu connections, %llu "
      "requests of another thread\n"
      "%.6f allocations per request in the engine, memory %+.2f MiB after the "
      "warm-up\n",
      static_cast<unsigned long long>(report.books.cancels),
      static_cast<unsigned long long>(report.books.deadlines),
      static_cast<unsigned long long>(report.books.dropped),
      static_cast<unsigned long long>(report.greetings),
      static_cast<unsigned long long>(report.remote),
      report.allocations_per_request,
      static_cast<double>(report.growth_bytes) / (1 << 20));
  for (const std::string& problem : report.problems) {
    std::printf("BROKEN %s\n", problem.c_str());
  }
  std::printf(report.problems.empty() ? "all promises kept\n" : "FAILED\n");
  return report.problems.empty() ? 0 : 1;
}

}  // namespace
}  // namespace wharf::soak

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "All kinds of requests on this machine's kernel, with random cancels, "
      "deadlines and drops; fails if a promise is broken.");
  absl::ParseCommandLine(argc, argv);
  return wharf::soak::Main();
}
