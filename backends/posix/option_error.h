// How a backend refuses one of its options.

#ifndef WHARF_BACKENDS_POSIX_OPTION_ERROR_H_
#define WHARF_BACKENDS_POSIX_OPTION_ERROR_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace wharf::posix {

// INVALID_ARGUMENT: `option` ("IoUringOptions::entries") has `value`, but must
// be `limit`; `advice` is the way out.
inline absl::Status InvalidOption(std::string_view option, int64_t value,
                                  std::string_view limit,
                                  std::string_view advice) {
  return absl::InvalidArgumentError(absl::StrCat(
      option, " is ", value, ", but must be ", limit, "; ", advice));
}

}  // namespace wharf::posix

#endif  // WHARF_BACKENDS_POSIX_OPTION_ERROR_H_
