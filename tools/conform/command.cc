#include "tools/conform/command.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tests/differential/campaign.h"
#include "tests/differential/open_world.h"
#include "tools/cli/terminal.h"

ABSL_FLAG(uint64_t, programs, 1000, "How many programs; 1 or more.");
ABSL_FLAG(std::string, port, wharf::differential::DefaultPort(),
          "Which kernel interface: io_uring or linux_aio, iocp on Windows.");
ABSL_FLAG(uint64_t, attempts, 50'000,
          "Runs on the simulated kernel before a program counts as not "
          "admitted; 1 or more.");
ABSL_FLAG(uint64_t, divergences, 1,
          "Goes on until so many programs were not admitted; 1 or more.");
ABSL_FLAG(bool, report, false,
          "Say which classes of outcomes the simulator allows and this kernel "
          "has not shown.");
ABSL_FLAG(std::string, scratch, "",
          "A folder for the programs' files, which is there; by default one in "
          "memory, on Windows the one for temporary files.");

// Of `wharf sim`; here it is the first program's.
ABSL_DECLARE_FLAG(uint64_t, seed);

namespace wharf::conform {
namespace {

constexpr std::string_view kDescription =
    R"(Runs random programs (files, pipes, sockets, connections, cancels) on this
machine's kernel through one of Wharf's ports, and looks for choices with which
the simulated kernel does exactly the same: the same completions in the same
order, the same bytes, the same files at the end. Ends at the first program that
the simulator does not admit (or at the --divergences-th, and names them all),
prints it as short as it still fails, what each side did, and the line that runs
it again.

Exit status: 0 all were admitted, 1 one was not, 2 wrong usage or no such port.
)";

int Complain(int status, absl::string_view message) {
  const std::string text = absl::StrCat("wharf conform: ", message, "\n");
  std::fputs(text.c_str(), stderr);
  return status;
}

void Put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string Summary(const differential::CampaignResult& result,
                    double seconds) {
  return absl::StrFormat(
      "%u programs admitted (%u operations, %u completions, %u cancels) in "
      "%.1f s, %.0f programs/s; %.2f attempts each, at most %u\n",
      result.programs, result.operations, result.completions, result.cancels,
      seconds, static_cast<double>(result.programs) / seconds,
      static_cast<double>(result.attempts) /
          static_cast<double>(result.programs > 0 ? result.programs : 1),
      result.most_attempts);
}

int RunConform(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    return Complain(kExitUsage, absl::StrCat(arguments[0],
                                             ": takes flags only; `wharf "
                                             "help conform` lists them"));
  }
  const std::string port = absl::GetFlag(FLAGS_port);
  absl::StatusOr<differential::OpenedWorld> world =
      differential::OpenWorld(port, absl::GetFlag(FLAGS_scratch));
  if (!world.ok()) {
    const bool unknown = absl::IsInvalidArgument(world.status());
    return Complain(kExitUsage, absl::StrCat(unknown ? "--port=" : "",
                                             world.status().message()));
  }
  differential::CampaignOptions options;
  options.first_seed = absl::GetFlag(FLAGS_seed);
  options.programs = absl::GetFlag(FLAGS_programs);
  options.admit.personality = world->personality;
  options.admit.compare_native = world->compare_native;
  options.admit.max_attempts = absl::GetFlag(FLAGS_attempts);
  options.count_outcomes = absl::GetFlag(FLAGS_report);
  options.max_divergences = absl::GetFlag(FLAGS_divergences);
  if (options.programs < 1 || options.admit.max_attempts < 1 ||
      options.max_divergences < 1) {
    return Complain(kExitUsage,
                    "--programs, --attempts, --divergences: must be 1 or more");
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [begin] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         begin)
        .count();
  };
  const bool terminal = StandardErrorIsTerminal();
  if (terminal) {
    options.progress = [&](uint64_t programs) {
      const std::string line =
          absl::StrFormat("\r\x1b[K%u programs, %.0f programs/s", programs,
                          static_cast<double>(programs) / seconds());
      std::fputs(line.c_str(), stderr);
    };
  }
  const differential::CampaignResult result =
      differential::RunCampaign(*world->world, options);
  if (terminal) std::fputs("\r\x1b[K", stderr);
  if (options.count_outcomes) {
    Put(differential::OutcomeTable::Report(result.simulated, result.real));
  }
  Put(Summary(result, seconds()));
  if (!result.failed()) return kExitOk;
  Put(absl::StrCat(result.failed_seeds.size(), " not admitted, seeds ",
                   absl::StrJoin(result.failed_seeds, " "),
                   "\ndivergence: seed ", result.failed_seeds[0], "\n",
                   result.failure, "wharf conform --port=", port,
                   " --programs=1 --seed=", result.failed_seeds[0], "\n"));
  return kExitFailed;
}

}  // namespace

Command ConformCommand() {
  return {.name = "conform",
          .summary = "hold the simulated kernel against this machine's own",
          .forms = {"[FLAGS]"},
          .description = kDescription,
          .flags = {"programs", "port", "seed", "attempts", "divergences",
                    "report", "scratch"},
          .run = &RunConform};
}

}  // namespace wharf::conform
