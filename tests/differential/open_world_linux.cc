#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "backends/open.h"
#include "tests/differential/linux_world.h"
#include "tests/differential/open_world.h"

namespace wharf::differential {

std::string DefaultPort() { return "io_uring"; }

absl::StatusOr<OpenedWorld> OpenWorld(const std::string& port,
                                      const std::string& scratch) {
  const std::optional<BackendChoice> choice = BackendFromName(port);
  sim::Personality personality = sim::Personality::kIoUring;
  if (choice == BackendChoice::kLinuxAio) {
    personality = sim::Personality::kLinuxAio;
  } else if (choice != BackendChoice::kIoUring) {
    return absl::InvalidArgumentError(absl::StrCat(
        port,
        ": programs can be run on io_uring and linux_aio, in this build"));
  }
  absl::StatusOr<std::unique_ptr<LinuxWorld>> world =
      LinuxWorld::Create(*choice, scratch.empty() ? DefaultScratch() : scratch);
  if (!world.ok()) return world.status();
  return OpenedWorld{.world = *std::move(world), .personality = personality};
}

}  // namespace wharf::differential
