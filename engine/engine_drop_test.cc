// Goal: a caller that goes away is told nothing, harms nothing, and what must
// run on does (G16, G2). Method: an engine on the scripted port; every kind of
// request.

#include <memory>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

class EngineDropTest : public EngineFixture {
 protected:
  // Submits with a callback that must not run, and which notes its end.
  RequestId SubmitUntold(Request request) {
    auto witness = std::make_shared<int>(0);
    witness_ = witness;
    absl::StatusOr<RequestId> id =
        engine().Submit(std::move(request), [witness](Result&&) {
          ADD_FAILURE() << "a dropped request told its caller";
        });
    EXPECT_TRUE(id.ok()) << id.status();
    return id.ok() ? *id : RequestId{};
  }
  bool callback_exists() const { return !witness_.expired(); }

 private:
  std::weak_ptr<int> witness_;
};

TEST_F(EngineDropTest, G16_WhatGathersIsCancelled) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kWin});
  Request requests[] = {Read(8), Receive(8),
                        Request::Poll(Stream(), kPollReadable)};
  for (Request& request : requests) {
    const RequestId id = SubmitUntold(std::move(request));
    Turn();
    EXPECT_TRUE(engine().Drop(id));
    EXPECT_FALSE(callback_exists());
    EXPECT_EQ(port().cancels().back(), port().submitted().back().id);
    Turn();
    EXPECT_EQ(engine().live(), 0u);
  }
  EXPECT_EQ(port().cancels().size(), 3u);
}

TEST_F(EngineDropTest, G16_WhatChangesTheWorldRunsToItsEnd) {
  Start();
  Request requests[] = {
      Write(8), Send(8), Request::Sync(File()),
      Request::DurableWrite(File(), Zeros(8), {.offset = 0}),
      Request::Allocate(File(), AllocateMode::kAllocate, 0, 8)};
  for (Request& request : requests) {
    const bool transfer = IsTransfer(request.kind);
    const RequestId id = SubmitUntold(std::move(request));
    Turn();
    EXPECT_TRUE(engine().Drop(id));
    EXPECT_FALSE(callback_exists());
    Turn();
    EXPECT_EQ(engine().live(), 1u);
    port().Complete(Op(0), transfer ? 8 : 0);
    Turn();
    EXPECT_EQ(engine().live(), 0u);
  }
  EXPECT_TRUE(port().cancels().empty());
}

TEST_F(EngineDropTest, G16_ADroppedWriteIsContinuedAndRetried) {
  Start();
  const RequestId write = SubmitUntold(Write(8));
  EXPECT_TRUE(engine().Drop(write));  // even before its first operation
  Turn();
  port().Complete(Op(0), 5);
  Turn();
  Turn();
  port().CompleteWithError(Op(0), Error::kInterrupted);
  Turn();
  Turn();
  EXPECT_EQ(port().Find(Op(0))->length, 3u);
  port().Complete(Op(0), 3);
  Turn();
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(EngineDropTest, G16_TheChoiceCanBeMadePerRequest) {
  Start();
  const RequestId read =
      SubmitUntold(Read(8).WithDropPolicy(DropPolicy::kRunToEnd));
  const RequestId write =
      SubmitUntold(Write(8).WithDropPolicy(DropPolicy::kCancel));
  Turn();
  const OperationId write_operation = Op(1);
  EXPECT_TRUE(engine().Drop(read));
  EXPECT_TRUE(engine().Drop(write));
  EXPECT_EQ(port().cancels(), std::vector<OperationId>{write_operation});
  const OperationId ids[] = {Op(0), Op(1)};
  for (const OperationId id : ids) port().Complete(id, 8);
  Turn();
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(EngineDropTest, G16_DroppedInTheQueueNeverReachesTheKernel) {
  Start({.in_flight_capacity = 1});
  Submit(Receive(8));
  const RequestId read = SubmitUntold(Read(8));
  Turn();
  EXPECT_TRUE(engine().Drop(read));
  port().Complete(Op(0), 8);
  Turn();
  Turn();
  EXPECT_EQ(engine().live(), 0u);
  EXPECT_EQ(port().submitted().size(), 1u);
}

TEST_F(EngineDropTest, G16_DroppedBetweenTwoOperationsIsNotContinued) {
  Start();
  const RequestId receive = SubmitUntold(Receive(8).WithDeadline(At(10)));
  Turn();
  port().Complete(Op(0), 3);
  Turn();
  EXPECT_TRUE(engine().Drop(receive));
  Turn();
  EXPECT_EQ(engine().live(), 0u);
  EXPECT_EQ(port().submitted().size(), 1u);
  TurnUntil(At(20));  // its deadline went with it
  EXPECT_TRUE(port().cancels().empty());
}

TEST_F(EngineDropTest, G16_NonTerminalAnswersEndADroppedRequest) {
  // Send would block, send partial, receive would block, receive partial, read
  // partial: each with a caller that has gone while it was in flight.
  struct Case {
    Request request;
    int64_t result;
  };
  constexpr int64_t kWouldBlock = -static_cast<int64_t>(Error::kWouldBlock);
  Case cases[] = {{Send(8).WithDropPolicy(DropPolicy::kCancel), kWouldBlock},
                  {Send(8).WithDropPolicy(DropPolicy::kCancel), 3},
                  {Receive(8), kWouldBlock},
                  {Receive(8), 3},
                  {Read(8), 3}};
  Start();
  for (Case& c : cases) {
    const RequestId id = SubmitUntold(std::move(c.request));
    Turn();
    EXPECT_TRUE(engine().Drop(id));
    port().Complete(Op(0), c.result);
    Turn();
    EXPECT_EQ(engine().live(), 0u);
  }
  EXPECT_EQ(port().submitted().size(), std::size(cases));
}

TEST_F(EngineDropTest, G02_MemoryAndHandleStayUntilTheCompletion) {
  Start();
  TrackedMemory& memory = NewMemory(8);
  TrackedHandle& handle = NewHandle(9);
  const RequestId read = SubmitUntold(
      Request::Read(handle.handle(), memory.Lend(), {.offset = 0}));
  handle.Close();
  Turn();
  EXPECT_TRUE(engine().Drop(read));
  Turn();
  EXPECT_EQ(memory.releases(), 0);
  EXPECT_EQ(handle.closes(), 0);
  port().CompleteWithError(Op(0), Error::kCancelled);
  Turn();
  EXPECT_EQ(memory.releases(), 1);
  EXPECT_EQ(handle.closes(), 1);
}

TEST_F(EngineDropTest, OnlyTheFirstDropCounts) {
  Start();
  const RequestId read = SubmitUntold(Read(8));
  Turn();
  EXPECT_TRUE(engine().Drop(read));
  EXPECT_FALSE(engine().Drop(read));
  EXPECT_FALSE(engine().Cancel(read));  // the drop has stopped it
  EXPECT_EQ(port().cancels().size(), 1u);
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_FALSE(engine().Drop(read));
}

TEST_F(EngineDropTest, AfterACancelADropOnlySilences) {
  Start();
  const RequestId read = SubmitUntold(Read(8));
  Turn();
  EXPECT_TRUE(engine().Cancel(read));
  EXPECT_TRUE(engine().Drop(read));
  EXPECT_EQ(port().cancels().size(), 1u);
  port().CompleteWithError(Op(0), Error::kCancelled);
  Turn();
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(EngineDropTest, ADroppedWriteCanStillBeCancelled) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kWin});
  const RequestId write = SubmitUntold(Write(8));
  Turn();
  EXPECT_TRUE(engine().Drop(write));
  EXPECT_TRUE(engine().Cancel(write));
  Turn();
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(EngineDropTest, ACallbackCannotDropItsOwnRequest) {
  Start();
  RequestId self;
  bool told = false;
  absl::StatusOr<RequestId> id = engine().Submit(Read(0), [&](Result&&) {
    told = true;
    EXPECT_FALSE(engine().Drop(self));
    EXPECT_FALSE(engine().Cancel(self));
  });
  self = *id;
  Turn();
  EXPECT_TRUE(told);
}

TEST_F(EngineDropTest, DestroyingACallbackMayCallTheEngine) {
  Start({.in_flight_capacity = 1, .max_requests = 3});
  const RequestId other = Submit(Write(8));
  auto reenter = [this, other] {
    EXPECT_TRUE(engine().Drop(other));
    Submit(Read(0));
  };
  std::shared_ptr<void> at_end(nullptr, [&](void*) { reenter(); });
  absl::StatusOr<RequestId> id =
      engine().Submit(Read(8), [at_end = std::move(at_end)](Result&&) {});
  EXPECT_TRUE(engine().Drop(*id));
  EXPECT_EQ(engine().live(), 3u);
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(engine().live(), 0u);
  EXPECT_EQ(results().size(), 1u);
}

}  // namespace
}  // namespace wharf::testing_support
