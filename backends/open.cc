#include "backends/open.h"

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "backends/io_uring/options.h"
#include "backends/io_uring/port.h"
#include "backends/io_uring/probe.h"

namespace wharf {
namespace {

struct Named {
  BackendChoice backend;
  std::string_view name;
};

constexpr std::array kNames = {
    Named{BackendChoice::kAuto, "auto"},
    Named{BackendChoice::kIoUring, "io_uring"},
};

absl::StatusOr<OpenedPort> OpenIoUring(const OpenOptions& options) {
  IoUringOptions ring;
  ring.entries = options.max_in_flight;
  absl::StatusOr<std::unique_ptr<IoUringPort>> port = IoUringPort::Open(ring);
  if (!port.ok()) return port.status();
  const std::string_view why =
      options.backend == BackendChoice::kIoUring
          ? "io_uring, because it was asked for by name"
          : "io_uring, because this kernel has it and it is the fastest "
            "interface of this build";
  return OpenedPort{.port = *std::move(port), .reason = std::string(why)};
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

}  // namespace

std::string_view BackendName(BackendChoice backend) {
  for (const Named& named : kNames) {
    if (named.backend == backend) return named.name;
  }
  return "unknown";
}

std::optional<BackendChoice> BackendFromName(std::string_view name) {
  for (const Named& named : kNames) {
    if (named.name == name) return named.backend;
  }
  return std::nullopt;
}

std::string BackendNames() {
  std::string names;
  for (const Named& named : kNames) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", named.name);
  }
  return names;
}

absl::StatusOr<OpenedPort> OpenPort(const OpenOptions& options) {
  absl::StatusOr<OpenedPort> opened = OpenIoUring(options);
  if (opened.ok() || options.backend != BackendChoice::kAuto ||
      absl::IsInvalidArgument(opened.status())) {
    return opened;
  }
  return absl::UnavailableError(absl::StrCat(
      "no backend of this build works here: io_uring: ",
      opened.status().message(), "; `wharf probe` tells everything"));
}

BackendProbe ProbeBackends() {
  const IoUringProbe ring = ProbeIoUring();
  BackendProbe probe;
  probe.kernel_release = ring.kernel_release;
  probe.offers.push_back({.backend = BackendChoice::kIoUring,
                          .available = ring.usable,
                          .explanation = ring.explanation,
                          .way_out = ring.way_out,
                          .features = Facts(ring.features),
                          .operations = Facts(ring.opcodes)});
  if (ring.usable) {
    probe.chosen = BackendChoice::kIoUring;
    probe.reason =
        "io_uring, because this kernel has it and it is the fastest interface "
        "of this build";
  } else {
    probe.reason = absl::StrCat(
        "none, because io_uring, the only interface of this "
        "build, does not work here: ",
        ring.explanation);
  }
  return probe;
}

}  // namespace wharf
