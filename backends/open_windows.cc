#include <array>
#include <memory>
#include <span>
#include <string>

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

BackendOffer OfferIocp() { return ProbeIocp(); }

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
