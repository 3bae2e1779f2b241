// Where kernels may answer differently and all be right. ONE table: a test that
// meets such a place asks it, and says nothing about kernels itself. Each entry
// names the rows of the fault catalogue (docs/simulator.md) that explain it.
//
// A column lists every answer that its kernel may give, not only those that it
// gave here.

#ifndef WHARF_TESTS_CONFORMANCE_DIFFERENCES_H_
#define WHARF_TESTS_CONFORMANCE_DIFFERENCES_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "engine/outcome.h"
#include "gtest/gtest.h"
#include "tests/conformance/world.h"

namespace wharf::conformance {

// The questions.
enum class Question : uint8_t {
  // A port's operation that waits on a stream was cancelled.
  kCancelledWait,
  // A port's poll was cancelled.
  kCancelledPoll,
  // A request that waits on a stream was cancelled or met its deadline.
  kStoppedWait,
  // A stream's handle was closed from outside under an operation that waits.
  kClosedUnderWait,
  // A send to a peer that is gone.
  kSendToNobody,
  // A receive from a peer that went without reading what it was sent.
  kReceiveAfterReset,
  // A direct transfer that is not aligned.
  kMisalignedDirect,
};
inline constexpr int kQuestionCount = 7;

// What may be answered: bits to be combined.
enum Answer : uint32_t {
  // Success, with bytes or events.
  kAnswerSuccess = 1,
  // Success with 0: the end of the stream.
  kAnswerZero = 2,
  kAnswerCancelled = 4,
  kAnswerInterrupted = 8,
  kAnswerReset = 16,  // kConnectionReset, kConnectionAborted
  kAnswerBrokenPipe = 32,
  kAnswerBadHandle = 64,
  kAnswerInvalid = 128,
  kAnswerOtherError = 256,
  // Nothing happens; the operation goes on.
  kAnswerNothing = 512,
  // For requests: the outcome is kCancelled or kDeadline, as asked.
  kAnswerStopped = 1024,
};

// One entry.
struct Difference {
  Question question;
  // The question in words.
  std::string_view what;
  // Answers by Column.
  uint32_t allowed[kColumnCount];
  // "U-03 U-08 A-02": the rows behind the difference.
  std::string_view rows;
};

// All of them, in the order of Question.
std::span<const Difference> Differences();

// What a port's completion says, and what a request's outcome says.
Answer AnswerOf(int64_t result);
Answer AnswerOf(const Outcome& outcome);
inline Answer AnswerOf(Answer answer) { return answer; }

// Success if the kernel of the column may answer so; else the message says what
// it may answer, and why. Notes that it was asked.
testing::AssertionResult Allows(Column column, Question question,
                                Answer answer);

// Questions that no test of this program has asked.
std::string NeverAsked();

}  // namespace wharf::conformance

// Fails unless the kernel under test may answer so. `answer` is what AnswerOf
// takes.
#define WHARF_EXPECT_ANSWER(rig, question, answer) \
  EXPECT_TRUE(::wharf::conformance::Allows(        \
      (rig).column(), (question), ::wharf::conformance::AnswerOf(answer)))

#endif  // WHARF_TESTS_CONFORMANCE_DIFFERENCES_H_
