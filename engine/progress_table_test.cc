// The table: what each answer means to each kind of request, before and after a
// stop was asked for. The answer comes when Subject::done of kTotal bytes are
// transferred.

#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/progress_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

// How many bytes a short answer has.
constexpr uint64_t kPartial = 3;

enum class AnswerKind {
  kInterrupted,
  kWouldBlock,
  kCancelled,
  kNoSpace,
  kNotSupported,
  kZero,
  kSomeBytes,  // fewer than asked for
  kAllBytes,   // what was asked for
  kTooMany,    // one more than was asked for
};
constexpr int kAnswers = 9;
constexpr const char* kAnswerNames[kAnswers] = {
    "Interrupted", "WouldBlock", "Cancelled", "NoSpace", "NotSupported",
    "Zero",        "SomeBytes",  "AllBytes",  "TooMany"};

// What an answer leads to.
enum Want {
  kAgain,   // the same operation once more
  kAwait,   // a poll for readiness
  kRetake,  // the transfer, after the poll
  kRest,    // the transfer of what is left
  kSyncIt,  // the sync at the end
  kPlain,   // the write without its durable flag
  kDone,    // outcome kOk
  kEof,     // outcome kEndOfStream
  kStop,    // the outcome of the stop
  kFail,    // outcome kError with the answer's error
  kBad,     // outcome kError(kBadCompletion)
  kStuck,   // outcome kError(kNoProgress)
};

struct Subject {
  const char* name;
  Request (*make)();
  PortCapabilities (*port)();
  // Answers that bring the request where the table looks at it.
  std::vector<int64_t> before;
  // Columns as in AnswerKind.
  std::array<Want, kAnswers> active;
  std::array<Want, kAnswers> stopped;
  uint64_t done = 0;  // bytes transferred by then
  uint64_t asked = kTotal;
};

// clang-format off
const std::vector<Subject>& Table() {
  static const auto* const table = new std::vector<Subject>{
    // answer:                         Interrupted WouldBlock Cancelled NoSpace NotSupported Zero SomeBytes AllBytes TooMany
    {"Nop", &Request::Nop, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kDone, kDone, kDone, kDone},
                                      {kStop,  kStop,  kStop, kFail, kFail, kDone, kDone, kDone, kDone}},
    {"Poll", &PollIt, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kDone, kDone, kDone, kDone},
                                      {kStop,  kStop,  kStop, kFail, kFail, kDone, kDone, kDone, kDone}},
    {"Sync", &SyncIt, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kDone, kDone, kDone, kDone},
                                      {kStop,  kStop,  kStop, kFail, kFail, kDone, kDone, kDone, kDone}},
    {"Allocate", &AllocateIt, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kDone, kDone, kDone, kDone},
                                      {kStop,  kStop,  kStop, kFail, kFail, kDone, kDone, kDone, kDone}},
    {"ReadAt", &ReadAt, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kEof,  kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kEof,  kStop, kDone, kBad}},
    {"ReadAtAfterTwo", &ReadAt, &FullPort, {2},
                                      {kAgain, kAgain, kFail, kFail, kFail, kEof,  kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kEof,  kStop, kDone, kBad}, 2, 6},
    {"ReadSome", &ReadAt<Extent::kSome>, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kEof,  kDone, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kEof,  kDone, kDone, kBad}},
    {"ReadHere", &ReadHere, &FullPort, {},
                                      {kAgain, kAwait, kFail, kFail, kFail, kEof,  kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kEof,  kStop, kDone, kBad}},
    {"ReadPieces", &ReadPieces, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kEof,  kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kEof,  kStop, kDone, kBad}},
    {"ReadPiecesAfterTwo", &ReadPieces, &FullPort, {2},
                                      {kAgain, kAgain, kFail, kFail, kFail, kEof,  kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kEof,  kStop, kDone, kBad}, 2, 6},
    {"WriteAt", &WriteAt, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kStuck, kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kStop, kDone, kBad}},
    {"WriteAtAfterFive", &WriteAt, &FullPort, {5},
                                      {kAgain, kAgain, kFail, kFail, kFail, kStuck, kDone, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kDone, kDone, kBad}, 5, 3},
    {"WriteSome", &WriteAt<Extent::kSome>, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kStuck, kDone, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kDone, kDone, kBad}},
    {"WriteHere", &WriteHere, &FullPort, {},
                                      {kAgain, kAwait, kFail, kFail, kFail, kStuck, kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kStop, kDone, kBad}},
    {"WritePieces", &WritePieces, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kStuck, kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kStop, kDone, kBad}},
    {"DurableFlagged", &DurableAt, &FullPort, {},
                                      {kAgain, kAgain, kFail, kFail, kPlain, kStuck, kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kStop,  kStuck, kStop, kDone, kBad}},
    {"DurableFlaggedHere", &DurableHere, &FullPort, {},
                                      {kAgain, kAwait, kFail, kFail, kPlain, kStuck, kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kStop,  kStuck, kStop, kDone, kBad}},
    {"DurableUnflagged", &DurableAt, &PortWithoutDurableWrites, {},
                                      {kAgain, kAgain, kFail, kFail, kFail, kStuck, kRest, kSyncIt, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kStop, kStop,   kBad}},
    {"DurableAfterPartial", &DurableAt, &FullPort, {2},
                                      {kAgain, kAgain, kFail, kFail, kFail, kStuck, kRest, kSyncIt, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kStop, kStop,   kBad}, 2, 6},
    {"DurableAfterRefusal", &DurableAt, &FullPort, {Answer(Error::kNotSupported)},
                                      {kAgain, kAgain, kFail, kFail, kFail, kStuck, kRest, kSyncIt, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kStop, kStop,   kBad}},
    {"DurableFinalSync", &DurableAt, &PortWithoutDurableWrites, {kTotal},
                                      {kAgain, kAgain, kFail, kFail, kFail, kDone, kDone, kDone, kDone},
                                      {kStop,  kStop,  kStop, kFail, kFail, kDone, kDone, kDone, kDone}, kTotal, 0},
    {"Receive", &ReceiveIt, &FullPort, {},
                                      {kAgain, kAwait, kFail, kFail, kFail, kEof,  kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kEof,  kStop, kDone, kBad}},
    {"ReceiveAfterTwo", &ReceiveIt, &FullPort, {2},
                                      {kAgain, kAwait, kFail, kFail, kFail, kEof,  kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kEof,  kStop, kDone, kBad}, 2, 6},
    {"ReceiveSome", &ReceiveIt<Extent::kSome>, &FullPort, {},
                                      {kAgain, kAwait, kFail, kFail, kFail, kEof,  kDone, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kEof,  kDone, kDone, kBad}},
    {"ReceiveAwaiting", &ReceiveIt, &FullPort, {kBlocked},
                                      {kAgain, kAgain, kFail, kFail, kFail, kRetake, kRetake, kRetake, kRetake},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStop,   kStop,   kStop,   kStop}},
    {"Send", &SendIt, &FullPort, {},
                                      {kAgain, kAwait, kFail, kFail, kFail, kStuck, kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kStop, kDone, kBad}},
    {"SendSome", &SendIt<Extent::kSome>, &FullPort, {},
                                      {kAgain, kAwait, kFail, kFail, kFail, kStuck, kDone, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kDone, kDone, kBad}},
    {"SendPieces", &SendPieces, &FullPort, {},
                                      {kAgain, kAwait, kFail, kFail, kFail, kStuck, kRest, kDone, kBad},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStuck, kStop, kDone, kBad}},
    {"SendAwaiting", &SendIt, &FullPort, {kBlocked},
                                      {kAgain, kAgain, kFail, kFail, kFail, kRetake, kRetake, kRetake, kRetake},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStop,   kStop,   kStop,   kStop}},
    {"DurableAwaiting", &DurableHere, &FullPort, {kBlocked},
                                      {kAgain, kAgain, kFail, kFail, kFail, kRetake, kRetake, kRetake, kRetake},
                                      {kStop,  kStop,  kStop, kFail, kFail, kStop,   kStop,   kStop,   kStop}},
  };
  return *table;
}
// clang-format on

struct Cell {
  const Subject* subject;
  AnswerKind answer;
  StopReason stop;
};

void PrintTo(const Cell& cell, std::ostream* out) {
  *out << cell.subject->name;
}

std::vector<Cell> Cells() {
  std::vector<Cell> cells;
  for (const Subject& subject : Table()) {
    for (int answer = 0; answer < kAnswers; ++answer) {
      for (const StopReason stop :
           {StopReason::kNone, StopReason::kDeadline, StopReason::kCancel}) {
        cells.push_back({&subject, static_cast<AnswerKind>(answer), stop});
      }
    }
  }
  return cells;
}

std::string CellName(const testing::TestParamInfo<Cell>& info) {
  const char* const stops[] = {"Active", "PastDeadline", "CancelAsked"};
  return std::string(info.param.subject->name) + "_" +
         stops[static_cast<int>(info.param.stop)] + "_" +
         kAnswerNames[static_cast<int>(info.param.answer)];
}

class ProgressTableTest : public testing::TestWithParam<Cell> {};

TEST_P(ProgressTableTest, AnswerHasItsMeaning) {
  const Cell& cell = GetParam();
  const Subject& subject = *cell.subject;
  constexpr int32_t kNativeCode = 4711;

  Driver driver(subject.make(), subject.port());
  Waiter& waiter = driver.waiter;
  ASSERT_EQ(driver.begun, ProgressStep::kContinue);
  for (const int64_t result : subject.before) driver.Continue(result);
  const Operation asked = driver.Next();
  const Extents asked_extents =
      IsTransfer(waiter.kind) && waiter.phase == WaiterPhase::kTransfer
          ? ExtentsOf(asked)
          : Extents{};
  ASSERT_EQ(waiter.done, subject.done);
  waiter.stop = cell.stop;

  int64_t result = 0;
  Error error = Error::kNone;
  switch (cell.answer) {
    case AnswerKind::kInterrupted:
      error = Error::kInterrupted;
      break;
    case AnswerKind::kWouldBlock:
      error = Error::kWouldBlock;
      break;
    case AnswerKind::kCancelled:
      error = Error::kCancelled;
      break;
    case AnswerKind::kNoSpace:
      error = Error::kNoSpace;
      break;
    case AnswerKind::kNotSupported:
      error = Error::kNotSupported;
      break;
    case AnswerKind::kZero:
      break;
    case AnswerKind::kSomeBytes:
      result = kPartial;
      break;
    case AnswerKind::kAllBytes:
      result = static_cast<int64_t>(subject.asked);
      break;
    case AnswerKind::kTooMany:
      result = static_cast<int64_t>(subject.asked) + 1;
      break;
  }
  const uint64_t bytes = static_cast<uint64_t>(result);
  if (error != Error::kNone) result = Answer(error);
  const ProgressStep step =
      driver.Judge(result, error == Error::kNone ? 0 : kNativeCode);

  const Want want = (cell.stop == StopReason::kNone
                         ? subject.active
                         : subject.stopped)[static_cast<int>(cell.answer)];
  const bool counts = IsTransfer(waiter.kind) &&
                      waiter.phase == WaiterPhase::kTransfer &&
                      (cell.answer == AnswerKind::kSomeBytes ||
                       cell.answer == AnswerKind::kAllBytes) &&
                      subject.before != std::vector<int64_t>{kBlocked};

  // Guarantee G3: bytes are counted whatever the outcome.
  uint64_t done = subject.done + (counts ? bytes : 0);
  if (want == kSyncIt || (want == kStop && bytes == subject.asked &&
                          waiter.phase == WaiterPhase::kFinalSync)) {
    done = kTotal;
  }
  if (waiter.kind == RequestKind::kPoll && want == kDone) done = bytes;

  if (want >= kDone) {
    ASSERT_EQ(step, ProgressStep::kFinished);
    Outcome expected{.bytes = done};
    switch (want) {
      case kEof:
        expected.kind = OutcomeKind::kEndOfStream;
        break;
      case kStop:
        expected.kind = cell.stop == StopReason::kDeadline
                            ? OutcomeKind::kDeadline
                            : OutcomeKind::kCancelled;
        break;
      case kFail:
        expected = {done, kNativeCode, error, OutcomeKind::kError};
        break;
      case kBad:
        expected = {done, 0, Error::kBadCompletion, OutcomeKind::kError};
        break;
      case kStuck:
        expected = {done, 0, Error::kNoProgress, OutcomeKind::kError};
        break;
      default:
        break;
    }
    EXPECT_EQ(waiter.outcome, expected);
    return;
  }

  ASSERT_EQ(step, ProgressStep::kContinue);
  const Operation next = driver.Next();
  EXPECT_EQ(next.id, asked.id.Next());
  EXPECT_EQ(next.handle, asked.handle);
  switch (want) {
    case kAgain:
      EXPECT_EQ(next.opcode, asked.opcode);
      EXPECT_EQ(next.offset, asked.offset);
      EXPECT_EQ(next.length, asked.length);
      EXPECT_EQ(next.flags, asked.flags);
      EXPECT_EQ(next.mode, asked.mode);
      if (!asked_extents.empty()) {
        EXPECT_EQ(ExtentsOf(next), asked_extents);
      }
      break;
    case kAwait:
      EXPECT_EQ(next.opcode, Opcode::kPoll);
      EXPECT_EQ(next.mode,
                static_cast<uint32_t>(IsInput(waiter.kind) ? kPollReadable
                                                           : kPollWritable));
      EXPECT_EQ(next.length, 0u);
      EXPECT_EQ(next.flags, 0);
      break;
    case kRetake:
      EXPECT_EQ(ExtentsOf(next), (Extents{{0, kTotal}}));
      EXPECT_NE(next.opcode, Opcode::kPoll);
      break;
    case kPlain:
      EXPECT_EQ(asked.flags, kOperationDurable);
      EXPECT_EQ(next.opcode, Opcode::kWrite);
      EXPECT_EQ(next.flags, 0);
      EXPECT_EQ(ExtentsOf(next), asked_extents);
      break;
    case kRest: {
      EXPECT_EQ(next.opcode, asked.opcode);
      EXPECT_EQ(next.flags, 0) << "a rest is never made durable by its flag";
      EXPECT_EQ(next.offset, asked.offset == kCurrentPosition ? kCurrentPosition
                                                              : kOffset + done);
      // Adjacent pieces, so the first byte tells where it goes on.
      const Extents rest = ExtentsOf(next);
      EXPECT_EQ(rest.front().first, static_cast<std::ptrdiff_t>(done));
      uint64_t covered = 0;
      for (const auto& [first, length] : rest) covered += length;
      EXPECT_EQ(covered, kTotal - done);
      break;
    }
    default:  // kSyncIt
      EXPECT_EQ(next.opcode, Opcode::kSync);
      EXPECT_EQ(next.flags, kOperationDataOnly);
      EXPECT_EQ(next.data, nullptr);
      break;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ProgressTableTest, testing::ValuesIn(Cells()),
                         CellName);

}  // namespace
}  // namespace wharf
