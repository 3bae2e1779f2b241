#include "tools/cp/errors.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/error.h"
#include "tools/cp/system_error.h"

namespace wharf::cp {
namespace {

// What a person can do about it.
std::string_view WayOut(Error error) {
  switch (error) {
    case Error::kNotFound:
      return "check the spelling";
    case Error::kNotPermitted:
    case Error::kAccessDenied:
      return "check the permissions of the file and of the folders above it";
    case Error::kNoSpace:
      return "free some space and run the same command again";
    case Error::kQuotaExceeded:
      return "free some space of this user's, or have the quota raised";
    case Error::kReadOnly:
      return "choose a destination on a writable file system";
    case Error::kTooManyFiles:
      return "raise `ulimit -n` to 256 or more";
    case Error::kTooManyFilesInSystem:
      return "close other programs, or raise the sysctl fs.file-max";
    case Error::kNameTooLong:
      return "use a shorter name, or copy a folder further down";
    case Error::kNotDirectory:
      return "a part of the path is a file; check the spelling";
    case Error::kLoop:
      return "a symbolic link leads back to itself";
    case Error::kFileTooLarge:
      return "this file system cannot hold a file of that size";
    case Error::kIo:
      return "the medium may be failing; `dmesg` says more";
    case Error::kNoMemory:
      return "use a smaller --depth or --block-size";
    default:
      return "";
  }
}

absl::StatusCode Code(Error error) {
  switch (error) {
    case Error::kNoSpace:
    case Error::kQuotaExceeded:
      return absl::StatusCode::kResourceExhausted;
    case Error::kNotFound:
      return absl::StatusCode::kNotFound;
    case Error::kNotPermitted:
    case Error::kAccessDenied:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kUnknown;
  }
}

}  // namespace

std::string ShowPath(std::string_view path) {
  std::string shown;
  shown.reserve(path.size());
  for (const char c : path) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppendFormat(&shown, "\\x%02x", static_cast<unsigned char>(c));
    } else {
      shown.push_back(c);
    }
  }
  return shown;
}

absl::Status PathError(absl::StatusCode code, std::string_view path,
                       std::string_view reason, std::string_view way_out) {
  return {code, absl::StrCat(ShowPath(path), ": ", reason,
                             way_out.empty() ? "" : "; ", way_out)};
}

absl::Status SystemError(int code, std::string_view path,
                         std::string_view action) {
  const Error error = PortableError(code);
  const std::string words = error == Error::kUnknown
                                ? SystemWords(code)
                                : std::string(ErrorMessage(error));
  return PathError(Code(error), path, absl::StrCat(action, ": ", words),
                   WayOut(error));
}

absl::Status RequestError(const Outcome& outcome, std::string_view path,
                          std::string_view action) {
  switch (outcome.kind) {
    case OutcomeKind::kDeadline:
      return PathError(absl::StatusCode::kDeadlineExceeded, path,
                       absl::StrCat(action, " within the time of --deadline"),
                       "allow more time, or see whether the device is failing");
    case OutcomeKind::kCancelled:
      return PathError(absl::StatusCode::kCancelled, path, "interrupted", "");
    case OutcomeKind::kAbandoned:
      return PathError(absl::StatusCode::kInternal, path,
                       absl::StrCat(action, ": the kernel interface ended"),
                       "run the same command again");
    default:
      break;
  }
  if (outcome.error == Error::kUnknown && outcome.native_error > 0) {
    return SystemError(outcome.native_error, path, action);
  }
  return PathError(Code(outcome.error), path,
                   absl::StrCat(action, ": ", ErrorMessage(outcome.error)),
                   WayOut(outcome.error));
}

bool StopsEverything(const absl::Status& status) {
  return status.code() == absl::StatusCode::kResourceExhausted ||
         status.code() == absl::StatusCode::kCancelled ||
         status.code() == absl::StatusCode::kInternal;
}

}  // namespace wharf::cp
