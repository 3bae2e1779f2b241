#include "tests/conformance/differences.h"

#include <array>

namespace wharf::conformance {
namespace {

// Answers in the order of Column: io_uring, Linux AIO, IOCP.
constexpr std::array<Difference, kQuestionCount> kDifferences = {{
    {Question::kCancelledWait,
     "an operation that waits on a stream was cancelled",
     {kAnswerCancelled | kAnswerInterrupted,
      // Its port waits with a poll, which a cancel ends with no events.
      kAnswerCancelled,
      // "Another error" is what the row says.
      kAnswerCancelled | kAnswerReset | kAnswerOtherError},
     "U-03 U-08 A-02 W-05"},
    {Question::kCancelledPoll,
     "a poll was cancelled",
     {kAnswerCancelled | kAnswerInterrupted, kAnswerCancelled,
      kAnswerCancelled},
     "U-03 U-08 A-02 W-05"},
    {Question::kStoppedWait,
     "a request that waits on a stream was stopped",
     {kAnswerStopped, kAnswerStopped,
      // An error that is not a cancellation is the request's outcome.
      kAnswerStopped | kAnswerReset | kAnswerOtherError},
     "W-05"},
    {Question::kClosedUnderWait,
     "the handle was closed from outside under an operation that waits",
     {kAnswerNothing, kAnswerNothing,
      kAnswerCancelled | kAnswerBrokenPipe | kAnswerReset | kAnswerBadHandle},
     "U-20 A-13 W-08"},
    {Question::kSendToNobody,
     "a send to a peer that is gone",
     {kAnswerBrokenPipe | kAnswerReset, kAnswerBrokenPipe | kAnswerReset,
      kAnswerBrokenPipe | kAnswerReset | kAnswerOtherError},
     "W-18"},
    {Question::kReceiveAfterReset,
     "a receive from a peer that went without reading",
     {kAnswerReset, kAnswerReset,
      // Wine forgets a reset that came before the receive.
      kAnswerReset | kAnswerOtherError | kAnswerZero},
     "W-18"},
    {Question::kMisalignedDirect,
     "a direct transfer that is not aligned",
     {kAnswerInvalid, kAnswerInvalid,
      // There is no row: a cached read may serve it, and under Wine does.
      kAnswerInvalid | kAnswerOtherError | kAnswerSuccess},
     "U-35 A-12"},
}};

constexpr std::string_view kAnswerNames[] = {
    "success",     "zero",        "cancelled",  "interrupted",
    "reset",       "broken pipe", "bad handle", "invalid",
    "other error", "nothing",     "stopped"};

std::string Names(uint32_t answers) {
  std::string names;
  for (std::size_t bit = 0; bit < std::size(kAnswerNames); ++bit) {
    if ((answers >> bit & 1) == 0) continue;
    if (!names.empty()) names += ", ";
    names += kAnswerNames[bit];
  }
  return names;
}

uint32_t asked = 0;

Answer AnswerOf(Error error) {
  switch (error) {
    case Error::kNone:
      return kAnswerSuccess;
    case Error::kCancelled:
      return kAnswerCancelled;
    case Error::kInterrupted:
      return kAnswerInterrupted;
    case Error::kConnectionReset:
    case Error::kConnectionAborted:
      return kAnswerReset;
    case Error::kBrokenPipe:
      return kAnswerBrokenPipe;
    case Error::kBadHandle:
      return kAnswerBadHandle;
    case Error::kInvalidArgument:
      return kAnswerInvalid;
    default:
      return kAnswerOtherError;
  }
}

}  // namespace

std::span<const Difference> Differences() { return kDifferences; }

Answer AnswerOf(int64_t result) {
  if (result > 0) return kAnswerSuccess;
  if (result == 0) return kAnswerZero;
  return AnswerOf(ErrorFromValue(-result));
}

Answer AnswerOf(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::kOk:
      return outcome.bytes == 0 ? kAnswerZero : kAnswerSuccess;
    case OutcomeKind::kEndOfStream:
      return kAnswerZero;
    case OutcomeKind::kDeadline:
    case OutcomeKind::kCancelled:
      return kAnswerStopped;
    case OutcomeKind::kAbandoned:
      return kAnswerNothing;
    case OutcomeKind::kError:
      break;
  }
  return AnswerOf(outcome.error);
}

testing::AssertionResult Allows(Column column, Question question,
                                Answer answer) {
  const auto number = static_cast<std::size_t>(question);
  asked |= uint32_t{1} << number;
  const Difference& difference = kDifferences[number];
  const uint32_t allowed = difference.allowed[static_cast<int>(column)];
  if ((answer & allowed) != 0) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << difference.what << ": this kernel may answer " << Names(allowed)
         << " (" << difference.rows << "), not " << Names(answer);
}

std::string NeverAsked() {
  std::string text;
  for (const Difference& difference : kDifferences) {
    if ((asked >> static_cast<int>(difference.question) & 1) == 0) {
      text.append(difference.what).append("\n");
    }
  }
  return text;
}

}  // namespace wharf::conformance
