#include "backends/iocp/options.h"

#include <string_view>

#include "absl/strings/str_cat.h"

namespace wharf {
namespace {

absl::string_view View(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}

absl::Status Invalid(std::string_view field, int64_t value,
                     std::string_view limit, std::string_view advice) {
  return absl::InvalidArgumentError(
      absl::StrCat("IocpOptions::", View(field), " is ", value,
                   ", but must be ", View(limit), "; ", View(advice)));
}

}  // namespace

absl::Status ValidateIocpOptions(const IocpOptions& options) {
  if (options.max_in_flight == 0 ||
      options.max_in_flight > IocpOptions::kMaxInFlight) {
    return Invalid("max_in_flight", options.max_in_flight, "1 to 65536",
                   "use several engines for more operations at once");
  }
  if (options.batch == 0 || options.batch > IocpOptions::kMaxBatch) {
    return Invalid("batch", options.batch, "1 to 4096",
                   "64 suits nearly everything");
  }
  if (options.close_grace < Duration::zero()) {
    return Invalid("close_grace", options.close_grace.count(), "at least 0",
                   "0 does not wait at all");
  }
  return absl::OkStatus();
}

}  // namespace wharf
