#include <array>
#include <utility>
#include <vector>

#include "backends/iocp/calls.h"
#include "backends/iocp/options.h"
#include "backends/iocp/port.h"
#include "backends/iocp/probe.h"
#include "backends/platform.h"

namespace wharf {
namespace {

absl::StatusOr<std::unique_ptr<CompletionPort>> OpenIocp(
    const OpenOptions& options) {
  IocpOptions iocp;
  iocp.max_in_flight = options.max_in_flight;
  return IocpPort::Open(iocp);
}

std::vector<BackendFact> Facts(const std::vector<IocpProbeItem>& items) {
  std::vector<BackendFact> facts;
  facts.reserve(items.size());
  for (const IocpProbeItem& item : items) {
    facts.push_back({.name = item.name,
                     .available = item.available,
                     .explanation = item.explanation,
                     .way_out = item.way_out});
  }
  return facts;
}

BackendOffer OfferIocp() {
  const IocpProbe iocp = ProbeIocp();
  return {.backend = BackendChoice::kIocp,
          .available = iocp.usable,
          .explanation = iocp.explanation,
          .way_out = iocp.way_out,
          .features = Facts(iocp.features),
          .operations = Facts(iocp.opcodes)};
}

constexpr std::array kBackends = {
    Backend{.choice = BackendChoice::kIocp,
            .advantage = "completion ports are what Windows has",
            .open = &OpenIocp,
            .probe = &OfferIocp},
};

}  // namespace

std::span<const Backend> AllBackends() { return kBackends; }

std::string KernelRelease() { return RealIocpCalls().SystemRelease(); }

}  // namespace wharf
