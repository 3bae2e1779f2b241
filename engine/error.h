// The portable error set. Every port translates what its kernel says into these
// values, so that a program's error handling is the same on every kernel; the
// kernel's own code travels beside it (Completion::native_error,
// Outcome::native_error) and is never lost.

#ifndef WHARF_ENGINE_ERROR_H_
#define WHARF_ENGINE_ERROR_H_

#include <cstdint>
#include <string_view>

namespace wharf {

// What went wrong, in Wharf's own portable terms. The numbers equal Linux's
// generic errno values where one exists (so that a Linux port translates by
// looking up, not by guessing) and are the same on every platform; values from
// 1000 on are Wharf's own.
enum class Error : uint16_t {
  kNone = 0,
  kNotPermitted = 1,
  kNotFound = 2,
  kInterrupted = 4,
  kIo = 5,
  kNoDevice = 6,
  kBadHandle = 9,
  kWouldBlock = 11,
  kNoMemory = 12,
  kAccessDenied = 13,
  kBadAddress = 14,
  kBusy = 16,
  kExists = 17,
  kCrossDevice = 18,
  kNotDirectory = 20,
  kIsDirectory = 21,
  kInvalidArgument = 22,
  kTooManyFilesInSystem = 23,
  kTooManyFiles = 24,
  kTextBusy = 26,
  kFileTooLarge = 27,
  kNoSpace = 28,
  kIllegalSeek = 29,
  kReadOnly = 30,
  kBrokenPipe = 32,
  kNameTooLong = 36,
  kNotEmpty = 39,
  kLoop = 40,
  kNoData = 61,
  kTimedOut = 110,
  kProtocol = 71,
  kOverflow = 75,
  kNotSocket = 88,
  kMessageTooLong = 90,
  kNotSupported = 95,
  kAddressInUse = 98,
  kAddressNotAvailable = 99,
  kNetworkDown = 100,
  kNetworkUnreachable = 101,
  kConnectionAborted = 103,
  kConnectionReset = 104,
  kNoBuffers = 105,
  kAlreadyConnected = 106,
  kNotConnected = 107,
  kShutDown = 108,
  kConnectionRefused = 111,
  kHostUnreachable = 113,
  kAlready = 114,
  kInProgress = 115,
  kQuotaExceeded = 122,
  kCancelled = 125,

  // The kernel answered with a code outside this set; look at native_error.
  kUnknown = 1000,
  // More consecutive transient answers without progress than
  // EngineOptions::max_transient_retries allows.
  kRetriesExhausted = 1001,
  // The port answered with more bytes than were asked for, or with a result
  // that the operation cannot have. The request's data must not be trusted.
  kBadCompletion = 1002,
  // The kernel took none of the bytes of a write or send and gave no reason.
  kNoProgress = 1003,
};

// The enumerator's name without its "k", for example "NoSpace"; "Unknown" for a
// value outside the enumeration. The view has static lifetime. Never fails.
std::string_view ErrorName(Error error);

// One plain sentence fragment for a person, for example "no space left on
// device". Static lifetime. Never fails.
std::string_view ErrorMessage(Error error);

// The Error whose value is `value`, or Error::kUnknown if there is none. On
// Linux, `ErrorFromValue(errno)` is the whole translation.
Error ErrorFromValue(int64_t value);

}  // namespace wharf

#endif  // WHARF_ENGINE_ERROR_H_
