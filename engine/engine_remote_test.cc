// Goal: requests, cancels and drops from other threads arrive, none is lost,
// and the loop sleeps and ends as it should (G1, G7, G9, G10, G12). Method: the
// scripted port where one thread is enough; a port that really sleeps, and a
// loop thread, where the race is the point.

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/blocking_port.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/sleeper.h"

namespace wharf::testing_support {
namespace {

class EngineRemoteTest : public EngineFixture {
 protected:
  absl::StatusOr<RemoteRequestId> Push(Submitter& submitter, Request request) {
    return submitter.Submit(std::move(request), [this](Result&& result) {
      results().push_back(std::move(result));
    });
  }
};

TEST_F(EngineRemoteTest, G01_OutcomeComesInATurnOfTheLoop) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  ASSERT_TRUE(Push(submitter, Read(8)).ok());
  EXPECT_EQ(engine().live(), 0u);  // not admitted before a turn
  Turn();
  EXPECT_EQ(engine().live(), 1u);
  port().Complete(Op(0), 8);
  Turn();
  ASSERT_EQ(results().size(), 1u);
  EXPECT_EQ(results()[0].outcome, Ok(8));
}

TEST_F(EngineRemoteTest, G08_RequestsOfOneThreadKeepTheirOrder) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(
        Push(submitter, Request::Read(Handle::Borrow(i), Buffer::Allocate(8),
                                      {.offset = 0}))
            .ok());
  }
  Turn();
  ASSERT_EQ(port().submitted().size(), 10u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(port().submitted()[i].handle, i);
}

TEST_F(EngineRemoteTest, G07_FullnessIsVisibleAndLeavesTheRequest) {
  Start({.max_remote_requests = 2});
  Submitter submitter = engine().MakeSubmitter();
  TrackedMemory& memory = NewMemory(8);
  ASSERT_TRUE(Push(submitter, Read(8)).ok());
  ASSERT_TRUE(Push(submitter, Read(8)).ok());
  Request third = Request::Read(File(), memory.Lend(), {.offset = 0});
  ResultCallback callback = [](Result&&) {};
  EXPECT_TRUE(absl::IsResourceExhausted(
      submitter.Submit(std::move(third), std::move(callback)).status()));
  EXPECT_EQ(third.buffer.data(), memory.data());
  EXPECT_TRUE(callback);
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_TRUE(submitter.Submit(std::move(third), std::move(callback)).ok());
}

TEST_F(EngineRemoteTest, InvalidRequestsAreRefusedOnTheCallersThread) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  EXPECT_TRUE(absl::IsInvalidArgument(
      Push(submitter, Request::Read(Handle(), Buffer::Allocate(8))).status()));
}

TEST_F(EngineRemoteTest, CancelAndDropReachTheRequest) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  const RemoteRequestId cancelled = *Push(submitter, Receive(8));
  const RemoteRequestId dropped = *Push(submitter, Receive(8));
  Turn();
  EXPECT_TRUE(submitter.Cancel(cancelled));
  EXPECT_TRUE(submitter.Drop(dropped));
  EXPECT_FALSE(submitter.Cancel(cancelled));  // sent already
  Turn();
  EXPECT_EQ(port().cancels().size(), 2u);
  const OperationId ids[] = {Op(0), Op(1)};
  for (const OperationId id : ids) {
    port().CompleteWithError(id, Error::kCancelled);
  }
  Turn();
  ASSERT_EQ(results().size(), 1u);
  EXPECT_EQ(results()[0].outcome, Ended(OutcomeKind::kCancelled));
  EXPECT_FALSE(submitter.Drop(cancelled));  // has ended
}

TEST_F(EngineRemoteTest, CancelBeforeAdmissionMeansNoOperation) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  const RemoteRequestId id = *Push(submitter, Read(8));
  EXPECT_TRUE(submitter.Cancel(id));
  Turn();
  ASSERT_EQ(results().size(), 1u);
  EXPECT_EQ(results()[0].outcome, Ended(OutcomeKind::kCancelled));
  EXPECT_TRUE(port().submitted().empty());
}

TEST_F(EngineRemoteTest, G09_AStaleIdentityDoesNotTouchTheCellsNewOwner) {
  Start({.max_remote_requests = 1});
  Submitter submitter = engine().MakeSubmitter();
  const RemoteRequestId old = *Push(submitter, Read(8));
  Turn();
  EXPECT_TRUE(submitter.Cancel(old));  // not drained yet when it ends
  port().Complete(Op(0), 8);
  Turn();
  ASSERT_TRUE(Push(submitter, Read(8)).ok());
  EXPECT_FALSE(submitter.Cancel(old));
  EXPECT_FALSE(submitter.Drop(old));
  EXPECT_FALSE(submitter.Cancel(RemoteRequestId{}));
  EXPECT_FALSE(submitter.Cancel(RemoteRequestId{~uint64_t{0}}));
  Turn();
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(results().back().outcome, Ok(8));
}

TEST_F(EngineRemoteTest, ALoopThatIsAwakeIsNotWoken) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Push(submitter, Read(0)).ok());
  EXPECT_EQ(port().wakes(), 0u);
}

TEST_F(EngineRemoteTest, ALoopThatHasSleptAndIsAwakeIsNotWoken) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  ASSERT_TRUE(engine().Turn(Wait::Until(At(5))).ok());
  EXPECT_EQ(engine().Now(), At(5));  // it has slept
  ASSERT_TRUE(Push(submitter, Request::Nop()).ok());
  EXPECT_EQ(port().wakes(), 0u);
  Turn();
  port().Complete(Op(0), 0);
  Turn();
}

// Nothing in the engine could end the sleep, but the Submitter can.
TEST_F(EngineRemoteTest, RunWaitsForASubmitterThatMayEndAnEndlessSleep) {
  Start();
  const RequestId sleep = Submit(Request::Sleep(kNever));
  std::optional<Submitter> submitter = engine().MakeSubmitter();
  port().OnIdle([&](Time) {
    for (const Operation& operation : port().in_flight()) {
      port().Complete(operation.id, 0);
    }
    if (!submitter.has_value()) return;
    EXPECT_TRUE(
        submitter
            ->Submit(Request::Nop(), [&](Result&&) { engine().Cancel(sleep); })
            .ok());
    submitter.reset();
  });
  EXPECT_EQ(engine().Run(), absl::OkStatus());
  EXPECT_EQ(OutcomeOf(sleep), Ended(OutcomeKind::kCancelled));
}

TEST_F(EngineRemoteTest, ASubmitterOutlivesItsEngine) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  const RemoteRequestId id = *Push(submitter, Read(8));
  DestroyEngine();
  ASSERT_EQ(results().size(), 1u);
  EXPECT_EQ(results()[0].outcome, Ended(OutcomeKind::kAbandoned));
  EXPECT_TRUE(absl::IsFailedPrecondition(Push(submitter, Read(8)).status()));
  EXPECT_FALSE(submitter.Cancel(id));
  const Submitter copy = submitter;
}

TEST_F(EngineRemoteTest, G12_RequestsHandedOverBeforeShutdownAreAdmitted) {
  Start({.in_flight_capacity = 1});
  Submitter submitter = engine().MakeSubmitter();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Push(submitter, Read(8)).ok());
  port().OnIdle([this](Time) { port().Complete(Op(0), 8); });
  EXPECT_EQ(engine().Shutdown().abandoned, 0u);
  EXPECT_EQ(results().size(), 3u);
  for (const Result& result : results()) EXPECT_EQ(result.outcome, Ok(8));
}

TEST_F(EngineRemoteTest, G11_AFatalPortGivesRemoteRequestsTheirOutcome) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  ASSERT_TRUE(Push(submitter, Read(8)).ok());
  Turn();
  ASSERT_TRUE(Push(submitter, Read(8)).ok());  // not admitted yet
  port().FailNextReap(absl::InternalError("gone"));
  EXPECT_FALSE(engine().Turn(Wait::None()).ok());
  ASSERT_EQ(results().size(), 2u);
  for (const Result& result : results()) {
    EXPECT_EQ(result.outcome, Ended(OutcomeKind::kAbandoned));
  }
  port().ClearViolations();
}

// An engine on a BlockingPort, whose loop is this test's main thread.
class EngineThreadsTest : public testing::Test {
 protected:
  void Start(const EngineOptions& options = {}) {
    auto port = std::make_unique<BlockingPort>();
    port_ = port.get();
    engine_ = *Engine::Create(std::move(port), options);
  }
  // Waits, on another thread than the loop's, until the loop sleeps.
  void AwaitSleep() {
    while (!port_->asleep()) std::this_thread::yield();
  }

  BlockingPort* port_ = nullptr;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineThreadsTest, G10_EveryRequestOfManyThreadsIsAnswered) {
  constexpr int kThreads = 4;
  constexpr int kRequests = 2000;
  Start();
  std::atomic<int> answered{0};
  std::array<Sleeper, kThreads> told;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back(
        [&, told = &told[t], submitter = engine_->MakeSubmitter()]() mutable {
          for (int i = 0; i < kRequests; ++i) {
            // One at a time: the loop goes to sleep in between, over and over.
            ASSERT_TRUE(submitter
                            .Submit(Request::Nop(),
                                    [&answered, told](Result&& result) {
                                      if (result.outcome.ok()) ++answered;
                                      told->Wake();
                                    })
                            .ok());
            ASSERT_TRUE(told->Sleep(BlockingPort::kLost));
          }
        });
  }
  EXPECT_EQ(engine_->Run(), absl::OkStatus());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, kThreads * kRequests);
}

TEST_F(EngineThreadsTest, G07_G10_ThreadsThatFloodAFullInboxAllGetThrough) {
  constexpr int kThreads = 3;
  constexpr int kRequests = 3000;
  Start({.in_flight_capacity = 4, .max_remote_requests = 8});
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&answered,
                          submitter = engine_->MakeSubmitter()]() mutable {
      for (int i = 0; i < kRequests;) {
        absl::Status status =
            submitter
                .Submit(Request::Nop(), [&answered](Result&&) { ++answered; })
                .status();
        if (status.ok()) {
          ++i;
        } else {
          ASSERT_TRUE(absl::IsResourceExhausted(status)) << status;
          std::this_thread::yield();
        }
      }
    });
  }
  EXPECT_EQ(engine_->Run(), absl::OkStatus());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, kThreads * kRequests);
}

// Run must ask for Submitters before it takes in what they sent. In between the
// last one may send something and go away; the loop is kept busy there with
// commands for requests that have ended, or it would hardly ever be hit.
TEST_F(EngineThreadsTest, G10_WhatTheLastSubmitterSentLastIsNotMissed) {
  constexpr uint32_t kRequests = 8192;
  for (int round = 0; round < 20; ++round) {
    Start({.max_requests = 1, .max_remote_requests = kRequests});
    std::optional<Submitter> submitter = engine_->MakeSubmitter();
    std::vector<RemoteRequestId> ids;
    std::atomic<bool> ended{false};
    std::atomic<bool> answered{false};
    uint32_t told = 0;
    for (uint32_t i = 0; i < kRequests; ++i) {
      ids.push_back(
          *submitter->Submit(Request::Sleep(Time::min()), [&](Result&& result) {
            EXPECT_EQ(result.outcome, Ok());
            if (++told == 1) {
              for (const RemoteRequestId id : ids) submitter->Cancel(id);
              for (const RemoteRequestId id : ids) submitter->Drop(id);
            }
            if (told == kRequests) ended = true;
          }));
    }
    std::thread thread([&] {
      while (!ended) {
      }
      EXPECT_TRUE(
          submitter->Submit(Request::Nop(), [&](Result&&) { answered = true; })
              .ok());
      submitter.reset();
    });
    EXPECT_EQ(engine_->Run(), absl::OkStatus());
    ended = true;  // also if Run has failed
    thread.join();
    EXPECT_EQ(told, kRequests);
    ASSERT_TRUE(answered) << "in round " << round;
    engine_.reset();
  }
}

TEST_F(EngineThreadsTest, G10_ASleepingLoopHearsOfCancelAndDrop) {
  Start();
  std::atomic<int> told{0};
  std::thread thread(
      [this, &told, submitter = engine_->MakeSubmitter()]() mutable {
        auto poll = [&] {
          return *submitter.Submit(
              Request::Poll(Handle::Borrow(3), kPollReadable),
              [&told](Result&& result) {
                EXPECT_EQ(result.outcome, Ended(OutcomeKind::kCancelled));
                ++told;
              });
        };
        const RemoteRequestId cancelled = poll();
        const RemoteRequestId dropped = poll();
        AwaitSleep();
        EXPECT_TRUE(submitter.Cancel(cancelled));
        AwaitSleep();
        EXPECT_TRUE(submitter.Drop(dropped));
      });
  EXPECT_EQ(engine_->Run(), absl::OkStatus());
  thread.join();
  EXPECT_EQ(told, 1);
}

TEST_F(EngineThreadsTest, G09_G10_CancelsRaceWithCompletions) {
  Start({.max_remote_requests = 4});
  std::atomic<int> ok{0};
  std::atomic<int> cancelled{0};
  constexpr int kRequests = 5000;
  std::thread thread([&, submitter = engine_->MakeSubmitter()]() mutable {
    RemoteRequestId previous;
    for (int i = 0; i < kRequests;) {
      absl::StatusOr<RemoteRequestId> id = submitter.Submit(
          Request::Nop(),
          [&](Result&& result) { ++(result.outcome.ok() ? ok : cancelled); });
      submitter.Cancel(previous);  // perhaps ended, perhaps reused by now
      if (!id.ok()) continue;
      if (i % 2 == 0) previous = *id;
      ++i;
    }
  });
  EXPECT_EQ(engine_->Run(), absl::OkStatus());
  thread.join();
  EXPECT_EQ(ok + cancelled, kRequests);
  EXPECT_GE(ok, kRequests / 2);  // the odd ones were never cancelled
}

TEST_F(EngineThreadsTest, G12_ShutdownRacesWithSubmission) {
  for (int round = 0; round < 50; ++round) {
    Start();
    std::atomic<int> accepted{0};
    std::atomic<int> answered{0};
    std::thread thread([&, submitter = engine_->MakeSubmitter()]() mutable {
      while (true) {
        const absl::Status status =
            submitter
                .Submit(Request::Nop(), [&answered](Result&&) { ++answered; })
                .status();
        if (absl::IsFailedPrecondition(status)) return;
        if (status.ok()) ++accepted;
      }
    });
    for (int turns = 0; turns < round; ++turns) {
      ASSERT_TRUE(engine_->Turn(Wait::None()).ok());
    }
    engine_->Shutdown();
    thread.join();
    EXPECT_EQ(answered, accepted);
    EXPECT_EQ(engine_->live(), 0u);
    engine_.reset();
  }
}

}  // namespace
}  // namespace wharf::testing_support
