#include "engine/engine_options.h"

#include "absl/strings/str_cat.h"

namespace wharf {
namespace {

absl::Status CheckRange(absl::string_view field, int64_t value, int64_t lowest,
                        int64_t highest) {
  if (value >= lowest && value <= highest) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("EngineOptions::", field,
                                                 " is ", value, "; it must be ",
                                                 lowest, " to ", highest));
}

}  // namespace

absl::Status ValidateOptions(const EngineOptions& options) {
  constexpr int64_t kMaxInFlight = int64_t{1} << 20;
  constexpr int64_t kMaxRequests = int64_t{1} << 24;
  constexpr int64_t kMaxRetries = int64_t{1} << 31;
  absl::Status status = CheckRange("in_flight_capacity",
                                   options.in_flight_capacity, 1, kMaxInFlight);
  if (!status.ok()) return status;
  status = CheckRange("max_requests", options.max_requests, 1, kMaxRequests);
  if (!status.ok()) return status;
  status = CheckRange("max_remote_requests", options.max_remote_requests, 0,
                      kMaxInFlight);
  if (!status.ok()) return status;
  status = CheckRange("tick (ns)", options.tick.count(),
                      Duration(std::chrono::microseconds(1)).count(),
                      Duration(std::chrono::hours(1)).count());
  if (!status.ok()) return status;
  return CheckRange("max_transient_retries", options.max_transient_retries, 0,
                    kMaxRetries);
}

}  // namespace wharf
