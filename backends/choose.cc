#include "backends/choose.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace wharf {
namespace {

constexpr std::string_view kNoBackend =
    "this build has no backend for this system";

// "io_uring, because <advantage>", and after a fall-back what fell.
std::string Reason(const Backend& backend, const std::string& failures) {
  return absl::StrCat(BackendName(backend.choice), ", because ",
                      backend.advantage, failures.empty() ? "" : "; ",
                      failures);
}

void AddFailure(std::string* failures, BackendChoice backend,
                std::string_view why) {
  absl::StrAppend(failures, failures->empty() ? "" : "; ", BackendName(backend),
                  " does not work here: ", why);
}

std::string NamesOf(std::span<const Backend> backends) {
  std::string names;
  for (const Backend& backend : backends) {
    absl::StrAppend(&names, names.empty() ? "" : ", ",
                    BackendName(backend.choice));
  }
  return names;
}

absl::StatusOr<OpenedPort> OpenNamed(std::span<const Backend> backends,
                                     const OpenOptions& options) {
  for (const Backend& backend : backends) {
    if (backend.choice != options.backend) continue;
    absl::StatusOr<std::unique_ptr<CompletionPort>> port =
        backend.open(options);
    if (!port.ok()) return port.status();
    return OpenedPort{
        .port = *std::move(port),
        .reason = absl::StrCat(BackendName(backend.choice),
                               ", because it was asked for by name")};
  }
  const std::string_view name = BackendName(options.backend);
  if (backends.empty()) {
    return absl::UnimplementedError(
        absl::StrCat("the backend ", name, " is missing: ", kNoBackend));
  }
  return absl::UnimplementedError(absl::StrCat(
      "the backend ", name, " is not in a build for this system, which has ",
      NamesOf(backends), "; name one of these, or auto"));
}

}  // namespace

absl::StatusOr<OpenedPort> OpenFrom(std::span<const Backend> backends,
                                    const OpenOptions& options) {
  if (options.backend != BackendChoice::kAuto) {
    return OpenNamed(backends, options);
  }
  std::string failures;
  for (const Backend& backend : backends) {
    absl::StatusOr<std::unique_ptr<CompletionPort>> port =
        backend.open(options);
    if (port.ok()) {
      return OpenedPort{.port = *std::move(port),
                        .reason = Reason(backend, failures)};
    }
    // The program's mistake, which another backend would only hide.
    if (absl::IsInvalidArgument(port.status())) return port.status();
    AddFailure(&failures, backend.choice, port.status().message());
  }
  return absl::UnavailableError(
      backends.empty()
          ? std::string(kNoBackend)
          : absl::StrCat("no backend of this build works here: ", failures,
                         "; `wharf probe` tells everything"));
}

BackendProbe ProbeFrom(std::span<const Backend> backends,
                       std::string_view kernel_release) {
  BackendProbe probe;
  probe.kernel_release = kernel_release;
  std::string failures;
  for (const Backend& backend : backends) {
    probe.offers.push_back(backend.probe());
    const BackendOffer& offer = probe.offers.back();
    if (!offer.available) {
      AddFailure(&failures, backend.choice, offer.explanation);
    } else if (!probe.chosen.has_value()) {
      probe.chosen = backend.choice;
      probe.reason = Reason(backend, failures);
    }
  }
  if (!probe.chosen.has_value()) {
    probe.reason = absl::StrCat("none, because ",
                                backends.empty() ? kNoBackend : failures);
  }
  return probe;
}

}  // namespace wharf
