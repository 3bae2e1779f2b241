#include "engine/error.h"

#include <cstdint>

namespace wharf {
namespace {

struct Text {
  std::string_view name;
  std::string_view message;
};

// Empty for a value outside the enumeration. A switch without a default: the
// compiler refuses an enumerator that was forgotten here.
constexpr Text TextOf(Error error) {
  switch (error) {
    case Error::kNone:
      return {"None", "no error"};
    case Error::kNotPermitted:
      return {"NotPermitted", "operation not permitted"};
    case Error::kNotFound:
      return {"NotFound", "no such file or directory"};
    case Error::kInterrupted:
      return {"Interrupted", "interrupted"};
    case Error::kIo:
      return {"Io", "input/output error"};
    case Error::kNoDevice:
      return {"NoDevice", "no such device or address"};
    case Error::kBadHandle:
      return {"BadHandle", "not an open handle, or not open for this"};
    case Error::kWouldBlock:
      return {"WouldBlock", "would have to wait"};
    case Error::kNoMemory:
      return {"NoMemory", "out of memory"};
    case Error::kAccessDenied:
      return {"AccessDenied", "permission denied"};
    case Error::kBadAddress:
      return {"BadAddress", "bad memory address"};
    case Error::kBusy:
      return {"Busy", "device or resource busy"};
    case Error::kExists:
      return {"Exists", "file exists already"};
    case Error::kCrossDevice:
      return {"CrossDevice", "not on the same file system"};
    case Error::kNotDirectory:
      return {"NotDirectory", "not a directory"};
    case Error::kIsDirectory:
      return {"IsDirectory", "is a directory"};
    case Error::kInvalidArgument:
      return {"InvalidArgument", "invalid argument"};
    case Error::kTooManyFilesInSystem:
      return {"TooManyFilesInSystem", "too many open files in the system"};
    case Error::kTooManyFiles:
      return {"TooManyFiles", "too many open files"};
    case Error::kTextBusy:
      return {"TextBusy", "program file is being executed"};
    case Error::kFileTooLarge:
      return {"FileTooLarge", "file too large"};
    case Error::kNoSpace:
      return {"NoSpace", "no space left on device"};
    case Error::kIllegalSeek:
      return {"IllegalSeek", "handle has no position"};
    case Error::kReadOnly:
      return {"ReadOnly", "read-only file system"};
    case Error::kBrokenPipe:
      return {"BrokenPipe", "nobody reads the other end"};
    case Error::kNameTooLong:
      return {"NameTooLong", "file name too long"};
    case Error::kNotEmpty:
      return {"NotEmpty", "directory not empty"};
    case Error::kLoop:
      return {"Loop", "too many levels of symbolic links"};
    case Error::kNoData:
      return {"NoData", "no data available"};
    case Error::kTimedOut:
      return {"TimedOut", "timed out in the kernel"};
    case Error::kProtocol:
      return {"Protocol", "protocol error"};
    case Error::kOverflow:
      return {"Overflow", "value too large"};
    case Error::kNotSocket:
      return {"NotSocket", "not a socket"};
    case Error::kMessageTooLong:
      return {"MessageTooLong", "message too long"};
    case Error::kNotSupported:
      return {"NotSupported", "operation not supported"};
    case Error::kAddressInUse:
      return {"AddressInUse", "address in use already"};
    case Error::kAddressNotAvailable:
      return {"AddressNotAvailable", "address not available"};
    case Error::kNetworkDown:
      return {"NetworkDown", "network is down"};
    case Error::kNetworkUnreachable:
      return {"NetworkUnreachable", "network unreachable"};
    case Error::kConnectionAborted:
      return {"ConnectionAborted", "connection aborted"};
    case Error::kConnectionReset:
      return {"ConnectionReset", "connection reset by peer"};
    case Error::kNoBuffers:
      return {"NoBuffers", "no buffer space in the kernel"};
    case Error::kAlreadyConnected:
      return {"AlreadyConnected", "connected already"};
    case Error::kNotConnected:
      return {"NotConnected", "not connected"};
    case Error::kShutDown:
      return {"ShutDown", "endpoint has been shut down"};
    case Error::kConnectionRefused:
      return {"ConnectionRefused", "connection refused"};
    case Error::kHostUnreachable:
      return {"HostUnreachable", "host unreachable"};
    case Error::kAlready:
      return {"Already", "in progress since an earlier call"};
    case Error::kInProgress:
      return {"InProgress", "now in progress"};
    case Error::kQuotaExceeded:
      return {"QuotaExceeded", "quota exceeded"};
    case Error::kCancelled:
      return {"Cancelled", "operation cancelled"};
    case Error::kUnknown:
      return {"Unknown", "error outside the portable set"};
    case Error::kRetriesExhausted:
      return {"RetriesExhausted",
              "too many transient answers without progress"};
    case Error::kBadCompletion:
      return {"BadCompletion",
              "the kernel gave a result that the operation cannot have"};
    case Error::kNoProgress:
      return {"NoProgress", "the kernel took no bytes and gave no reason"};
  }
  return {};
}

}  // namespace

std::string_view ErrorName(Error error) {
  const Text text = TextOf(error);
  return text.name.empty() ? TextOf(Error::kUnknown).name : text.name;
}

std::string_view ErrorMessage(Error error) {
  const Text text = TextOf(error);
  return text.message.empty() ? TextOf(Error::kUnknown).message : text.message;
}

Error ErrorFromValue(int64_t value) {
  const auto error = static_cast<Error>(value);
  // A value beyond 16 bits does not survive the cast.
  const bool known =
      static_cast<int64_t>(error) == value && !TextOf(error).name.empty();
  return known ? error : Error::kUnknown;
}

}  // namespace wharf
