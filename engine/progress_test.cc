#include "engine/progress.h"

#include <cstdint>
#include <limits>

#include "engine/progress_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

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
