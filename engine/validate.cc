#include "engine/validate.h"

#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace wharf {
namespace {

// File offsets are signed 64-bit numbers in every kernel.
constexpr uint64_t kMaxOffset = std::numeric_limits<int64_t>::max();

// absl::string_view is std::string_view or not, depending on how Abseil was
// built; this works in both worlds.
absl::string_view Name(std::string_view name) {
  return absl::string_view(name.data(), name.size());
}

absl::Status Invalid(const Request& request, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(Name(RequestKindName(request.kind)), ": ", problem));
}

absl::Status Unsupported(const Request& request, const PortCapabilities& port,
                         absl::string_view what) {
  return absl::UnimplementedError(absl::StrCat(
      Name(RequestKindName(request.kind)), ": the port ", Name(port.name),
      " has no ", what, "; see PortCapabilities, or open another backend"));
}

absl::Status CheckRange(const Request& request, uint64_t offset,
                        uint64_t length) {
  if (offset == kCurrentPosition) return absl::OkStatus();
  if (offset > kMaxOffset || length > kMaxOffset - offset) {
    return Invalid(
        request, absl::StrCat("offset ", offset, " + length ", length,
                              " is beyond the largest file offset ", kMaxOffset,
                              "; use smaller values"));
  }
  return absl::OkStatus();
}

absl::Status CheckAllocate(const Request& request,
                           const PortCapabilities& port) {
  constexpr auto kLast = static_cast<uint32_t>(AllocateMode::kZeroRange);
  if (request.mode > kLast) {
    return Invalid(request,
                   absl::StrCat("mode ", request.mode, " is none of the ",
                                kLast + 1, " values of AllocateMode"));
  }
  if (request.offset == kCurrentPosition) {
    return Invalid(request, "an allocation needs an offset of its own");
  }
  const auto mode = static_cast<AllocateMode>(request.mode);
  const bool punches =
      mode == AllocateMode::kPunchHole || mode == AllocateMode::kZeroRange;
  if (punches && !port.HasFeatures(kFeaturePunchHole)) {
    return Unsupported(request, port, "hole punching (kFeaturePunchHole)");
  }
  return CheckRange(request, request.offset, request.length);
}

absl::Status CheckOneBuffer(Request& request) {
  const uint64_t size = request.buffer.size();
  if (request.buffer_offset > size) {
    return Invalid(request,
                   absl::StrCat("buffer offset ", request.buffer_offset,
                                " is beyond the buffer of ", size, " bytes"));
  }
  const uint64_t room = size - request.buffer_offset;
  if (request.length == TransferOptions::kToBufferEnd) request.length = room;
  if (request.length > room) {
    return Invalid(
        request, absl::StrCat("length ", request.length, " from buffer offset ",
                              request.buffer_offset, " needs more than the ",
                              size, " bytes of the buffer"));
  }
  return CheckRange(request, request.offset, request.length);
}

absl::Status CheckManyBuffers(const Request& request) {
  if (request.buffer_offset != 0 ||
      request.length != TransferOptions::kToBufferEnd) {
    return Invalid(request,
                   "buffer_offset and length go with one buffer; leave them "
                   "alone with several");
  }
  uint64_t total = 0;
  for (const Buffer& buffer : request.buffers) {
    if (buffer.size() > kMaxOffset - total) {
      return Invalid(request, absl::StrCat("the buffers hold more than ",
                                           kMaxOffset, " bytes in all"));
    }
    total += buffer.size();
  }
  return CheckRange(request, request.offset, total);
}

absl::Status CheckTransfer(Request& request, const PortCapabilities& port) {
  const bool positioned = request.kind != RequestKind::kReceive &&
                          request.kind != RequestKind::kSend;
  if (positioned && request.offset == kCurrentPosition &&
      !port.HasFeatures(kFeatureCurrentPosition)) {
    return Unsupported(request, port,
                       "current position (kFeatureCurrentPosition); give an "
                       "offset");
  }
  if (request.kind == RequestKind::kDurableWrite && !port.Has(Opcode::kSync)) {
    return Unsupported(request, port, "sync, which a durable write needs");
  }
  return request.buffers.empty() ? CheckOneBuffer(request)
                                 : CheckManyBuffers(request);
}

}  // namespace

Opcode RequiredOpcode(const Request& request) {
  const bool vectored = !request.buffers.empty();
  switch (request.kind) {
    case RequestKind::kNop:
    case RequestKind::kSleep:
      return Opcode::kNop;
    case RequestKind::kPoll:
      return Opcode::kPoll;
    case RequestKind::kSync:
      return Opcode::kSync;
    case RequestKind::kAllocate:
      return Opcode::kAllocate;
    case RequestKind::kRead:
      return vectored ? Opcode::kReadVectored : Opcode::kRead;
    case RequestKind::kWrite:
    case RequestKind::kDurableWrite:
      return vectored ? Opcode::kWriteVectored : Opcode::kWrite;
    case RequestKind::kReceive:
      return Opcode::kReceive;
    case RequestKind::kSend:
      return vectored ? Opcode::kSendVectored : Opcode::kSend;
  }
  return Opcode::kNop;
}

absl::Status Validate(Request& request, const PortCapabilities& port) {
  if (request.kind == RequestKind::kSleep) return absl::OkStatus();
  const Opcode opcode = RequiredOpcode(request);
  if (!port.Has(opcode)) {
    return Unsupported(request, port,
                       absl::StrCat("operation ", Name(OpcodeName(opcode))));
  }
  if (request.kind == RequestKind::kNop) return absl::OkStatus();
  if (!request.handle.valid()) {
    return Invalid(request,
                   "the handle names nothing; adopt or borrow an open one");
  }
  if (IsTransfer(request.kind)) return CheckTransfer(request, port);
  if (request.kind == RequestKind::kAllocate) {
    return CheckAllocate(request, port);
  }
  constexpr uint32_t kPollable = kPollReadable | kPollWritable;
  if (request.kind == RequestKind::kPoll &&
      (request.mode == 0 || (request.mode & ~kPollable) != 0)) {
    return Invalid(request, absl::StrCat("events ", request.mode,
                                         " must be kPollReadable, "
                                         "kPollWritable or both"));
  }
  return absl::OkStatus();
}

}  // namespace wharf
