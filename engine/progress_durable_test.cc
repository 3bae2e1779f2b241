// Durable writes: which answers need a sync, and what its answer means.

#include <cstdint>
#include <utility>

#include "engine/progress.h"
#include "engine/progress_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

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

}  // namespace
}  // namespace wharf
