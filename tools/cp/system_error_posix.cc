#include <cstring>

#include "tools/cp/system_error.h"

namespace wharf::cp {

Error PortableError(int code) { return ErrorFromValue(code); }

std::string SystemWords(int code) { return std::strerror(code); }

}  // namespace wharf::cp
