#include <array>
#include <utility>
#include <vector>

#include "backends/io_uring/options.h"
#include "backends/io_uring/port.h"
#include "backends/io_uring/probe.h"
#include "backends/io_uring/syscalls.h"
#include "backends/platform.h"

namespace wharf {
namespace {

absl::StatusOr<std::unique_ptr<CompletionPort>> OpenIoUring(
    const OpenOptions& options) {
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

constexpr std::array kBackends = {
    Backend{.choice = BackendChoice::kIoUring,
            .advantage = "this kernel has it and it is the fastest interface "
                         "of this build",
            .open = &OpenIoUring,
            .probe = &OfferIoUring},
};

}  // namespace

std::span<const Backend> AllBackends() { return kBackends; }

std::string KernelRelease() { return RealIoUringSyscalls().KernelRelease(); }

}  // namespace wharf
