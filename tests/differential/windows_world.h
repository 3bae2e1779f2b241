// WindowsWorld: a Windows machine's own kernel, or Wine's, through its
// completion port.

#ifndef WHARF_TESTS_DIFFERENTIAL_WINDOWS_WORLD_H_
#define WHARF_TESTS_DIFFERENTIAL_WINDOWS_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/handle.h"
#include "engine/port.h"
#include "tests/differential/program.h"
#include "tests/differential/real_world.h"

namespace wharf::differential {

// See world.h. Sockets are TCP on the loopback, with the smallest buffers.
// Pipes are named ones whose bytes go one way.
class WindowsWorld final : public RealWorld {
 public:
  // A world whose files are in a new folder in `scratch`, UTF-8, which is
  // there. One port serves all programs. Errors: of OpenPort, and why there can
  // be no folder.
  static absl::StatusOr<std::unique_ptr<WindowsWorld>> Create(
      const std::string& scratch);

  absl::Status Begin(const Program& program,
                     std::vector<Handle>& handles) override;
  std::vector<std::byte> Address(uint16_t listener) override;

 private:
  WindowsWorld(std::string folder, std::unique_ptr<CompletionPort> port)
      : RealWorld(std::move(folder), std::move(port)) {}

  absl::Status MakeFile(uint32_t name, uint32_t size,
                        std::vector<Handle>& handles);

  // By handle number; empty for what is no listener.
  std::vector<std::vector<std::byte>> addresses_;
  uint32_t pipes_ = 0;  // Made so far.
};

// Where temporary files belong.
std::string DefaultScratch();

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_WINDOWS_WORLD_H_
