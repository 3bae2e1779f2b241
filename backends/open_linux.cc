#include <array>
#include <utility>
#include <vector>

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

std::vector<BackendFact> Facts(const std::vector<IoUringProbeItem>& items) {
  std::vector<BackendFact> facts;
  facts.reserve(items.size());
  for (const IoUringProbeItem& item : items) {
    facts.push_back({.name = item.name,
                     .available = item.available,
                     .explanation = item.explanation,
                     .way_out = item.way_out});
  }
  return facts;
}

BackendOffer OfferIoUring() {
  const IoUringProbe ring = ProbeIoUring();
  return {.backend = BackendChoice::kIoUring,
          .available = ring.usable,
          .explanation = ring.explanation,
          .way_out = ring.way_out,
          .features = Facts(ring.features),
          .operations = Facts(ring.opcodes)};
}

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
