// LinuxWorld: the machine's own Linux kernel, through one of its ports.

#ifndef WHARF_TESTS_DIFFERENTIAL_LINUX_WORLD_H_
#define WHARF_TESTS_DIFFERENTIAL_LINUX_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backends/open.h"
#include "engine/handle.h"
#include "engine/port.h"
#include "tests/differential/program.h"
#include "tests/differential/world.h"

namespace wharf::differential {

// See world.h. Pipes of one page and sockets with the smallest buffers, so that
// a short program fills them; sockets are those of one machine (AF_UNIX), whose
// listeners have names without files.
class LinuxWorld final : public World {
 public:
  // A world whose files are in a new folder below `scratch`. One port serves
  // all programs. Errors: of OpenPort, and why there can be no folder.
  static absl::StatusOr<std::unique_ptr<LinuxWorld>> Create(
      BackendChoice backend, const std::string& scratch);
  LinuxWorld(const LinuxWorld&) = delete;
  LinuxWorld& operator=(const LinuxWorld&) = delete;
  ~LinuxWorld() override;

  CompletionPort& port() override { return *port_; }
  absl::Status Begin(const Program& program,
                     std::vector<Handle>& handles) override;
  void End() override;
  std::string Path(uint32_t name) override;
  std::vector<std::byte> Address(uint16_t listener) override;
  std::vector<std::byte> Contents(uint32_t name) override;

 private:
  LinuxWorld(std::string folder, std::unique_ptr<CompletionPort> port)
      : folder_(std::move(folder)), port_(std::move(port)) {}

  absl::Status MakeFile(uint32_t name, uint32_t size,
                        std::vector<Handle>& handles);
  absl::Status MakeListener(uint32_t backlog, std::vector<Handle>& handles);

  const std::string folder_;
  std::unique_ptr<CompletionPort> port_;
  uint64_t programs_ = 0;
};

// Where files cost no disk access, if there is such a place.
std::string DefaultScratch();

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_LINUX_WORLD_H_
