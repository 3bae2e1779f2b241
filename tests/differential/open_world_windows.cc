#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/differential/open_world.h"
#include "tests/differential/windows_world.h"

namespace wharf::differential {

std::string DefaultPort() { return "iocp"; }

absl::StatusOr<OpenedWorld> OpenWorld(const std::string& port,
                                      const std::string& scratch) {
  if (port != "iocp") {
    return absl::InvalidArgumentError(absl::StrCat(
        port, ": programs can be run on iocp only, in this build"));
  }
  absl::StatusOr<std::unique_ptr<WindowsWorld>> world =
      WindowsWorld::Create(scratch.empty() ? DefaultScratch() : scratch);
  if (!world.ok()) return world.status();
  return OpenedWorld{.world = *std::move(world),
                     .personality = sim::Personality::kIocp,
                     .compare_native = false};
}

}  // namespace wharf::differential
