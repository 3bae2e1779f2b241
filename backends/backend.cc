#include "backends/backend.h"

#include <array>

#include "absl/strings/str_cat.h"

namespace wharf {
namespace {

struct Named {
  BackendChoice backend;
  std::string_view name;
  // Another name that is understood; empty if there is none.
  std::string_view alias;
};

constexpr std::array kNames = {
    Named{BackendChoice::kAuto, "auto", ""},
    Named{BackendChoice::kIoUring, "io_uring", ""},
    Named{BackendChoice::kLinuxAio, "linux_aio", "aio"},
    Named{BackendChoice::kIocp, "iocp", ""},
};

}  // namespace

std::string_view BackendName(BackendChoice backend) {
  for (const Named& named : kNames) {
    if (named.backend == backend) return named.name;
  }
  return "unknown";
}

std::optional<BackendChoice> BackendFromName(std::string_view name) {
  if (name.empty()) return std::nullopt;
  for (const Named& named : kNames) {
    if (named.name == name || named.alias == name) return named.backend;
  }
  return std::nullopt;
}

std::string BackendNames() {
  std::string names;
  for (const Named& named : kNames) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", named.name);
    if (!named.alias.empty()) {
      absl::StrAppend(&names, " (or ", named.alias, ")");
    }
  }
  return names;
}

}  // namespace wharf
