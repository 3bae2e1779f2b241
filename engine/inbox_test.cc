#include "engine/inbox.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/inbox_test_util.h"
#include "engine/submitter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using testing::HasSubstr;

TEST(RemoteRequestIdTest, NextStaysClearOfTheCommandBitsWhenItWraps) {
  const RemoteRequestId last{(kIdMask & ~kIdIndexMask) | 5};
  EXPECT_EQ(last.Next(), RemoteRequestId{kIdGenerationUnit + 5});
  const RemoteRequestId last_of_cell_zero{kIdMask & ~kIdIndexMask};
  EXPECT_EQ(last_of_cell_zero.Next(), RemoteRequestId{kIdGenerationUnit});
  // Also when they are set: a sent command is not the next owner's.
  EXPECT_EQ(
      (RemoteRequestId{(uint64_t{3} << kIdBits) + kIdGenerationUnit}).Next(),
      RemoteRequestId{2 * kIdGenerationUnit});
}

TEST_F(InboxTest, RequestsArriveInOrderWithTheirCells) {
  Inbox inbox(4, &port_);
  Loop loop(inbox);
  for (uint64_t tag : {10, 11, 12}) Push(inbox, tag);
  loop.Drain();
  ASSERT_EQ(loop.admitted.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(loop.admitted[i].tag, 10 + i);
  }
  EXPECT_NE(loop.admitted[0].cell, loop.admitted[1].cell);
  loop.Drain();
  EXPECT_EQ(loop.admitted.size(), 3u);
}

TEST_F(InboxTest, RequestAndCallbackArriveAsTheyWereSent) {
  Inbox inbox(1, &port_);
  Buffer buffer = Buffer::Allocate(100);
  const std::byte* const bytes = buffer.data();
  int told = 0;
  ASSERT_TRUE(inbox
                  .Push(Request::Write(Handle::Borrow(9), std::move(buffer),
                                       {.offset = 5}),
                        [&told](Result&&) { ++told; })
                  .ok());
  inbox.Drain(
      [&](uint32_t, Request&& request, ResultCallback&& callback) {
        EXPECT_EQ(request.kind, RequestKind::kWrite);
        EXPECT_EQ(request.handle.native(), 9);
        EXPECT_EQ(request.buffer.data(), bytes);
        EXPECT_EQ(request.length, 100u) << "validated on the way in";
        Request taken = std::move(request);
        ResultCallback called = std::move(callback);
        called(Result{});
        return RequestId{kIdGenerationUnit};
      },
      [](RequestId, RemoteCommand) { FAIL(); });
  EXPECT_EQ(told, 1);
}

TEST_F(InboxTest, FullInboxLeavesRequestAndCallbackWithTheCaller) {
  Inbox inbox(2, &port_);
  Push(inbox, 1);
  Push(inbox, 2);
  Request request = Tagged(3);
  const std::byte* const bytes = request.buffer.data();
  auto witness = std::make_shared<int>(7);
  ResultCallback callback = [witness](Result&&) { ++*witness; };
  const absl::StatusOr<RemoteRequestId> id =
      inbox.Push(std::move(request), std::move(callback));
  EXPECT_EQ(id.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(id.status().message()),
              HasSubstr("EngineOptions::max_remote_requests"));
  EXPECT_EQ(request.buffer.data(), bytes);
  EXPECT_EQ(request.handle.native(), 3);
  ASSERT_TRUE(callback);
  callback(Result{});
  EXPECT_EQ(*witness, 8);
  // Not even the length is another one: it is the caller's to change again.
  EXPECT_EQ(request.length, TransferOptions::kToBufferEnd);
}

// A cell belongs to its request until the outcome, not until admission (G7).
TEST_F(InboxTest, CellIsTakenUntilItIsReleased) {
  Inbox inbox(1, &port_);
  Loop loop(inbox);
  Push(inbox, 1);
  loop.Drain();
  EXPECT_FALSE(inbox.Push(Tagged(2), [](Result&&) {}).ok());
  inbox.Release(loop.admitted[0].cell);
  Push(inbox, 3);
  loop.Drain();
  EXPECT_EQ(loop.admitted[1].tag, 3u);
}

TEST_F(InboxTest, InvalidRequestStaysWithTheCallerAndTakesNoCell) {
  Inbox inbox(1, &port_);
  Request request = Request::Read(Handle(), Buffer::Allocate(8));
  const std::byte* const bytes = request.buffer.data();
  ResultCallback callback = [](Result&&) {};
  EXPECT_EQ(inbox.Push(std::move(request), std::move(callback)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(request.buffer.data(), bytes);
  EXPECT_TRUE(callback);
  Push(inbox, 1);
}

TEST_F(InboxTest, WakesThePortOnlyWhileTheLoopSleeps) {
  Inbox inbox(8, &port_);
  Loop loop(inbox);
  Push(inbox, 1);
  EXPECT_EQ(port_.wakes(), 0);
  EXPECT_FALSE(inbox.Arm()) << "something was published since the last drain";
  inbox.Disarm();
  loop.Drain();
  ASSERT_TRUE(inbox.Arm());
  const RemoteRequestId id = Push(inbox, 2);
  EXPECT_EQ(port_.wakes(), 1);
  // One wake-up is enough for all that comes before the loop looks again.
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
  EXPECT_EQ(port_.wakes(), 1);
  inbox.Disarm();
  loop.Drain();
  ASSERT_TRUE(inbox.Arm());
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kDrop));
  EXPECT_EQ(port_.wakes(), 2);
  inbox.Disarm();
}

TEST_F(InboxTest, RefusedRequestsAndCommandsWakeNobody) {
  Inbox inbox(1, &port_);
  Loop loop(inbox);
  const RemoteRequestId id = Push(inbox, 1);
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
  loop.Drain();
  ASSERT_TRUE(inbox.Arm());
  EXPECT_FALSE(inbox.Push(Tagged(2), [](Result&&) {}).ok());
  EXPECT_FALSE(inbox.Send(id, RemoteCommand::kCancel));
  EXPECT_EQ(port_.wakes(), 0);
  inbox.Disarm();
}

// Many threads through few cells: every request arrives once, each thread's in
// its order, and no command is lost or reaches another request.
TEST_F(InboxTest, ManyThreadsThroughFewCells) {
  constexpr uint64_t kThreads = 4;
  constexpr uint64_t kPerThread = 400;
  auto inbox = std::make_shared<Inbox>(4, &port_);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([t, submitter = Submitter(inbox)]() mutable {
      for (uint64_t i = 0; i < kPerThread;) {
        const absl::StatusOr<RemoteRequestId> id =
            submitter.Submit(Request::Read(Handle::Borrow(3), Buffer(),
                                           {.offset = t * kPerThread + i}),
                             [](Result&&) {});
        if (!id.ok()) {
          ASSERT_EQ(id.status().code(), absl::StatusCode::kResourceExhausted);
          std::this_thread::yield();
          continue;
        }
        // Every second one is cancelled, and its cell is given back for that.
        if (i % 2 == 1) {
          ASSERT_TRUE(submitter.Cancel(*id));
        }
        ++i;
      }
    });
  }
  std::vector<uint64_t> next(kThreads, 0);
  uint64_t ended = 0;
  uint64_t cancelled = 0;
  std::vector<uint32_t> cell_of(kThreads * kPerThread);
  while (ended < kThreads * kPerThread) {
    std::vector<uint64_t> done;
    inbox->Drain(
        [&](uint32_t cell, Request&& request, ResultCallback&&) {
          Request taken = std::move(request);
          const uint64_t tag = taken.offset;
          EXPECT_EQ(tag % kPerThread, next[tag / kPerThread]++);
          cell_of[tag] = cell;
          if (tag % 2 == 0) done.push_back(tag);
          return RequestId{(tag + 1) << kIdIndexBits};
        },
        [&](RequestId id, RemoteCommand command) {
          EXPECT_EQ(command, RemoteCommand::kCancel);
          const uint64_t tag = (id.value >> kIdIndexBits) - 1;
          EXPECT_EQ(tag % 2, 1u);
          ++cancelled;
          done.push_back(tag);
        });
    for (const uint64_t tag : done) inbox->Release(cell_of[tag]);
    ended += done.size();
    if (done.empty()) std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cancelled, kThreads * kPerThread / 2);
  EXPECT_EQ(next, std::vector<uint64_t>(kThreads, kPerThread));
}

}  // namespace
}  // namespace wharf
