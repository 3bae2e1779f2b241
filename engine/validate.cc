#include "engine/validate.h"

#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace wharf {
namespace {

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
  if (offset > kMaxFileOffset || length > kMaxFileOffset - offset) {
    return Invalid(request,
                   absl::StrCat("offset ", offset, " + length ", length,
                                " is beyond the largest file offset ",
                                kMaxFileOffset, "; use smaller values"));
  }
  return absl::OkStatus();
}

absl::Status CheckAllocate(const Request& request,
                           const PortCapabilities& port) {
  constexpr auto kLast = static_cast<uint32_t>(AllocateMode::kZeroRange);
  if (request.mode > kLast) {
    return Invalid(request,
                   absl::StrCat("mode ", request.mode,
                                " is beyond the last AllocateMode, ", kLast,
                                "; use one of its enumerators"));
  }
  if (request.offset == kCurrentPosition) {
    return Invalid(request,
                   "the offset is kCurrentPosition, which allocations do not "
                   "have; give one of your own");
  }
  const auto mode = static_cast<AllocateMode>(request.mode);
  const bool punches =
      mode == AllocateMode::kPunchHole || mode == AllocateMode::kZeroRange;
  if (punches && !port.HasFeatures(kFeaturePunchHole)) {
    return Unsupported(request, port, "hole punching (kFeaturePunchHole)");
  }
  return CheckRange(request, request.offset, request.length);
}

absl::Status CheckOneBuffer(Request& request, bool positioned) {
  const uint64_t size = request.buffer.size();
  if (request.buffer_offset > size) {
    return Invalid(request,
                   absl::StrCat("buffer offset ", request.buffer_offset,
                                " is beyond the buffer of ", size,
                                " bytes; use a smaller one"));
  }
  const uint64_t room = size - request.buffer_offset;
  const uint64_t length =
      request.length == TransferOptions::kToBufferEnd ? room : request.length;
  if (length > room) {
    return Invalid(
        request,
        absl::StrCat("length ", length, " from buffer offset ",
                     request.buffer_offset, " needs more than the ", size,
                     " bytes of the buffer; use a smaller "
                     "length, or kToBufferEnd"));
  }
  if (positioned) {
    absl::Status status = CheckRange(request, request.offset, length);
    if (!status.ok()) return status;
  }
  request.length = length;
  return absl::OkStatus();
}

absl::Status CheckManyBuffers(const Request& request, bool positioned) {
  if (request.kind == RequestKind::kReceive) {
    return Invalid(request, absl::StrCat(request.buffers.size(),
                                         " buffers are more than the 1 that a "
                                         "receive takes; use one"));
  }
  if (request.buffer_offset != 0 ||
      request.length != TransferOptions::kToBufferEnd) {
    return Invalid(
        request,
        absl::StrCat("buffer_offset ", request.buffer_offset, " and length ",
                     request.length, " go with one buffer, not with ",
                     request.buffers.size(),
                     "; leave both alone, all bytes of all buffers are used"));
  }
  uint64_t total = 0;
  for (const Buffer& buffer : request.buffers) {
    if (buffer.size() > kMaxFileOffset - total) {
      return Invalid(request,
                     absl::StrCat("the ", request.buffers.size(),
                                  " buffers hold more than ", kMaxFileOffset,
                                  " bytes in all; use several requests"));
    }
    total += buffer.size();
  }
  return positioned ? CheckRange(request, request.offset, total)
                    : absl::OkStatus();
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
  return request.buffers.empty() ? CheckOneBuffer(request, positioned)
                                 : CheckManyBuffers(request, positioned);
}

absl::Status CheckOpen(const Request& request) {
  constexpr uint32_t kAll = 2 * kOpenDirectory - 1;
  if ((request.mode & (kOpenRead | kOpenWrite)) == 0 ||
      (request.mode & ~kAll) != 0) {
    return Invalid(request,
                   absl::StrCat("flags ", request.mode,
                                " must have kOpenRead, kOpenWrite or both, and "
                                "nothing outside OpenFlags"));
  }
  constexpr uint64_t kMaxPath = 4095;
  if (request.buffer.empty()) return Invalid(request, "there is no path");
  const std::size_t length = request.buffer.size() - 1;
  if (length == 0 || length > kMaxPath) {
    return Invalid(request,
                   absl::StrCat("a path of ", length,
                                " bytes; it must have 1 to ", kMaxPath));
  }
  if (std::memchr(request.buffer.data(), 0, length) != nullptr) {
    return Invalid(request, "the path has a 0 byte inside");
  }
  constexpr uint64_t kPermissionBits = 07777;
  if (request.offset > kPermissionBits) {
    return Invalid(request, absl::StrCat("permissions ", request.offset,
                                         " are beyond ", kPermissionBits));
  }
  return absl::OkStatus();
}

absl::Status CheckConnection(const Request& request) {
  constexpr auto kLast = static_cast<uint32_t>(ShutdownSide::kBoth);
  if (request.kind == RequestKind::kShutdown && request.mode > kLast) {
    return Invalid(request,
                   absl::StrCat("side ", request.mode, " is none of the ",
                                kLast + 1, " values of ShutdownSide"));
  }
  constexpr std::size_t kMaxAddress = 128;  // sizeof(sockaddr_storage)
  const std::size_t size = request.buffer.size();
  if (request.kind == RequestKind::kConnect &&
      (size == 0 || size > kMaxAddress)) {
    return Invalid(request,
                   absl::StrCat("an address of ", size,
                                " bytes; it must have 1 to ", kMaxAddress));
  }
  if (request.kind == RequestKind::kClose && !request.handle.unique()) {
    return Invalid(request,
                   "the handle is borrowed or has other copies; close the only "
                   "copy of one that was adopted");
  }
  return absl::OkStatus();
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
    case RequestKind::kOpen:
      return Opcode::kOpen;
    case RequestKind::kClose:
      return Opcode::kClose;
    case RequestKind::kShutdown:
      return Opcode::kShutdown;
    case RequestKind::kAccept:
      return Opcode::kAccept;
    case RequestKind::kConnect:
      return Opcode::kConnect;
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
  if (request.kind == RequestKind::kOpen) return CheckOpen(request);
  if (!request.handle.valid()) {
    return Invalid(request,
                   "the handle names nothing; adopt or borrow an open one");
  }
  if (IsTransfer(request.kind)) return CheckTransfer(request, port);
  if (request.kind == RequestKind::kAllocate) {
    return CheckAllocate(request, port);
  }
  if (request.kind >= RequestKind::kClose) return CheckConnection(request);
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
