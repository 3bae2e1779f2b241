#include "engine/progress.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/validate.h"
#include "gtest/gtest.h"

namespace wharf {

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << ToString(outcome);
}

namespace {

constexpr NativeHandle kNative = 7;
constexpr uint64_t kOffset = 1000;
constexpr uint32_t kRetries = 3;

PortCapabilities FullPort() {
  PortCapabilities port;
  for (int i = 0; i < kOpcodeCount; ++i) port.Add(static_cast<Opcode>(i));
  port.features = ~uint32_t{0};
  port.max_vectors = 16;
  return port;
}

PortCapabilities PortWithoutDurableWrites() {
  PortCapabilities port = FullPort();
  port.features &= ~uint32_t{kFeatureDurableWrite};
  return port;
}

Handle File() { return Handle::Borrow(kNative); }

// Bytes that only their addresses are used of.
std::byte memory[64];

Buffer Piece(std::size_t begin, std::size_t size) {
  return Buffer::Unowned({memory + begin, size});
}

// Pieces of the given sizes, one after the other in `memory`.
std::vector<Buffer> Pieces(const std::vector<std::size_t>& sizes) {
  std::vector<Buffer> pieces;
  std::size_t begin = 0;
  for (const std::size_t size : sizes) {
    pieces.push_back(Piece(begin, size));
    begin += size;
  }
  return pieces;
}

int64_t Answer(Error error) { return -static_cast<int64_t>(error); }

// Which bytes of `memory` a transfer names: (first, length) of each piece.
using Extents = std::vector<std::pair<std::ptrdiff_t, std::size_t>>;

Extents ExtentsOf(const Operation& operation) {
  Extents extents;
  switch (operation.opcode) {
    case Opcode::kReadVectored:
    case Opcode::kWriteVectored:
    case Opcode::kSendVectored: {
      const auto* vectors = static_cast<const IoVector*>(operation.data);
      for (uint64_t i = 0; i < operation.length; ++i) {
        extents.emplace_back(static_cast<std::byte*>(vectors[i].base) - memory,
                             vectors[i].length);
      }
      break;
    }
    default:
      extents.emplace_back(static_cast<std::byte*>(operation.data) - memory,
                           operation.length);
  }
  return extents;
}

// One waiter with one request, driven by hand.
class Driver {
 public:
  explicit Driver(Request request, PortCapabilities port = FullPort())
      : port_(port) {
    // As the engine does: it resolves the length.
    EXPECT_EQ(Validate(request, port_), absl::OkStatus());
    waiter.request = std::move(request);
    begun = BeginProgress(waiter, port_);
  }

  Operation Next() { return NextOperation(waiter, port_); }
  ProgressStep Judge(int64_t result, int32_t native = 0) {
    return JudgeCompletion(waiter,
                           Completion{.id = waiter.operation_id,
                                      .result = result,
                                      .native_error = native},
                           port_, kRetries);
  }
  // Issues an operation and expects its answer to ask for another.
  void Continue(int64_t result) {
    Next();
    ASSERT_EQ(Judge(result), ProgressStep::kContinue);
  }
  // Issues an operation and returns the outcome that its answer makes.
  Outcome End(int64_t result, int32_t native = 0) {
    Next();
    EXPECT_EQ(Judge(result, native), ProgressStep::kFinished);
    return waiter.outcome;
  }

  Waiter waiter;
  ProgressStep begun;

 private:
  PortCapabilities port_;
};

// ---------------------------------------------------------------------------
// The table: what each answer means to each kind of request, before and after
// a stop was asked for.

// All transfers of the table are of 8 bytes, of which `before` are done when
// the answer comes.
constexpr uint64_t kTotal = 8;
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

template <Extent extent = Extent::kAll>
Request ReadAt() {
  return Request::Read(File(), Piece(0, kTotal),
                       {.offset = kOffset, .extent = extent});
}
Request ReadHere() { return Request::Read(File(), Piece(0, kTotal)); }
Request ReadPieces() {
  return Request::Read(File(), Pieces({3, 5}), {.offset = kOffset});
}
template <Extent extent = Extent::kAll>
Request WriteAt() {
  return Request::Write(File(), Piece(0, kTotal),
                        {.offset = kOffset, .extent = extent});
}
Request WriteHere() { return Request::Write(File(), Piece(0, kTotal)); }
Request WritePieces() {
  return Request::Write(File(), Pieces({4, 4}), {.offset = kOffset});
}
Request DurableAt() {
  return Request::DurableWrite(File(), Piece(0, kTotal), {.offset = kOffset});
}
Request DurableHere() {
  return Request::DurableWrite(File(), Piece(0, kTotal));
}
template <Extent extent = Extent::kAll>
Request ReceiveIt() {
  return Request::Receive(File(), Piece(0, kTotal), {.extent = extent});
}
template <Extent extent = Extent::kAll>
Request SendIt() {
  return Request::Send(File(), Piece(0, kTotal), {.extent = extent});
}
Request SendPieces() { return Request::Send(File(), Pieces({2, 6})); }
Request PollIt() { return Request::Poll(File(), kPollReadable); }
Request SyncIt() { return Request::Sync(File()); }
Request AllocateIt() {
  return Request::Allocate(File(), AllocateMode::kPunchHole, kOffset, kTotal);
}

const int64_t kBlocked = Answer(Error::kWouldBlock);

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

// ---------------------------------------------------------------------------
// First operations.

TEST(BeginProgressTest, ZeroLengthTransfersEndOkWithoutAnOperation) {
  for (Request (*make)() : {
           +[] { return Request::Read(File(), Buffer()); },
           +[] { return Request::Read(File(), Pieces({0, 0})); },
           +[] { return Request::Write(File(), Buffer()); },
           +[] { return Request::DurableWrite(File(), Buffer()); },
           +[] { return Request::Receive(File(), Buffer()); },
           +[] { return Request::Send(File(), Buffer()); },
           +[] {
             return Request::Allocate(File(), AllocateMode::kAllocate, 0, 0);
           },
       }) {
    Driver driver(make());
    EXPECT_EQ(driver.begun, ProgressStep::kFinished);
    EXPECT_EQ(driver.waiter.outcome, Outcome{});
  }
}

TEST(BeginProgressTest, KindIsCopiedForEveryKind) {
  EXPECT_EQ(Driver(SyncIt()).waiter.kind, RequestKind::kSync);
  EXPECT_EQ(Driver(ReadAt()).waiter.kind, RequestKind::kRead);
  EXPECT_EQ(Driver(Request::Sleep(kNever)).waiter.kind, RequestKind::kSleep);
  EXPECT_EQ(Driver(Request::Sleep(kNever)).begun, ProgressStep::kContinue);
}

TEST(BeginProgressTest, DurableWriteIsAlwaysWhole) {
  Driver driver(Request::DurableWrite(File(), Piece(0, 8),
                                      {.offset = 0, .extent = Extent::kSome}));
  driver.Continue(3);
  EXPECT_EQ(driver.Next().length, 5u);
}

TEST(NextOperationTest, EachKindsFirstOperation) {
  Driver nop(Request::Nop());
  EXPECT_EQ(nop.Next().opcode, Opcode::kNop);

  const Operation poll = Driver(PollIt()).Next();
  EXPECT_EQ(poll.opcode, Opcode::kPoll);
  EXPECT_EQ(poll.handle, kNative);
  EXPECT_EQ(poll.mode, static_cast<uint32_t>(kPollReadable));

  const Operation sync = Driver(SyncIt()).Next();
  EXPECT_EQ(sync.opcode, Opcode::kSync);
  EXPECT_EQ(sync.flags, 0);
  const Operation data_sync =
      Driver(Request::Sync(File(), SyncLevel::kData)).Next();
  EXPECT_EQ(data_sync.flags, kOperationDataOnly);

  const Operation allocate = Driver(AllocateIt()).Next();
  EXPECT_EQ(allocate.opcode, Opcode::kAllocate);
  EXPECT_EQ(allocate.mode, static_cast<uint32_t>(AllocateMode::kPunchHole));
  EXPECT_EQ(allocate.offset, kOffset);
  EXPECT_EQ(allocate.length, kTotal);
  EXPECT_EQ(allocate.data, nullptr);
}

TEST(NextOperationTest, OpcodeFollowsKindAndNumberOfBuffers) {
  EXPECT_EQ(Driver(ReadAt()).Next().opcode, Opcode::kRead);
  EXPECT_EQ(Driver(ReadPieces()).Next().opcode, Opcode::kReadVectored);
  EXPECT_EQ(Driver(WriteAt()).Next().opcode, Opcode::kWrite);
  EXPECT_EQ(Driver(WritePieces()).Next().opcode, Opcode::kWriteVectored);
  EXPECT_EQ(Driver(ReceiveIt()).Next().opcode, Opcode::kReceive);
  EXPECT_EQ(Driver(SendIt()).Next().opcode, Opcode::kSend);
  EXPECT_EQ(Driver(SendPieces()).Next().opcode, Opcode::kSendVectored);
  EXPECT_EQ(Driver(Request::DurableWrite(File(), Pieces({1, 1}))).Next().opcode,
            Opcode::kWriteVectored);
}

TEST(NextOperationTest, PartOfABufferIsItsOwnRange) {
  Request request = Request::Read(
      File(), Piece(0, 20), {.offset = 100, .buffer_offset = 5, .length = 7});
  Driver driver(std::move(request));
  Operation operation = driver.Next();
  EXPECT_EQ(ExtentsOf(operation), (Extents{{5, 7}}));
  EXPECT_EQ(operation.offset, 100u);
  ASSERT_EQ(driver.Judge(2), ProgressStep::kContinue);
  operation = driver.Next();
  EXPECT_EQ(ExtentsOf(operation), (Extents{{7, 5}}));
  EXPECT_EQ(operation.offset, 102u);
  // Up to the part's end, although the buffer goes on.
  ASSERT_EQ(driver.Judge(5), ProgressStep::kFinished);
  EXPECT_EQ(driver.waiter.outcome, Outcome{.bytes = 7});
}

TEST(NextOperationTest, OffsetsReachTheLargestFileOffset) {
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  Driver driver(Request::Write(File(), Piece(0, 8), {.offset = kLargest - 8}));
  EXPECT_EQ(driver.Next().offset, kLargest - 8);
  ASSERT_EQ(driver.Judge(7), ProgressStep::kContinue);
  EXPECT_EQ(driver.Next().offset, kLargest - 1);
}

TEST(NextOperationTest, CurrentPositionStaysThatForTheRest) {
  Driver driver(ReadHere());
  EXPECT_EQ(driver.Next().offset, kCurrentPosition);
  ASSERT_EQ(driver.Judge(3), ProgressStep::kContinue);
  EXPECT_EQ(driver.Next().offset, kCurrentPosition);
}

TEST(NextOperationTest, PortLimitOnBytesMakesChunks) {
  PortCapabilities port = FullPort();
  port.max_operation_bytes = 5;
  Driver driver(Request::Read(File(), Piece(0, 12), {.offset = 0}), port);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{0, 5}}));
  ASSERT_EQ(driver.Judge(5), ProgressStep::kContinue);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{5, 5}}));
  // More than was asked for in this operation, though not in all.
  Driver greedy(Request::Read(File(), Piece(0, 12), {.offset = 0}), port);
  EXPECT_EQ(greedy.End(6).error, Error::kBadCompletion);
  ASSERT_EQ(driver.Judge(5), ProgressStep::kContinue);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{10, 2}}));
  ASSERT_EQ(driver.Judge(2), ProgressStep::kFinished);
  EXPECT_EQ(driver.waiter.outcome, Outcome{.bytes = 12});
}

TEST(NextOperationTest, PortLimitOnBytesCutsInsideAPiece) {
  PortCapabilities port = FullPort();
  port.max_operation_bytes = 5;
  Driver driver(Request::Write(File(), Pieces({3, 4, 2}), {.offset = 0}), port);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{0, 3}, {3, 2}}));
  ASSERT_EQ(driver.Judge(5), ProgressStep::kContinue);
  Operation next = driver.Next();
  EXPECT_EQ(ExtentsOf(next), (Extents{{5, 2}, {7, 2}}));
  EXPECT_EQ(next.offset, 5u);
}

TEST(NextOperationTest, PortLimitOnVectorsMakesSeveralOperations) {
  PortCapabilities port = FullPort();
  port.max_vectors = 2;
  Driver driver(Request::Write(File(), Pieces({1, 2, 3}), {.offset = 0}), port);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{0, 1}, {1, 2}}));
  ASSERT_EQ(driver.Judge(3), ProgressStep::kContinue);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{3, 3}}));
  ASSERT_EQ(driver.Judge(3), ProgressStep::kFinished);
  EXPECT_EQ(driver.waiter.outcome, Outcome{.bytes = 6});
}

TEST(NextOperationTest, EmptyPiecesTakeNoVector) {
  PortCapabilities port = FullPort();
  port.max_vectors = 2;
  Driver driver(
      Request::Read(File(), Pieces({0, 2, 0, 0, 3, 0}), {.offset = 0}), port);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{0, 2}, {2, 3}}));
  // Exactly to the end of a piece that empty ones follow.
  ASSERT_EQ(driver.Judge(2), ProgressStep::kContinue);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{2, 3}}));
  ASSERT_EQ(driver.Judge(3), ProgressStep::kFinished);
  EXPECT_EQ(driver.waiter.outcome, Outcome{.bytes = 5});
}

// Seed 3's two vectored walks: a cut at a piece's end and one inside a piece.
TEST(NextOperationTest, VectorsAdvanceByThreeAndTwo) {
  Driver driver(Request::Send(File(), Pieces({3, 2})));
  driver.Continue(3);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{3, 2}}));
  ASSERT_EQ(driver.Judge(2), ProgressStep::kFinished);
  EXPECT_EQ(driver.waiter.outcome, Outcome{.bytes = 5});
}

TEST(NextOperationTest, VectorsAdvanceByFourAndOne) {
  Driver driver(Request::Send(File(), Pieces({3, 2})));
  driver.Continue(4);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{4, 1}}));
  ASSERT_EQ(driver.Judge(1), ProgressStep::kFinished);
  EXPECT_EQ(driver.waiter.outcome, Outcome{.bytes = 5});
}

TEST(NextOperationTest, TwoCutsInsideOnePieceAddUp) {
  Driver driver(Request::Read(File(), Pieces({2, 6}), {.offset = 0}));
  driver.Continue(3);
  driver.Continue(2);
  EXPECT_EQ(ExtentsOf(driver.Next()), (Extents{{5, 3}}));
}

// ---------------------------------------------------------------------------
// Transient answers.

TEST(TransientTest, ExactlyTwoErrorsAreTriedAgain) {
  for (int value = 1; value < 1100; ++value) {
    Driver driver(SyncIt());
    driver.Next();
    const bool again = driver.Judge(-value) == ProgressStep::kContinue;
    const Error error = ErrorFromValue(value);
    EXPECT_EQ(again,
              error == Error::kInterrupted || error == Error::kWouldBlock)
        << value;
  }
}

TEST(TransientTest, RetriesAreBounded) {
  Driver driver(SyncIt());
  for (uint32_t i = 0; i < kRetries; ++i) {
    driver.Continue(Answer(Error::kInterrupted));
  }
  EXPECT_EQ(driver.End(Answer(Error::kInterrupted), 4),
            (Outcome{0, 4, Error::kRetriesExhausted, OutcomeKind::kError}));
}

TEST(TransientTest, ProgressGivesTheRetriesBack) {
  Driver driver(ReadAt());
  for (uint32_t i = 0; i < kRetries; ++i) {
    driver.Continue(Answer(Error::kInterrupted));
  }
  driver.Continue(1);
  for (uint32_t i = 0; i < kRetries; ++i) {
    driver.Continue(Answer(Error::kInterrupted));
  }
  EXPECT_EQ(driver.End(Answer(Error::kInterrupted)),
            (Outcome{1, 0, Error::kRetriesExhausted, OutcomeKind::kError}));
}

TEST(TransientTest, ReadinessIsNotProgress) {
  // A stream that is said to be ready and then is not must not spin for ever.
  Driver driver(ReceiveIt());
  for (uint32_t i = 0; i < kRetries; ++i) {
    driver.Continue(kBlocked);
    driver.Continue(kPollReadable);
  }
  EXPECT_EQ(driver.End(kBlocked).error, Error::kRetriesExhausted);
}

TEST(TransientTest, WithoutPollAStreamIsTriedAgainAtOnce) {
  PortCapabilities port = FullPort();
  port.opcodes &= ~(uint64_t{1} << static_cast<int>(Opcode::kPoll));
  Driver driver(ReceiveIt(), port);
  driver.Continue(kBlocked);
  EXPECT_EQ(driver.Next().opcode, Opcode::kReceive);
}

TEST(TransientTest, FailedWaitForReadinessEndsTheRequestWithItsBytes) {
  Driver driver(ReceiveIt());
  driver.Continue(2);
  driver.Continue(kBlocked);
  EXPECT_EQ(driver.End(Answer(Error::kBadHandle), 9),
            (Outcome{2, 9, Error::kBadHandle, OutcomeKind::kError}));
}

TEST(TransientTest, StopInsteadOfRetriesExhausted) {
  Driver driver(SyncIt());
  for (uint32_t i = 0; i < kRetries; ++i) {
    driver.Continue(Answer(Error::kInterrupted));
  }
  driver.waiter.stop = StopReason::kCancel;
  EXPECT_EQ(driver.End(Answer(Error::kInterrupted)).kind,
            OutcomeKind::kCancelled);
}

// ---------------------------------------------------------------------------
// Durable writes.

TEST(DurableWriteTest, OneFlaggedOperationWhereThatDoesIt) {
  Driver driver(DurableAt());
  EXPECT_EQ(driver.Next().flags, kOperationDurable);
  ASSERT_EQ(driver.Judge(kTotal), ProgressStep::kFinished);
  EXPECT_EQ(driver.waiter.outcome, Outcome{.bytes = kTotal});
}

TEST(DurableWriteTest, MoreBytesThanOneOperationHoldsWantASync) {
  PortCapabilities port = FullPort();
  port.max_operation_bytes = kTotal - 1;
  Driver driver(DurableAt(), port);
  EXPECT_EQ(driver.Next().flags, 0);
  ASSERT_EQ(driver.Judge(kTotal - 1), ProgressStep::kContinue);
  EXPECT_EQ(driver.Next().opcode, Opcode::kWrite);
  ASSERT_EQ(driver.Judge(1), ProgressStep::kContinue);
  EXPECT_EQ(driver.Next().opcode, Opcode::kSync);
  ASSERT_EQ(driver.Judge(0), ProgressStep::kFinished);
  EXPECT_EQ(driver.waiter.outcome, Outcome{.bytes = kTotal});
}

TEST(DurableWriteTest, MorePiecesThanOneOperationHoldsWantASync) {
  PortCapabilities port = FullPort();
  port.max_vectors = 2;
  Driver driver(Request::DurableWrite(File(), Pieces({1, 1, 1}), {.offset = 0}),
                port);
  EXPECT_EQ(driver.Next().flags, 0);
  ASSERT_EQ(driver.Judge(2), ProgressStep::kContinue);
  driver.Continue(1);
  EXPECT_EQ(driver.Next().opcode, Opcode::kSync);
}

TEST(DurableWriteTest, FullBytesAfterAPartAreNotDurableWithoutTheSync) {
  Driver driver(DurableAt());
  driver.Continue(kTotal - 1);
  EXPECT_EQ(driver.Next().flags, 0);
  ASSERT_EQ(driver.Judge(1), ProgressStep::kContinue);
  EXPECT_EQ(driver.Next().opcode, Opcode::kSync);
}

TEST(DurableWriteTest, FailedSyncIsTheRequestsFailure) {
  Driver driver(DurableAt(), PortWithoutDurableWrites());
  driver.Continue(kTotal);
  EXPECT_EQ(driver.End(Answer(Error::kIo), 5),
            (Outcome{kTotal, 5, Error::kIo, OutcomeKind::kError}));
}

TEST(DurableWriteTest, SyncHasRetriesOfItsOwn) {
  Driver driver(DurableAt(), PortWithoutDurableWrites());
  for (uint32_t i = 0; i < kRetries; ++i) {
    driver.Continue(Answer(Error::kInterrupted));
  }
  driver.Continue(kTotal);
  for (uint32_t i = 0; i < kRetries; ++i) {
    driver.Continue(Answer(Error::kWouldBlock));
    EXPECT_EQ(driver.waiter.phase, WaiterPhase::kFinalSync);
  }
  EXPECT_EQ(driver.End(0), Outcome{.bytes = kTotal});
}

TEST(DurableWriteTest, StoppedBeforeTheSyncIsNotOk) {
  for (const auto& [stop, kind] :
       {std::pair(StopReason::kCancel, OutcomeKind::kCancelled),
        std::pair(StopReason::kDeadline, OutcomeKind::kDeadline)}) {
    Driver driver(DurableAt(), PortWithoutDurableWrites());
    driver.Next();
    driver.waiter.stop = stop;
    ASSERT_EQ(driver.Judge(kTotal), ProgressStep::kFinished);
    EXPECT_EQ(driver.waiter.outcome, (Outcome{.bytes = kTotal, .kind = kind}));
  }
}

TEST(DurableWriteTest, SyncThatWinsOverTheStopIsOk) {
  Driver driver(DurableAt(), PortWithoutDurableWrites());
  driver.Continue(kTotal);
  driver.Next();
  driver.waiter.stop = StopReason::kDeadline;
  ASSERT_EQ(driver.Judge(0), ProgressStep::kFinished);
  EXPECT_EQ(driver.waiter.outcome, Outcome{.bytes = kTotal});
}

// ---------------------------------------------------------------------------
// What no kernel should answer must not hurt either.

TEST(OddAnswerTest, UnknownErrorKeepsTheNativeCode) {
  Driver driver(SyncIt());
  EXPECT_EQ(driver.End(-77777, 31),
            (Outcome{0, 31, Error::kUnknown, OutcomeKind::kError}));
}

TEST(OddAnswerTest, SmallestResultIsAnUnknownError) {
  Driver driver(ReadAt());
  EXPECT_EQ(driver.End(std::numeric_limits<int64_t>::min()),
            (Outcome{0, 0, Error::kUnknown, OutcomeKind::kError}));
}

TEST(OddAnswerTest, SmallestResultOfACloseIsAnUnknownError) {
  Driver driver(Request::Close(
      Handle::Adopt(kNative, [](NativeHandle, void*) { FAIL(); })));
  EXPECT_EQ(driver.End(std::numeric_limits<int64_t>::min()),
            (Outcome{0, 0, Error::kUnknown, OutcomeKind::kError}));
}

TEST(OddAnswerTest, LargestResultIsABadCompletion) {
  Driver driver(ReadPieces());
  driver.Continue(2);
  EXPECT_EQ(driver.End(std::numeric_limits<int64_t>::max()),
            (Outcome{2, 0, Error::kBadCompletion, OutcomeKind::kError}));
}

TEST(StopOutcomeTest, SaysWhoStoppedItAndHowFarItCame) {
  Waiter waiter;
  waiter.done = 5;
  waiter.stop = StopReason::kDeadline;
  EXPECT_EQ(StopOutcome(waiter),
            (Outcome{.bytes = 5, .kind = OutcomeKind::kDeadline}));
  waiter.stop = StopReason::kCancel;
  EXPECT_EQ(StopOutcome(waiter),
            (Outcome{.bytes = 5, .kind = OutcomeKind::kCancelled}));
}

}  // namespace
}  // namespace wharf
