#include "absl/strings/str_cat.h"
#include "backends/iocp/errors.h"
#include "tools/cp/system_error.h"

namespace wharf::cp {

Error PortableError(int code) {
  return iocp::ErrorFromWin32(static_cast<uint32_t>(code));
}

std::string SystemWords(int code) {
  return absl::StrCat("Windows error ", code);
}

}  // namespace wharf::cp
