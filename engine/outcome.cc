#include "engine/outcome.h"

#include "absl/strings/str_cat.h"

namespace wharf {
namespace {

absl::StatusCode StatusCodeOf(Error error) {
  switch (error) {
    case Error::kNotFound:
    case Error::kNoDevice:
      return absl::StatusCode::kNotFound;
    case Error::kExists:
      return absl::StatusCode::kAlreadyExists;
    case Error::kNotPermitted:
    case Error::kAccessDenied:
    case Error::kReadOnly:
      return absl::StatusCode::kPermissionDenied;
    case Error::kInvalidArgument:
    case Error::kBadAddress:
    case Error::kNameTooLong:
    case Error::kNotSocket:
    case Error::kMessageTooLong:
    case Error::kIllegalSeek:
      return absl::StatusCode::kInvalidArgument;
    case Error::kBadHandle:
    case Error::kBusy:
    case Error::kTextBusy:
    case Error::kNotDirectory:
    case Error::kIsDirectory:
    case Error::kNotEmpty:
    case Error::kLoop:
    case Error::kBrokenPipe:
    case Error::kAlreadyConnected:
    case Error::kNotConnected:
    case Error::kShutDown:
    case Error::kAddressInUse:
    case Error::kAlready:
      return absl::StatusCode::kFailedPrecondition;
    case Error::kFileTooLarge:
    case Error::kOverflow:
      return absl::StatusCode::kOutOfRange;
    case Error::kNoMemory:
    case Error::kNoSpace:
    case Error::kNoBuffers:
    case Error::kTooManyFiles:
    case Error::kTooManyFilesInSystem:
    case Error::kQuotaExceeded:
    case Error::kNoData:
      return absl::StatusCode::kResourceExhausted;
    case Error::kInterrupted:
    case Error::kWouldBlock:
    case Error::kNetworkDown:
    case Error::kNetworkUnreachable:
    case Error::kHostUnreachable:
    case Error::kConnectionAborted:
    case Error::kConnectionReset:
    case Error::kConnectionRefused:
    case Error::kInProgress:
    case Error::kAddressNotAvailable:
    case Error::kRetriesExhausted:
      return absl::StatusCode::kUnavailable;
    case Error::kTimedOut:
      return absl::StatusCode::kDeadlineExceeded;
    case Error::kCancelled:
      return absl::StatusCode::kCancelled;
    case Error::kNotSupported:
    case Error::kCrossDevice:
      return absl::StatusCode::kUnimplemented;
    case Error::kIo:
    case Error::kNoProgress:
      return absl::StatusCode::kDataLoss;
    case Error::kProtocol:
    case Error::kBadCompletion:
      return absl::StatusCode::kInternal;
    case Error::kNone:
    case Error::kUnknown:
      break;
  }
  return absl::StatusCode::kUnknown;
}

absl::StatusCode StatusCodeOf(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::kOk:
      return absl::StatusCode::kOk;
    case OutcomeKind::kEndOfStream:
      return absl::StatusCode::kOutOfRange;
    case OutcomeKind::kDeadline:
      return absl::StatusCode::kDeadlineExceeded;
    case OutcomeKind::kCancelled:
      return absl::StatusCode::kCancelled;
    case OutcomeKind::kAbandoned:
      return absl::StatusCode::kAborted;
    case OutcomeKind::kError:
      return StatusCodeOf(outcome.error);
  }
  return absl::StatusCode::kUnknown;
}

}  // namespace

std::string_view OutcomeKindName(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kOk:
      return "Ok";
    case OutcomeKind::kEndOfStream:
      return "EndOfStream";
    case OutcomeKind::kDeadline:
      return "Deadline";
    case OutcomeKind::kCancelled:
      return "Cancelled";
    case OutcomeKind::kAbandoned:
      return "Abandoned";
    case OutcomeKind::kError:
      return "Error";
  }
  return "Unknown";
}

std::string ToString(const Outcome& outcome) {
  std::string text(OutcomeKindName(outcome.kind));
  if (outcome.error != Error::kNone || outcome.native_error != 0) {
    absl::StrAppend(&text, "(", ErrorName(outcome.error));
    if (outcome.native_error != 0) {
      absl::StrAppend(&text, ", native ", outcome.native_error);
    }
    absl::StrAppend(&text, ")");
  }
  absl::StrAppend(&text, " after ", outcome.bytes, " bytes");
  return text;
}

absl::Status ToStatus(const Outcome& outcome) {
  const absl::StatusCode code = StatusCodeOf(outcome);
  if (code == absl::StatusCode::kOk) return absl::OkStatus();
  std::string message = ToString(outcome);
  if (outcome.error != Error::kNone) {
    absl::StrAppend(&message, ": ", ErrorMessage(outcome.error));
  }
  return absl::Status(code, message);
}

}  // namespace wharf
