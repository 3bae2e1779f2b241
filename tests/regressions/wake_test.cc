// Known bugs of other engines about loops that sleep for ever or end too early
// (R5, R10, R11, R15, R16, R22, R26, R31; README.md tells each story). Method:
// the scripted port, whose idle callback stands in for the other thread at the
// worst moment; and a port that really sleeps, where the interleaving has to be
// found.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "sim/forwarding_port.h"
#include "tests/support/blocking_port.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

using WakeRegressions = EngineFixture;

TEST_F(WakeRegressions, R05_TheLastSubmitterWakesASleepingLoop) {
  Start();
  std::optional<Submitter> submitter = engine().MakeSubmitter();
  int sleeps = 0;
  port().OnIdle([&](Time) {
    if (++sleeps == 3) submitter.reset();
  });
  EXPECT_EQ(engine().Run(), absl::OkStatus());
  EXPECT_EQ(sleeps, 3);
  EXPECT_EQ(port().wakes(), 1u);
}

TEST_F(WakeRegressions, R10_TheLastSubmitterIsHeardBehindAFullCapacity) {
  sim::ScriptedPortOptions options;
  options.forbid_left_at_close = false;
  Start({.in_flight_capacity = 1, .max_remote_requests = 1}, options);
  std::optional<Submitter> submitter = engine().MakeSubmitter();
  ASSERT_TRUE(submitter
                  ->Submit(Receive(8),
                           [](Result&& result) {
                             EXPECT_EQ(result.outcome.kind,
                                       OutcomeKind::kAbandoned);
                           })
                  .ok());
  Turn();
  port().OnIdle([&](Time) { submitter.reset(); });
  ASSERT_TRUE(engine().Turn(Wait::Forever()).ok());  // comes back: it was woken
  EXPECT_FALSE(submitter.has_value());
  EXPECT_EQ(port().stuck_reaps(), 0u);
  const ShutdownReport report =
      engine().Shutdown({.budget = std::chrono::milliseconds(50)});
  EXPECT_EQ(report.abandoned, 1u);
  EXPECT_EQ(engine().Now(), At(50));
}

TEST_F(WakeRegressions, R11_TheDrainTakesInWhatIsBufferedBehindAFullCapacity) {
  Start({.in_flight_capacity = 1, .max_remote_requests = 4});
  int told = 0;
  {
    Submitter submitter = engine().MakeSubmitter();
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(submitter
                      .Submit(Read(8),
                              [&told](Result&& result) {
                                EXPECT_EQ(result.outcome, Ok(8));
                                ++told;
                              })
                      .ok());
    }
  }
  port().OnIdle([this](Time) { port().Complete(Op(0), 8); });
  EXPECT_EQ(engine().Shutdown().abandoned, 0u);
  EXPECT_EQ(told, 4);
}

TEST_F(WakeRegressions, R26_WorkFromAnotherThreadWakesASleepingLoop) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  bool told = false;
  port().OnIdle([&](Time) {
    if (!port().submitted().empty()) return;
    EXPECT_TRUE(submitter.Submit(Read(8), [&](Result&&) { told = true; }).ok());
  });
  ASSERT_TRUE(engine().Turn(Wait::Forever()).ok());  // comes back: it was woken
  EXPECT_EQ(port().wakes(), 1u);
  EXPECT_EQ(port().stuck_reaps(), 0u);
  Turn();
  ASSERT_EQ(in_flight(), 1u);
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_TRUE(told);
}

// Another thread's request, between the loop's look at the inbox and its sleep.
class SubmitsWhileStaging : public sim::ScriptedPortHooks {
 public:
  explicit SubmitsWhileStaging(Submitter submitter)
      : submitter_(std::move(submitter)) {}
  void BeforeSubmit(std::size_t) override {
    if (std::exchange(done_, true)) return;
    EXPECT_TRUE(submitter_.Submit(Request::Nop(), [](Result&&) {}).ok());
  }

 private:
  Submitter submitter_;
  bool done_ = false;
};

TEST_F(WakeRegressions, R31_WhatCameBeforeTheSleepIsNotSleptThrough) {
  Start();
  SubmitsWhileStaging hooks(engine().MakeSubmitter());
  port().SetHooks(&hooks);
  Submit(Receive(8));
  ASSERT_TRUE(engine().Turn(Wait::Forever()).ok());
  EXPECT_EQ(port().last_wait().until, Time::min());  // it did not sleep
  Turn();
  ASSERT_EQ(in_flight(), 2u);
  port().Complete(Op(0), 8);
  port().Complete(Op(0), 0);
  Turn();
  port().SetHooks(nullptr);
}

// A fresh engine on a port that really sleeps.
std::unique_ptr<Engine> MakeThreadedEngine() {
  return *Engine::Create(std::make_unique<BlockingPort>(),
                         {.max_requests = 1, .max_remote_requests = 64});
}

// Submits a nop, again and again while the inbox is full. An engine that is
// gone (a wake-up was lost: BlockingPort) is an answer too, so that the test
// fails and does not hang.
absl::Status SubmitNop(Submitter& submitter, ResultCallback callback) {
  while (true) {
    absl::Status status =
        submitter.Submit(Request::Nop(), std::move(callback)).status();
    if (!absl::IsResourceExhausted(status)) return status;
    std::this_thread::yield();
  }
}

TEST(WakeThreadRegressions, R15_AnotherProducersPublicationHidesNothing) {
  constexpr int kProducers = 3;
  constexpr int kRequests = 3000;
  const std::unique_ptr<Engine> engine = MakeThreadedEngine();
  int last[kProducers] = {-1, -1, -1};
  std::vector<std::thread> threads;
  for (int p = 0; p < kProducers; ++p) {
    threads.emplace_back([&, p, submitter = engine->MakeSubmitter()]() mutable {
      for (int i = 0; i < kRequests; ++i) {
        auto note = [&last, p, i](Result&&) {
          EXPECT_EQ(last[p], i - 1);
          last[p] = i;
        };
        ASSERT_EQ(SubmitNop(submitter, note), absl::OkStatus());
      }
    });
  }
  EXPECT_EQ(engine->Run(), absl::OkStatus());
  for (std::thread& thread : threads) thread.join();
  for (const int value : last) EXPECT_EQ(value, kRequests - 1);
}

TEST(WakeThreadRegressions, R16_TheEndOfTheLastSubmitterIsSeenAfterTheWake) {
  for (int round = 0; round < 500; ++round) {
    const std::unique_ptr<Engine> engine = MakeThreadedEngine();
    bool told = false;  // plain: the wake must hand it over
    int sent = 0;
    std::thread thread([&, submitter = engine->MakeSubmitter()]() mutable {
      sent = round;
      EXPECT_EQ(SubmitNop(submitter, [&](Result&&) { told = sent == round; }),
                absl::OkStatus());
    });
    const absl::Status status = engine->Run();
    thread.join();
    ASSERT_EQ(status, absl::OkStatus());  // a lost wake takes its time
    ASSERT_TRUE(told);
  }
}

// A port whose Wake takes its time before it returns.
class LingeringPort final : public sim::ForwardingPort {
 public:
  // What happened, for after the port is gone.
  struct Notes {
    std::atomic<bool> inside{false};
    std::atomic<bool> closed{false};
    std::atomic<bool> closed_while_inside{false};
  };
  explicit LingeringPort(Notes* notes)
      : ForwardingPort(&real_), notes_(notes) {}

  void Wake() override {
    notes_->inside = true;
    Notes* const notes = notes_;
    real_.Wake();
    for (int i = 0; i < 100 && !notes->closed; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    notes->inside = false;
  }
  CloseReport Close() override {
    if (notes_->inside) notes_->closed_while_inside = true;
    notes_->closed = true;
    return real_.Close();
  }
  bool asleep() const { return real_.asleep(); }

 private:
  BlockingPort real_;
  Notes* notes_;
};

TEST(WakeThreadRegressions, R22_ThePortOutlivesWhoeverIsAboutToWakeIt) {
  LingeringPort::Notes notes;
  auto port = std::make_unique<LingeringPort>(&notes);
  LingeringPort* const raw = port.get();
  std::unique_ptr<Engine> engine =
      *Engine::Create(std::move(port), {.max_remote_requests = 4});
  std::thread thread([raw, submitter = engine->MakeSubmitter()]() mutable {
    while (!raw->asleep()) std::this_thread::yield();
    EXPECT_TRUE(submitter.Submit(Request::Nop(), [](Result&&) {}).ok());
  });
  EXPECT_TRUE(engine->Turn(Wait::Forever()).ok());
  engine.reset();  // at once: the other thread is still inside Wake
  thread.join();
  EXPECT_TRUE(notes.closed);
  EXPECT_FALSE(notes.closed_while_inside);
}

}  // namespace
}  // namespace wharf::testing_support
