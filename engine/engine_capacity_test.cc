// Goal: capacity is never exceeded, everything that is full says so, and the
// room comes back (G7, G17, RoomWaiter). Method: an engine on the scripted
// port.

#include <algorithm>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

using EngineCapacityTest = EngineFixture;

TEST_F(EngineCapacityTest, G07_InFlightNeverExceedsTheCapacity) {
  Start({.in_flight_capacity = 3});
  for (int i = 0; i < 10; ++i) Submit(Read(8));
  std::size_t most = 0;
  while (engine().live() > 0) {
    Turn();
    most = std::max(most, in_flight());
    EXPECT_LE(engine().in_flight(), 3u);
    port().Complete(Op(0), most % 2 == 0 ? 8 : 4);
    Turn();
  }
  EXPECT_EQ(most, 3u);
}

TEST_F(EngineCapacityTest, G07_ThePortsOwnLimitAppliesToo) {
  sim::ScriptedPortOptions options;
  options.capabilities.max_in_flight = 2;
  Start({.in_flight_capacity = 100}, options);
  for (int i = 0; i < 5; ++i) Submit(Read(8));
  Turn();
  EXPECT_EQ(in_flight(), 2u);
  EXPECT_EQ(engine().stats().backpressure, 0u);  // never offered more
  port().Complete(Op(0), 8);
  Turn();
  Turn();
  EXPECT_EQ(in_flight(), 2u);
}

TEST_F(EngineCapacityTest, G07_AContinuingRequestKeepsItsPlace) {
  Start({.in_flight_capacity = 1});
  Submit(Read(8));
  Submit(Read(8));
  Turn();
  port().Complete(Op(0), 4);
  Turn();
  EXPECT_EQ(engine().in_flight(), 1u);
  Turn();
  ASSERT_EQ(in_flight(), 1u);
  EXPECT_EQ(port().submitted().back().offset, 4u);
}

TEST_F(EngineCapacityTest, G07_FullnessIsVisibleAndLeavesTheRequest) {
  Start({.in_flight_capacity = 1, .max_requests = 2});
  TrackedMemory& memory = NewMemory(8);
  Submit(Read(8));
  Submit(Read(8));
  Request third = Request::Read(File(), memory.Lend(), {.offset = 0});
  const absl::Status status = TrySubmit(third).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_EQ(third.buffer.data(), memory.data());
  EXPECT_EQ(memory.releases(), 0);
  EXPECT_EQ(engine().live(), 2u);

  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_TRUE(TrySubmit(third).ok());
}

TEST_F(EngineCapacityTest, ARefusedRequestStaysWithItsCaller) {
  Start();
  TrackedMemory& memory = NewMemory(8);
  TrackedHandle& handle = NewHandle(9);
  Request bad =
      Request::Read(handle.handle(), memory.Lend(), {.buffer_offset = 9});
  bool callback_died = false;
  struct Witness {
    explicit Witness(bool* died) : died(died) {}
    Witness(Witness&& other) noexcept
        : died(std::exchange(other.died, nullptr)) {}
    ~Witness() {
      if (died != nullptr) *died = true;
    }
    bool* died;
  };
  auto callback = [witness = Witness(&callback_died)](Result&&) {};
  const absl::Status status =
      engine().Submit(std::move(bad), std::move(callback)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_EQ(bad.buffer.data(), memory.data());
  EXPECT_EQ(bad.handle.native(), 9);
  EXPECT_FALSE(callback_died);
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(EngineCapacityTest, WhatThePortLacksIsRefusedByName) {
  sim::ScriptedPortOptions options;
  options.capabilities.opcodes = 0;
  options.capabilities.features = 0;
  options.capabilities.Add(Opcode::kRead);
  Start({}, options);
  Request requests[] = {Request::Nop(),
                        Write(8),
                        Receive(8),
                        Send(8),
                        Request::Sync(File()),
                        Request::Poll(Stream(), kPollReadable),
                        Request::DurableWrite(File(), Zeros(8), {.offset = 0}),
                        Read(8, {.offset = kCurrentPosition})};
  for (Request& request : requests) {
    const absl::Status status = TrySubmit(request).status();
    EXPECT_TRUE(absl::IsUnimplemented(status)) << status;
  }
  Submit(Read(8));
  Submit(Request::Sleep(At(1)));  // needs nothing
  EXPECT_EQ(engine().stats().refused, std::size(requests));
}

TEST_F(EngineCapacityTest, G17_ADeadlineFreesTheCapacityThatAQueuedOneNeeds) {
  Start({.in_flight_capacity = 2}, {.cancel_policy = sim::CancelPolicy::kWin});
  // Two receives that wait for the sends queued behind them.
  Submit(Receive(8).WithDeadline(At(10)));
  Submit(Receive(8).WithDeadline(At(10)));
  const RequestId sends[] = {Submit(Send(8)), Submit(Send(8))};
  TurnUntil(At(10));
  Turn();
  Turn();
  ASSERT_EQ(in_flight(), 2u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(port().Find(Op(0))->opcode, Opcode::kSend);
    port().Complete(Op(0), 8);
  }
  Turn();
  for (const RequestId send : sends) EXPECT_EQ(OutcomeOf(send), Ok(8));
}

TEST_F(EngineCapacityTest, G17_ACancelFreesTheCapacityThatAQueuedOneNeeds) {
  Start({.in_flight_capacity = 1}, {.cancel_policy = sim::CancelPolicy::kWin});
  const RequestId receive = Submit(Receive(8));
  const RequestId send = Submit(Send(8));
  Turn();
  EXPECT_TRUE(engine().Cancel(receive));
  Turn();
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(send), Ok(8));
}

// Notes its name when it is told, and submits one request if it should.
class NotingWaiter final : public RoomWaiter {
 public:
  NotingWaiter(Engine& engine, std::vector<int>& log, int name,
               bool submits = true)
      : engine_(engine), log_(log), name_(name), submits_(submits) {}
  void OnRoom() override {
    log_.push_back(name_);
    if (!submits_) return;
    status_ = engine_
                  .Submit(Request::Read(Handle::Borrow(3), Buffer::Allocate(8),
                                        {.offset = 0}),
                          [](Result&&) {})
                  .status();
  }
  const absl::Status& status() const { return status_; }

 private:
  Engine& engine_;
  std::vector<int>& log_;
  int name_;
  bool submits_;
  absl::Status status_ = absl::UnknownError("not told");
};

class EngineRoomTest : public EngineFixture {
 protected:
  void StartFull() {
    Start({.in_flight_capacity = 1, .max_requests = 1});
    Submit(Read(8));
    Turn();
  }
  void EndOne() {
    Turn();
    port().Complete(Op(0), 8);
    Turn();
  }
  std::vector<int> log_;
};

TEST_F(EngineRoomTest, WaitersAreToldInTheirOrderOnePerPlace) {
  StartFull();
  NotingWaiter a(engine(), log_, 1), b(engine(), log_, 2);
  engine().AwaitRoom(&a);
  engine().AwaitRoom(&b);
  Turn();
  EXPECT_TRUE(log_.empty());
  EndOne();
  EXPECT_EQ(log_, std::vector<int>{1});
  EXPECT_EQ(a.status(), absl::OkStatus());
  EXPECT_TRUE(engine().has_room_waiters());
  EndOne();
  EXPECT_EQ(log_, (std::vector<int>{1, 2}));
  EXPECT_EQ(b.status(), absl::OkStatus());
  EXPECT_FALSE(engine().has_room_waiters());
}

TEST_F(EngineRoomTest, AsManyAreToldAsThereArePlaces) {
  Start({.max_requests = 2});
  for (int i = 0; i < 2; ++i) Submit(Read(8));
  NotingWaiter a(engine(), log_, 1), b(engine(), log_, 2), c(engine(), log_, 3);
  for (NotingWaiter* waiter : {&a, &b, &c}) engine().AwaitRoom(waiter);
  Turn();
  for (int i = 0; i < 2; ++i) port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(log_, (std::vector<int>{1, 2}));
  engine().ForgetRoomWaiter(&c);
}

TEST_F(EngineRoomTest, ThereIsRoomNowIsToldInTheNextTurnWithoutSleep) {
  Start();
  NotingWaiter waiter(engine(), log_, 1);
  engine().AwaitRoom(&waiter);
  EXPECT_TRUE(log_.empty());
  ASSERT_TRUE(engine().Turn(Wait::Forever()).ok());
  EXPECT_EQ(log_, std::vector<int>{1});
  EXPECT_EQ(port().stuck_reaps(), 0u);
}

TEST_F(EngineRoomTest, AWaiterThatSubmitsNothingPassesTheRoomOn) {
  StartFull();
  NotingWaiter a(engine(), log_, 1, /*submits=*/false), b(engine(), log_, 2);
  engine().AwaitRoom(&a);
  engine().AwaitRoom(&b);
  EndOne();
  Turn();
  EXPECT_EQ(log_, (std::vector<int>{1, 2}));
  EXPECT_EQ(b.status(), absl::OkStatus());
}

TEST_F(EngineRoomTest, AForgottenWaiterIsNotTold) {
  StartFull();
  NotingWaiter a(engine(), log_, 1), b(engine(), log_, 2), c(engine(), log_, 3);
  for (RoomWaiter* waiter : {&a, &b, &c}) engine().AwaitRoom(waiter);
  engine().ForgetRoomWaiter(&b);
  engine().ForgetRoomWaiter(&b);  // no effect
  engine().ForgetRoomWaiter(&c);
  engine().AwaitRoom(&c);
  EndOne();
  EndOne();
  EXPECT_EQ(log_, (std::vector<int>{1, 3}));
  EXPECT_FALSE(engine().has_room_waiters());
}

TEST_F(EngineRoomTest, ShutdownTellsEveryWaiterAndRefuses) {
  StartFull();
  NotingWaiter a(engine(), log_, 1), b(engine(), log_, 2);
  engine().AwaitRoom(&a);
  engine().AwaitRoom(&b);
  port().Complete(Op(0), 8);
  engine().Shutdown();
  EXPECT_EQ(log_, (std::vector<int>{1, 2}));
  EXPECT_TRUE(absl::IsFailedPrecondition(a.status())) << a.status();
  EXPECT_TRUE(absl::IsFailedPrecondition(b.status())) << b.status();
}

TEST_F(EngineRoomTest, AFatalPortTellsEveryWaiter) {
  StartFull();
  NotingWaiter a(engine(), log_, 1);
  engine().AwaitRoom(&a);
  port().FailNextReap(absl::InternalError("ring is gone"));
  EXPECT_FALSE(engine().Turn(Wait::None()).ok());
  EXPECT_EQ(log_, std::vector<int>{1});
  EXPECT_TRUE(absl::IsFailedPrecondition(a.status())) << a.status();
  port().ClearViolations();
}

TEST_F(EngineRoomTest, AnEngineThatIsShutDownLetsNobodyWait) {
  Start();
  engine().Shutdown();
  NotingWaiter waiter(engine(), log_, 1);
  EXPECT_FALSE(engine().AwaitRoom(&waiter));
  EXPECT_FALSE(engine().has_room_waiters());
}

}  // namespace
}  // namespace wharf::testing_support
