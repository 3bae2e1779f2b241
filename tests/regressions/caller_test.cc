// Known bugs of other engines about callers: who is told, who waits, and what
// keeps what alive (R27, R30, R-W3, R-W6, R-W12, R-A4, R-A9; README.md tells
// each story). Method: an engine on the scripted port.

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/await.h"
#include "engine/engine.h"
#include "engine/task.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

using CallerRegressions = EngineFixture;

TEST_F(CallerRegressions, R27_NoOffsetMeansTheCurrentPosition) {
  Start();
  Submit(Request::Read(File(), Buffer::Allocate(8)));
  Turn();
  EXPECT_EQ(port().Find(Op(0))->offset, kCurrentPosition);
  port().Complete(Op(0), 3);
  Turn();
  Turn();
  EXPECT_EQ(port().Find(Op(0))->offset, kCurrentPosition);
  EXPECT_EQ(port().Find(Op(0))->length, 5u);
  port().Complete(Op(0), 5);
  Turn();
  EXPECT_EQ(results().at(0).outcome, Ok(8));
}

TEST_F(CallerRegressions, R30_AnEndedRequestKeepsNobodyAlive) {
  Start();
  auto captured = std::make_shared<int>(0);
  {
    // What the callback owns includes a way back to the engine.
    auto callback = [captured, submitter = engine().MakeSubmitter()](Result&&) {
      ++*captured;
    };
    ASSERT_TRUE(engine()
                    .Submit(Read(8).WithDeadline(At(10)), std::move(callback))
                    .ok());
  }
  Turn();
  EXPECT_EQ(captured.use_count(), 2);
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(*captured, 1);
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_EQ(engine().Run(), absl::OkStatus());  // no Submitter is left
}

// The same for outcomes that take the longer ways out of the engine.
TEST_F(CallerRegressions, R30_HoweverARequestEndsItKeepsNobodyAlive) {
  Start();
  auto captured = std::make_shared<int>(0);
  const auto submit = [&](Request request) {
    return *engine().Submit(std::move(request),
                            [captured](Result&&) { ++*captured; });
  };
  submit(Request::Nop());
  submit(Request::Sync(File()));
  submit(Read(8));  // meets the end
  submit(Read(8));  // fails
  const RequestId cancelled = submit(Read(8));
  const RequestId dropped = submit(Read(8));
  submit(Request::Sleep(At(0)));
  EXPECT_EQ(captured.use_count(), 8);
  Turn();
  EXPECT_EQ(captured.use_count(), 7);
  engine().Cancel(cancelled);
  engine().Drop(dropped);
  EXPECT_EQ(captured.use_count(), 6);
  port().Complete(Op(0), 0);
  port().Complete(Op(0), 0);
  port().Complete(Op(0), 0);
  for (const Error error : {Error::kIo, Error::kCancelled, Error::kCancelled}) {
    port().CompleteWithError(Op(0), error);
  }
  Turn();
  EXPECT_EQ(*captured, 6);
  EXPECT_EQ(captured.use_count(), 1);
}

Task<> ReadOnce(Engine& engine, std::shared_ptr<int> ended) {
  (void)co_await Await(
      engine,
      Request::Read(Handle::Borrow(3), Buffer::Allocate(8), {.offset = 0}));
  ++*ended;
}

TEST_F(CallerRegressions, R30_ADetachedTaskFreesItself) {
  Start();
  auto captured = std::make_shared<int>(0);
  ReadOnce(engine(), captured).StartDetached();
  Turn();
  EXPECT_EQ(captured.use_count(), 2);
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(*captured, 1);
  EXPECT_EQ(captured.use_count(), 1);
}

// Counts how often it was told.
class Counter final : public RoomWaiter {
 public:
  void OnRoom() override { ++told; }
  int told = 0;
};

TEST_F(CallerRegressions, RW03_ADeadWaiterSwallowsNoSignal) {
  Start({.max_requests = 1});
  Submit(Read(8));
  Counter waiters[3];
  for (Counter& waiter : waiters) ASSERT_TRUE(engine().AwaitRoom(&waiter));
  engine().ForgetRoomWaiter(&waiters[0]);
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(waiters[0].told, 0);
  EXPECT_EQ(waiters[1].told, 1);
  Turn();
  EXPECT_EQ(waiters[2].told, 1);
}

TEST_F(CallerRegressions, RA04_ADroppedAwaiterTakesNoPlace) {
  Start({.max_requests = 1});
  Submit(Read(8));
  std::optional<RequestAwaiter> awaiters[3];
  for (std::optional<RequestAwaiter>& awaiter : awaiters) {
    awaiter.emplace(engine(), Read(8));
    EXPECT_TRUE(awaiter->await_suspend(std::noop_coroutine()));
  }
  awaiters[0].reset();
  for (int i = 0; i < 3; ++i) {  // the first request, the second, the third
    Turn();
    ASSERT_EQ(in_flight(), 1u);
    port().Complete(Op(0), 8);
    Turn();
  }
  EXPECT_EQ(engine().live(), 0u);
  EXPECT_FALSE(engine().has_room_waiters());
}

TEST_F(CallerRegressions, RW06_NobodyIsToldAfterTheDrop) {
  Start();
  const RequestId read = Submit(Read(8));
  const RequestId ended = Submit(Write(8));
  Turn();
  EXPECT_TRUE(engine().Drop(read));
  port().Complete(Op(0), 8);
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(read), std::nullopt);
  EXPECT_EQ(OutcomeOf(ended), Ok(8));
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(CallerRegressions, RW12_NothingIsCountedAfterTheEnd) {
  Start();
  Submitter submitter = engine().MakeSubmitter();
  bool refused = false;
  ASSERT_TRUE(engine()
                  .Submit(Receive(8),
                          [&](Result&& result) {
                            Request again = Read(8);
                            refused =
                                !TrySubmit(again).ok() &&
                                result.outcome.kind == OutcomeKind::kCancelled;
                          })
                  .ok());
  Turn();
  port().SetCancelPolicy(sim::CancelPolicy::kWin);
  EXPECT_EQ(engine().Shutdown({.cancel_first = true}).abandoned, 0u);
  EXPECT_TRUE(refused);
  EXPECT_FALSE(submitter.Submit(Read(8), [](Result&&) {}).ok());
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(CallerRegressions, RA09_NothingTouchesAPortThatWasClosed) {
  Start();
  std::optional<Submitter> submitter = engine().MakeSubmitter();
  engine().Shutdown();
  ASSERT_TRUE(port().closed());
  const std::size_t reaps = port().reaps();
  EXPECT_FALSE(engine().Turn(Wait::None()).ok());
  EXPECT_FALSE(engine().Turn(Wait::Forever()).ok());
  EXPECT_FALSE(submitter->Submit(Read(8), [](Result&&) {}).ok());
  submitter.reset();
  EXPECT_EQ(port().reaps(), reaps);
  EXPECT_EQ(port().wakes(), 0u);
}

}  // namespace
}  // namespace wharf::testing_support
