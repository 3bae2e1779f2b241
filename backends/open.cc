#include "backends/open.h"

#include "backends/choose.h"
#include "backends/platform.h"

namespace wharf {

absl::StatusOr<OpenedPort> OpenPort(const OpenOptions& options) {
  return OpenFrom(AllBackends(), options);
}

BackendProbe ProbeBackends() {
  return ProbeFrom(AllBackends(), KernelRelease());
}

}  // namespace wharf
