// LinuxWorld: the machine's own Linux kernel, through one of its ports.

#ifndef WHARF_TESTS_DIFFERENTIAL_LINUX_WORLD_H_
#define WHARF_TESTS_DIFFERENTIAL_LINUX_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backends/open.h"
#include "engine/handle.h"
#include "engine/port.h"
#include "tests/differential/program.h"
#include "tests/differential/real_world.h"

namespace wharf::differential {

// See world.h. Pipes of one page and sockets with the smallest buffers, so that
// a short program fills them; sockets are those of one machine (AF_UNIX), whose
// listeners have names without files.
class LinuxWorld final : public RealWorld {
 public:
  // A world whose files are in a new folder below `scratch`. One port serves
  // all programs. Errors: of OpenPort, and why there can be no folder.
  static absl::StatusOr<std::unique_ptr<LinuxWorld>> Create(
      BackendChoice backend, const std::string& scratch);

  absl::Status Begin(const Program& program,
                     std::vector<Handle>& handles) override;
  std::vector<std::byte> Address(uint16_t listener) override;

 private:
  LinuxWorld(std::string folder, std::unique_ptr<CompletionPort> port)
      : RealWorld(std::move(folder), std::move(port)) {}

  absl::Status MakeFile(uint32_t name, uint32_t size,
                        std::vector<Handle>& handles);
  absl::Status MakeListener(uint32_t backlog, std::vector<Handle>& handles);

  uint64_t programs_ = 0;
};

// Where files cost no disk access, if there is such a place.
std::string DefaultScratch();

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_LINUX_WORLD_H_
