// The operations that a request is issued as: the first, the rest after a part,
// and what the port's limits make of them.

#include <cstdint>
#include <limits>
#include <utility>

#include "engine/progress.h"
#include "engine/progress_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

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

}  // namespace
}  // namespace wharf
