// Validate: everything that can be wrong with a request before a kernel has
// seen it.

#ifndef WHARF_ENGINE_VALIDATE_H_
#define WHARF_ENGINE_VALIDATE_H_

#include "absl/status/status.h"
#include "engine/capabilities.h"
#include "engine/request.h"

namespace wharf {

// OK if an engine on `port` can take the request. Otherwise INVALID_ARGUMENT
// naming the value, the limit and the way out, or UNIMPLEMENTED naming the
// capability that the port does not have. On success, a transfer's length is
// resolved: kToBufferEnd becomes a number. Does not allocate when OK.
absl::Status Validate(Request& request, const PortCapabilities& port);

// The opcode that the port must have for this request, or kNop for requests
// that need none.
Opcode RequiredOpcode(const Request& request);

}  // namespace wharf

#endif  // WHARF_ENGINE_VALIDATE_H_
