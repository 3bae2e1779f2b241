#include "tools/cp/command.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "backends/open.h"
#include "engine/engine.h"
#include "tools/cli/backend_flag.h"
#include "tools/cli/byte_size.h"
#include "tools/cp/console.h"
#include "tools/cp/copy_job.h"
#include "tools/cp/interrupt.h"
#include "tools/cp/options.h"
#include "tools/cp/plan.h"

ABSL_FLAG(uint32_t, depth, wharf::cp::CopyOptions{}.depth,
          "Blocks on their way at once, over all files; 1 to 1024.");
ABSL_FLAG(wharf::ByteSize, block_size,
          wharf::ByteSize{wharf::cp::CopyOptions{}.block_size},
          "Bytes in one read or write; a multiple of 4K from 4K to 64M.");
ABSL_FLAG(bool, direct, false,
          "Go past the page cache (O_DIRECT), for reads and writes, where the "
          "file systems can; where they cannot, the page cache is used and a "
          "note says so.");
ABSL_FLAG(bool, sync, false,
          "Make every file durable (fsync) before it gets its name, and then "
          "its directory.");
ABSL_FLAG(bool, verify, false,
          "Hash each file while it is read (XXH3), read the copy back, and "
          "compare, before it gets its name. With --sync or --direct the copy "
          "is read from the device, else from the page cache.");
ABSL_FLAG(absl::Duration, deadline, absl::InfiniteDuration(),
          "Longest time for one read, write or sync, for example 10s; a file "
          "that needs longer is a failure. At most 24h; inf is none.");

namespace wharf::cp {
namespace {

constexpr std::string_view kDescription =
    R"(Copies SRC to DST, or each SRC into the directory DIR. Directories are copied
with all that is in them; no flag is needed for that.

A file is written under a temporary name (.NAME.wharf-XXXXXX) beside its
destination and renamed when it is complete, so that the destination is always
the old file or the whole new one, whatever happens. An existing file is
replaced, also one that may not be written. A symbolic link at the destination
is replaced; what it leads to is not touched.

Kept: contents, holes, permissions (0777, and the sticky bit of directories),
times of the last change. Not kept: owners, set-user-id and set-group-id bits,
access control lists, extended attributes. Symbolic links in a directory are
copied as links; one that is named as SRC is followed. Hard links become files
of their own. Pipes, sockets and devices are refused.

On Windows: permissions are the read-only mark alone, holes are filled,
symbolic links are not copied (named as SRC they are followed), --verify reads
from the cache unless there is --direct, and a directory needs no sync of its
own because names are written through.

A file that cannot be copied is reported and left out, and the copy goes on;
a full disk and Ctrl-C end it. A second Ctrl-C ends it at once and may leave
temporary files. A terminal sees the progress; otherwise nothing is printed
unless something fails.

Exit status: 0 all copied, 1 something was not, 2 wrong usage, 130 interrupted.
)";

absl::StatusOr<CopyOptions> OptionsFromFlags() {
  CopyOptions options;
  options.depth = absl::GetFlag(FLAGS_depth);
  options.block_size = absl::GetFlag(FLAGS_block_size).bytes;
  options.direct = absl::GetFlag(FLAGS_direct);
  options.sync = absl::GetFlag(FLAGS_sync);
  options.verify = absl::GetFlag(FLAGS_verify);
  const absl::Duration deadline = absl::GetFlag(FLAGS_deadline);
  if (deadline != absl::InfiniteDuration()) {
    options.deadline = absl::ToChronoNanoseconds(deadline);
  }
  absl::Status valid = ValidateCopyOptions(options);
  if (!valid.ok()) return valid;
  return options;
}

int Copy(const CopyOptions& options, Plan plan, Console& console) {
  absl::StatusOr<OpenedPort> opened =
      OpenPort({.backend = absl::GetFlag(FLAGS_backend).choice,
                .max_in_flight = CopyJob::MaxRequests(options)});
  if (!opened.ok()) {
    console.OnFailure(opened.status().message());
    return kExitFailed;
  }
  EngineOptions engine_options;
  engine_options.in_flight_capacity = CopyJob::MaxRequests(options);
  engine_options.max_requests = CopyJob::MaxRequests(options);
  engine_options.max_remote_requests = 0;
  absl::StatusOr<std::unique_ptr<Engine>> engine =
      Engine::Create(std::move(opened->port), engine_options);
  if (!engine.ok()) {
    console.OnFailure(engine.status().message());
    return kExitFailed;
  }
  absl::StatusOr<Interrupt> interrupt = Interrupt::Install();
  if (!interrupt.ok()) {
    console.OnFailure(interrupt.status().message());
    return kExitFailed;
  }
  if (console.shows_progress()) {
    console.Begin(CountBytes(plan) * (options.verify ? 2 : 1),
                  (*engine)->Now());
  }
  CopySummary summary;
  {
    CopyJob job(engine->get(), options, std::move(plan), interrupt->Await(),
                &console);
    summary = job.Run();
  }
  // A signal that came too late to stop anything is forgotten.
  interrupt->Restore();
  console.End();
  if (summary.interrupted) {
    console.OnFailure(absl::StrCat("interrupted; ", summary.files,
                                   " files are complete, the rest was not "
                                   "begun or was taken back"));
    return kExitInterrupted;
  }
  return summary.failures == 0 ? kExitOk : kExitFailed;
}

int RunCopy(const std::vector<std::string>& arguments) {
  Console console;
  if (arguments.size() < 2) {
    console.OnFailure(
        arguments.empty()
            ? "SRC and DST are missing; `wharf help cp` says more"
            : absl::StrCat(arguments[0],
                           ": the destination is missing; `wharf help cp` "
                           "says more"));
    return kExitUsage;
  }
  const absl::StatusOr<CopyOptions> options = OptionsFromFlags();
  if (!options.ok()) {
    console.OnFailure(options.status().message());
    return kExitUsage;
  }
  absl::StatusOr<Plan> plan =
      MakePlan({arguments.begin(), arguments.end() - 1}, arguments.back());
  if (!plan.ok()) {
    console.OnFailure(plan.status().message());
    return kExitFailed;
  }
  return Copy(*options, *std::move(plan), console);
}

}  // namespace

Command CopyCommand() {
  return {.name = "cp",
          .summary = "copy files and directories, many blocks at once",
          .forms = {"[FLAGS] SRC DST", "[FLAGS] SRC... DIR"},
          .description = kDescription,
          .flags = {"backend", "depth", "block_size", "direct", "sync",
                    "verify", "deadline"},
          .run = &RunCopy};
}

}  // namespace wharf::cp
