// The end of an inbox: its last submitter goes, or the loop closes it.

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/inbox.h"
#include "engine/inbox_test_util.h"
#include "engine/submitter.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST_F(InboxTest, LastSubmitterThatGoesWakesTheLoop) {
  auto inbox = std::make_shared<Inbox>(1, &port_);
  Loop loop(*inbox);
  EXPECT_FALSE(inbox->has_submitters());
  auto first = std::make_unique<Submitter>(inbox);
  auto second = std::make_unique<Submitter>(*first);
  EXPECT_TRUE(inbox->has_submitters());
  loop.Drain();
  ASSERT_TRUE(inbox->Arm());
  first.reset();
  EXPECT_TRUE(inbox->has_submitters());
  EXPECT_EQ(port_.wakes(), 0);
  second.reset();
  EXPECT_FALSE(inbox->has_submitters());
  EXPECT_EQ(port_.wakes(), 1);
  inbox->Disarm();
}

TEST_F(InboxTest, MovedSubmitterCountsOnce) {
  auto inbox = std::make_shared<Inbox>(1, &port_);
  {
    Submitter first(inbox);
    Submitter second = std::move(first);
    Submitter third(second);
    third = std::move(second);
    EXPECT_TRUE(inbox->has_submitters());
  }
  EXPECT_FALSE(inbox->has_submitters());
}

TEST_F(InboxTest, ClosedInboxRefusesAndTouchesThePortNoMore) {
  auto inbox = std::make_shared<Inbox>(2, &port_);
  Loop loop(*inbox);
  auto submitter = std::make_unique<Submitter>(inbox);
  const RemoteRequestId id = Push(*inbox, 1);
  loop.Drain();
  ASSERT_TRUE(inbox->Arm());
  inbox->Close();
  port_.Close();

  Request request = Tagged(2);
  const std::byte* const bytes = request.buffer.data();
  ResultCallback callback = [](Result&&) {};
  EXPECT_EQ(
      inbox->Push(std::move(request), std::move(callback)).status().code(),
      absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(request.buffer.data(), bytes);
  EXPECT_TRUE(callback);
  EXPECT_FALSE(inbox->Send(id, RemoteCommand::kCancel));
  submitter.reset();
  EXPECT_FALSE(inbox->has_submitters());
  EXPECT_EQ(port_.wakes(), 0);
}

TEST_F(InboxTest, LastDrainAfterCloseFindsWhatWasPushed) {
  Inbox inbox(2, &port_);
  Loop loop(inbox);
  const RemoteRequestId id = Push(inbox, 1);
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
  inbox.Close();
  loop.Drain();
  EXPECT_EQ(loop.admitted.size(), 1u);
  EXPECT_EQ(loop.commands.size(), 1u);
  inbox.Release(loop.admitted[0].cell);
}

// Close comes at any moment while producers push and send: whatever was
// accepted is there for the last drain, and nobody wakes a closed port.
TEST_F(InboxTest, CloseWaitsForTheProducersInside) {
  constexpr int kRounds = 40;
  constexpr int kThreads = 3;
  for (int round = 0; round < kRounds; ++round) {
    WakeCounter port;
    auto inbox = std::make_shared<Inbox>(16, &port);
    Loop loop(*inbox);
    std::atomic<int> accepted = 0;
    std::atomic<int> sent = 0;
    std::atomic<int> started = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, submitter = Submitter(inbox)]() mutable {
        ++started;
        while (true) {
          const absl::StatusOr<RemoteRequestId> id =
              submitter.Submit(Request::Nop(), [](Result&&) {});
          if (id.ok()) {
            ++accepted;
            if (submitter.Cancel(*id)) ++sent;
          } else if (id.status().code() ==
                     absl::StatusCode::kFailedPrecondition) {
            break;
          }
        }
      });
    }
    while (started != kThreads) std::this_thread::yield();
    // A loop that goes to sleep again and again.
    for (int turn = 0; turn < round; ++turn) {
      const std::size_t before = loop.admitted.size();
      loop.Drain();
      for (std::size_t i = before; i < loop.admitted.size(); ++i) {
        // Commands may still be on their way to some of these.
        inbox->Release(loop.admitted[i].cell);
      }
      if (inbox->Arm() && turn + 1 == round) break;
      inbox->Disarm();
    }
    inbox->Close();
    port.Close();
    loop.Drain();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(loop.admitted.size(), static_cast<std::size_t>(accepted.load()));
    EXPECT_LE(loop.commands.size(), static_cast<std::size_t>(sent.load()));
    EXPECT_EQ(port.late_wakes(), 0);
    EXPECT_FALSE(inbox->has_submitters());
  }
}

}  // namespace
}  // namespace wharf
