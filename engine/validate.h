// Validate: everything that can be wrong with a request before a kernel has
// seen it.

#ifndef WHARF_ENGINE_VALIDATE_H_
#define WHARF_ENGINE_VALIDATE_H_

#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "engine/capabilities.h"
#include "engine/request.h"

namespace wharf {

// File offsets are signed 64-bit numbers in every kernel.
inline constexpr uint64_t kMaxFileOffset = std::numeric_limits<int64_t>::max();

// OK if an engine on `port` can take the request. Otherwise INVALID_ARGUMENT
// naming the value, the limit and the way out, or UNIMPLEMENTED naming the
// capability that the port does not have. On success, a transfer's length is
// resolved: kToBufferEnd becomes a number. Does not allocate when OK.
absl::Status Validate(Request& request, const PortCapabilities& port);

// The opcode of a transfer of one buffer by one operation; kNop for requests
// that are none, or, like a durable write, may need more.
inline Opcode PlainTransferOpcode(RequestKind kind) {
  // By kind, from kRead on.
  static constexpr Opcode kOpcodes[] = {Opcode::kRead, Opcode::kWrite,
                                        Opcode::kNop, Opcode::kReceive,
                                        Opcode::kSend};
  if (!IsTransfer(kind)) return Opcode::kNop;
  return kOpcodes[static_cast<int>(kind) -
                  static_cast<int>(RequestKind::kRead)];
}

// The common case, decided without a call: true, with the length resolved, if
// the request is a transfer with one buffer in which nothing is wrong. False
// says nothing; ask Validate.
inline bool IsValidPlainTransfer(Request& request,
                                 const PortCapabilities& port) {
  const Opcode opcode = PlainTransferOpcode(request.kind);
  if (opcode == Opcode::kNop || !port.Has(opcode) || !request.handle.valid() ||
      !request.buffers.empty() ||
      request.buffer_offset > request.buffer.size()) {
    return false;
  }
  const uint64_t room = request.buffer.size() - request.buffer_offset;
  const uint64_t length =
      request.length == TransferOptions::kToBufferEnd ? room : request.length;
  if (length > room || length > kMaxFileOffset) return false;
  const bool positioned = request.kind < RequestKind::kReceive;
  if (positioned && request.offset > kMaxFileOffset - length) return false;
  request.length = length;
  return true;
}

// The opcode that the port must have for this request, or kNop for requests
// that need none.
Opcode RequiredOpcode(const Request& request);

}  // namespace wharf

#endif  // WHARF_ENGINE_VALIDATE_H_
