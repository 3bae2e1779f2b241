#include <array>
#include <memory>
#include <span>
#include <string>

#include "backends/io_uring/options.h"
#include "backends/io_uring/port.h"
#include "backends/io_uring/probe.h"
#include "backends/io_uring/syscalls.h"
#include "backends/linux_aio/options.h"
#include "backends/linux_aio/port.h"
#include "backends/linux_aio/probe.h"
#include "backends/platform.h"

namespace wharf {
namespace {

using Opened = absl::StatusOr<std::unique_ptr<CompletionPort>>;

Opened OpenIoUring(const OpenOptions& options) {
  IoUringOptions ring;
  ring.entries = options.max_in_flight;
  return IoUringPort::Open(ring);
}

BackendOffer OfferIoUring() { return ProbeIoUring(); }

Opened OpenLinuxAio(const OpenOptions& options) {
  LinuxAioOptions aio;
  aio.entries = options.max_in_flight;
  return LinuxAioPort::Open(aio);
}

BackendOffer OfferLinuxAio() { return ProbeLinuxAio(); }

constexpr std::array kBackends = {
    Backend{.choice = BackendChoice::kIoUring,
            .advantage = "this kernel has it and it is the fastest interface "
                         "of this build",
            .open = &OpenIoUring,
            .probe = &OfferIoUring},
    Backend{.choice = BackendChoice::kLinuxAio,
            .advantage = "this kernel has it, and sockets, pipes and files "
                         "opened with O_DIRECT do not block the loop",
            .open = &OpenLinuxAio,
            .probe = &OfferLinuxAio},
};

}  // namespace

std::span<const Backend> AllBackends() { return kBackends; }

std::string KernelRelease() { return RealIoUringSyscalls().KernelRelease(); }

}  // namespace wharf
