// LinuxAioWorld: the machine's own Linux AIO.

#ifndef WHARF_TESTS_CONFORMANCE_LINUX_AIO_WORLD_H_
#define WHARF_TESTS_CONFORMANCE_LINUX_AIO_WORLD_H_

#include <chrono>
#include <memory>

#include "backends/linux_aio/port.h"
#include "tests/conformance/posix_world.h"

namespace wharf::conformance {

// See the top of the file. With `nonblocking` every stream has O_NONBLOCK,
// which spares the port the calls that set and clear it.
class LinuxAioWorld final : public PosixWorld {
 public:
  explicit LinuxAioWorld(bool nonblocking) : PosixWorld(nonblocking) {}

  Column column() const override { return Column::kLinuxAio; }
  absl::StatusOr<std::unique_ptr<CompletionPort>> OpenPort(
      uint32_t max_in_flight) override {
    LinuxAioOptions options;
    options.entries = max_in_flight;
    options.close_grace = std::chrono::seconds(2);
    return LinuxAioPort::Open(options);
  }
};

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_LINUX_AIO_WORLD_H_
