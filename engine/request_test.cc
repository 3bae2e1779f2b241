#include "engine/request.h"

#include <chrono>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace wharf {
namespace {

Handle File() { return Handle::Borrow(5); }

std::vector<Buffer> TwoBuffers() {
  std::vector<Buffer> buffers;
  buffers.push_back(Buffer::Allocate(2));
  buffers.push_back(Buffer::Allocate(3));
  return buffers;
}

TEST(RequestTest, EveryKindHasItsOwnName) {
  const std::string_view names[] = {
      "Nop",  "Sleep", "Poll",         "Sync",    "Allocate",
      "Open", "Close", "Shutdown",     "Accept",  "Connect",
      "Read", "Write", "DurableWrite", "Receive", "Send"};
  static_assert(std::size(names) == kRequestKindCount);
  for (int i = 0; i < kRequestKindCount; ++i) {
    EXPECT_EQ(RequestKindName(static_cast<RequestKind>(i)), names[i]);
  }
  EXPECT_EQ(RequestKindName(static_cast<RequestKind>(kRequestKindCount)),
            "Unknown");
}

TEST(RequestTest, MovesOnly) {
  static_assert(!std::is_copy_constructible_v<Request>);
  static_assert(!std::is_copy_assignable_v<Request>);
  static_assert(std::is_nothrow_move_constructible_v<Request>);
  Request first = Request::Read(File(), Buffer::Allocate(8), {.offset = 1});
  const std::byte* const bytes = first.buffer.data();
  Request second = std::move(first);
  EXPECT_EQ(second.buffer.data(), bytes);
  EXPECT_EQ(second.handle.native(), 5);
  EXPECT_EQ(first.buffer.data(), nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_FALSE(first.handle.valid());
}

TEST(RequestTest, SettersMayBeAssignedToTheirOwnRequest) {
  Request request = Request::Write(File(), TwoBuffers());
  const std::byte* const bytes = request.buffers[1].data();
  const Time time{std::chrono::seconds(3)};
  request = std::move(request).WithDeadline(time);
  request = std::move(request).WithDropPolicy(DropPolicy::kCancel);
  EXPECT_EQ(request.deadline, time);
  EXPECT_EQ(request.on_drop, DropPolicy::kCancel);
  EXPECT_EQ(request.handle.native(), 5);
  ASSERT_EQ(request.buffers.size(), 2u);
  EXPECT_EQ(request.buffers[1].data(), bytes);

  Request one = Request::Read(File(), Buffer::Allocate(8));
  one = std::move(one).WithDeadline(time);
  EXPECT_EQ(one.buffer.size(), 8u);
}

TEST(RequestTest, AssignmentReleasesWhatWasHeld) {
  int closed = 0;
  Request request = Request::Read(
      Handle::Adopt(
          7, [](NativeHandle, void* count) { ++*static_cast<int*>(count); },
          &closed),
      Buffer::Allocate(8));
  request = Request::Nop();
  EXPECT_EQ(closed, 1);
  EXPECT_TRUE(request.buffer.empty());
  EXPECT_TRUE(request.IsPlainNop());
}

TEST(RequestTest, OnlyTransfersMoveBytesAndOnlyTwoKindsMoveThemIn) {
  using enum RequestKind;
  for (const RequestKind kind : {kNop, kSleep, kPoll, kSync, kAllocate}) {
    EXPECT_FALSE(IsTransfer(kind)) << RequestKindName(kind);
    EXPECT_FALSE(IsInput(kind)) << RequestKindName(kind);
  }
  for (const RequestKind kind :
       {kRead, kWrite, kDurableWrite, kReceive, kSend}) {
    EXPECT_TRUE(IsTransfer(kind)) << RequestKindName(kind);
    EXPECT_EQ(IsInput(kind), kind == kRead || kind == kReceive)
        << RequestKindName(kind);
  }
}

// G16: what only gathers is cancelled with its caller, what changes the world
// runs on.
TEST(RequestTest, DropPolicyFollowsTheKind) {
  const auto b = [] { return Buffer::Allocate(1); };
  EXPECT_EQ(Request::Nop().on_drop, DropPolicy::kCancel);
  EXPECT_EQ(Request::Sleep(kNever).on_drop, DropPolicy::kCancel);
  EXPECT_EQ(Request::Poll(File(), kPollReadable).on_drop, DropPolicy::kCancel);
  EXPECT_EQ(Request::Read(File(), b()).on_drop, DropPolicy::kCancel);
  EXPECT_EQ(Request::Read(File(), TwoBuffers()).on_drop, DropPolicy::kCancel);
  EXPECT_EQ(Request::Receive(File(), b()).on_drop, DropPolicy::kCancel);

  EXPECT_EQ(Request::Sync(File()).on_drop, DropPolicy::kRunToEnd);
  EXPECT_EQ(Request::Allocate(File(), AllocateMode::kAllocate, 0, 1).on_drop,
            DropPolicy::kRunToEnd);
  EXPECT_EQ(Request::Write(File(), b()).on_drop, DropPolicy::kRunToEnd);
  EXPECT_EQ(Request::Write(File(), TwoBuffers()).on_drop,
            DropPolicy::kRunToEnd);
  EXPECT_EQ(Request::DurableWrite(File(), b()).on_drop, DropPolicy::kRunToEnd);
  EXPECT_EQ(Request::DurableWrite(File(), TwoBuffers()).on_drop,
            DropPolicy::kRunToEnd);
  EXPECT_EQ(Request::Send(File(), b()).on_drop, DropPolicy::kRunToEnd);
  EXPECT_EQ(Request::Send(File(), TwoBuffers()).on_drop, DropPolicy::kRunToEnd);
}

TEST(RequestTest, DropPolicyCanBeReplaced) {
  EXPECT_EQ(Request::Read(File(), Buffer::Allocate(1))
                .WithDropPolicy(DropPolicy::kRunToEnd)
                .on_drop,
            DropPolicy::kRunToEnd);
  EXPECT_EQ(Request::Send(File(), Buffer::Allocate(1))
                .WithDropPolicy(DropPolicy::kCancel)
                .on_drop,
            DropPolicy::kCancel);
}

TEST(RequestTest, DeadlineIsNeverUntilItIsSet) {
  EXPECT_EQ(Request::Sync(File()).deadline, kNever);
  const Time time{std::chrono::seconds(3)};
  EXPECT_EQ(Request::Sync(File()).WithDeadline(time).deadline, time);
  EXPECT_EQ(Request::Sleep(time).deadline, time);
}

TEST(RequestTest, FactoriesKeepWhatTheyAreTold) {
  const Request poll = Request::Poll(File(), kPollReadable | kPollWritable);
  EXPECT_EQ(poll.kind, RequestKind::kPoll);
  EXPECT_EQ(poll.mode, 3u);
  EXPECT_EQ(poll.handle.native(), 5);

  EXPECT_EQ(Request::Sync(File()).sync_level, SyncLevel::kFull);
  EXPECT_EQ(Request::Sync(File(), SyncLevel::kData).sync_level,
            SyncLevel::kData);

  const Request allocate =
      Request::Allocate(File(), AllocateMode::kPunchHole, 10, 20);
  EXPECT_EQ(allocate.kind, RequestKind::kAllocate);
  EXPECT_EQ(allocate.mode, static_cast<uint32_t>(AllocateMode::kPunchHole));
  EXPECT_EQ(allocate.offset, 10u);
  EXPECT_EQ(allocate.length, 20u);

  const Request read = Request::Read(
      File(), Buffer::Allocate(64),
      {.offset = 1, .extent = Extent::kSome, .buffer_offset = 2, .length = 3});
  EXPECT_EQ(read.kind, RequestKind::kRead);
  EXPECT_EQ(read.offset, 1u);
  EXPECT_EQ(read.extent, Extent::kSome);
  EXPECT_EQ(read.buffer_offset, 2u);
  EXPECT_EQ(read.length, 3u);
  EXPECT_EQ(read.buffer.size(), 64u);
  EXPECT_TRUE(read.buffers.empty());

  const Request send = Request::Send(File(), TwoBuffers());
  EXPECT_EQ(send.kind, RequestKind::kSend);
  EXPECT_EQ(send.buffers.size(), 2u);
  EXPECT_TRUE(send.buffer.empty());
}

TEST(RequestTest, OptionsDefaultToAllOfTheBufferAtTheCurrentPosition) {
  const Request write = Request::Write(File(), Buffer::Allocate(4));
  EXPECT_EQ(write.offset, kCurrentPosition);
  EXPECT_EQ(write.extent, Extent::kAll);
  EXPECT_EQ(write.buffer_offset, 0u);
  EXPECT_EQ(write.length, TransferOptions::kToBufferEnd);
}

TEST(RequestTest, PlainNopIsANopAsItWasMade) {
  EXPECT_TRUE(Request::Nop().IsPlainNop());
  EXPECT_TRUE(Request().IsPlainNop());
  EXPECT_FALSE(Request::Sync(File()).IsPlainNop());
  EXPECT_FALSE(Request::Nop().WithDeadline(Time(Duration(1))).IsPlainNop());
  EXPECT_FALSE(
      Request::Nop().WithDropPolicy(DropPolicy::kRunToEnd).IsPlainNop());
}

TEST(RequestTest, ResetDescriptionMakesItAPlainNop) {
  Request request = Request::Send(File(), Buffer::Allocate(4),
                                  {.offset = 9, .extent = Extent::kSome})
                        .WithDeadline(Time(Duration(1)));
  request.sync_level = SyncLevel::kData;
  request.mode = 7;
  request.handle.Reset();
  request.buffer.Reset();
  request.ResetDescription();
  const Request nop = Request::Nop();
  EXPECT_EQ(request.kind, nop.kind);
  EXPECT_EQ(request.extent, nop.extent);
  EXPECT_EQ(request.on_drop, nop.on_drop);
  EXPECT_EQ(request.sync_level, nop.sync_level);
  EXPECT_EQ(request.mode, nop.mode);
  EXPECT_EQ(request.deadline, nop.deadline);
  EXPECT_EQ(request.offset, nop.offset);
  EXPECT_EQ(request.buffer_offset, nop.buffer_offset);
  EXPECT_EQ(request.length, nop.length);
}

}  // namespace
}  // namespace wharf
