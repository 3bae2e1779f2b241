// Known bugs of programs on Windows' completion ports (R-W numbers; README.md
// tells each story), as far as they concern what is above the port. Method: an
// engine on the simulated kernel with the personality of IOCP. The port itself
// has tests of its own.

#include <chrono>
#include <string>
#include <tuple>
#include <utility>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "sim/kernel/kernel.h"
#include "tests/regressions/machine.h"

namespace wharf::testing_support {
namespace {

using sim::Personality;
using std::chrono::microseconds;
using std::chrono::milliseconds;

class IocpMachine : public Machine {
 public:
  explicit IocpMachine(const EngineOptions& options = kSmallEngine,
                       const sim::KernelOptions& kernel = {})
      : Machine(Personality::kIocp, options, kernel) {}

  // Cancels that came when their target's packet was queued already.
  uint64_t late_cancels() { return kernel().rows()[sim::W(6)]; }
};

TEST(IocpRegressions, RW01_ACancelThatWasAcceptedIsNotTheEnd) {
  IocpMachine machine;
  const Handle file = machine.FileWith("12345678");
  machine.chooser().Next("operation.latency", 6);
  machine.chooser().Next("cancel.running", 1);  // accepted, without effect
  const RequestId read =
      machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0}));
  machine.Turn();
  EXPECT_TRUE(machine.engine().Cancel(read));
  machine.Turn();
  EXPECT_EQ(machine.OutcomeOf(read), std::nullopt);
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(read), Ok(8));
}

TEST(IocpRegressions, Cppcoro68_TheBlockStaysUntilItsPacketHasCome) {
  IocpMachine machine;
  const auto [near, far] = machine.kernel().SocketPair();
  machine.chooser().Next("cancel.waiting", 1);
  machine.chooser().Next("cancel.late.time", 6);
  const RequestId receive = machine.Submit(
      Request::Receive(far, machine.Bytes(64))
          .WithDeadline(machine.engine().Now() + milliseconds(2)));
  machine.Turn();
  while (machine.engine().stats().cancels == 0) {
    ASSERT_TRUE(machine.engine().Turn(Wait::Forever()).ok());
  }
  EXPECT_EQ(machine.OutcomeOf(receive), std::nullopt);
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(receive), Ended(OutcomeKind::kDeadline));
}

TEST(IocpRegressions, RW02_AnExpiredRequestLeavesNothingBehind) {
  IocpMachine machine(
      {.in_flight_capacity = 1, .max_requests = 1, .max_remote_requests = 0});
  const auto [near, far] = machine.kernel().SocketPair();
  for (int i = 0; i < 50; ++i) {
    const RequestId receive = machine.Submit(
        Request::Receive(far, machine.Bytes(8))
            .WithDeadline(machine.engine().Now() + milliseconds(3)));
    machine.Run();
    EXPECT_EQ(machine.OutcomeOf(receive), Ended(OutcomeKind::kDeadline));
    EXPECT_EQ(machine.engine().in_flight(), 0u);
    EXPECT_EQ(machine.kernel().live(), 0u);
  }
}

TEST(IocpRegressions, RW04_AFailureAtOnceIsAnEnd) {
  IocpMachine machine(kSmallEngine, {.forbid_closed_handles = false});
  const RequestId read = machine.Submit(
      Request::Read(Handle::Borrow(999), machine.Bytes(8), {.offset = 0}));
  machine.Turn();
  EXPECT_EQ(machine.OutcomeOf(read), Failed(Error::kBadHandle, 0, 6));
  EXPECT_EQ(machine.Find(read)->buffer.size(), 8u);
  machine.Turn();
  EXPECT_EQ(machine.results().size(), 1u);
  EXPECT_EQ(machine.engine().live(), 0u);
}

TEST(IocpRegressions, RW05_ACompletionInTheSubmittingTurnIsCounted) {
  IocpMachine machine;
  const Handle file = machine.FileWith("12345678");
  for (const Time deadline :
       {kNever, machine.engine().Now() + milliseconds(9)}) {
    const RequestId read =
        machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0})
                           .WithDeadline(deadline));
    machine.Turn();  // it is there before the turn that submitted it has ended
    EXPECT_EQ(machine.OutcomeOf(read), Ok(8));
    EXPECT_EQ(machine.engine().in_flight(), 0u);
    EXPECT_EQ(machine.engine().live(), 0u);
  }
}

TEST(IocpRegressions, RW07_AnErrorBehindAPartIsReported) {
  IocpMachine machine;
  auto [near, far] = machine.kernel().SocketPair();
  machine.chooser().Next("send.outcome", 1);  // a part
  machine.chooser().Next("send.bytes", 2);
  machine.chooser().Next("send.outcome", 2);  // then the connection breaks
  const RequestId send =
      machine.Submit(Request::Send(near, machine.BytesOf("12345678")));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(send), Failed(Error::kConnectionReset, 5, 64));
}

TEST(IocpRegressions, RW08_NothingIsAskedForBehindTheEnd) {
  IocpMachine machine;
  const auto [near, far] = machine.kernel().SocketPair();
  const RequestId receive =
      machine.Submit(Request::Receive(far, machine.Bytes(8)));
  machine.Submit(Request::Send(near, machine.BytesOf("abc")));
  for (int i = 0; i < 3; ++i) machine.Turn();
  machine.kernel().ShutdownWrite(near.native());
  const uint64_t operations = machine.engine().stats().operations;
  for (int i = 0; i < 10; ++i) machine.Turn();
  EXPECT_EQ(machine.OutcomeOf(receive), Ended(OutcomeKind::kEndOfStream, 3));
  EXPECT_EQ(machine.engine().stats().operations, operations);
  EXPECT_EQ(machine.engine().live(), 0u);
}

TEST(IocpRegressions, RW09_APartOfAMessageIsNotTheWhole) {
  IocpMachine machine;
  const auto [near, far] = machine.kernel().SocketPair();
  machine.chooser().Next("receive.outcome", 1);
  machine.chooser().Next("receive.bytes", 3);
  const RequestId receive =
      machine.Submit(Request::Receive(far, machine.Bytes(8)));
  machine.Submit(Request::Send(near, machine.BytesOf("12345678")));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(receive), Ok(8));
  EXPECT_EQ(TextOf(machine.Find(receive)->buffer.bytes()), "12345678");
}

TEST(IocpRegressions, RW10_APacketLeftInThePortIsNotForgotten) {
  IocpMachine machine;
  const Handle file = machine.FileWith("12345678");
  machine.chooser().Next("reap.fewer", 1);
  RequestId reads[2];
  for (RequestId& read : reads) {
    read = machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0}));
  }
  machine.Turn();
  EXPECT_EQ(machine.results().size(), 1u);  // the other's packet is queued
  const ShutdownReport report =
      machine.engine().Shutdown({.budget = Duration::zero()});
  EXPECT_EQ(report.abandoned, 0u);
  for (const RequestId read : reads) EXPECT_EQ(machine.OutcomeOf(read), Ok(8));
}

TEST(IocpRegressions, RW11_AWaitThatEndsEarlyIsGoneOnWith) {
  IocpMachine machine({.in_flight_capacity = 8,
                       .max_requests = 8,
                       .max_remote_requests = 0,
                       .tick = microseconds(100)});
  const auto [near, far] = machine.kernel().SocketPair();
  machine.Submit(Request::Receive(far, machine.Bytes(8)));
  const Time until = machine.engine().Now() + microseconds(450);
  const RequestId sleep = machine.Submit(Request::Sleep(until));
  for (int i = 0; i < 3; ++i) machine.chooser().Next("reap.before_deadline", 1);
  machine.chooser().Next("reap.early", 1);
  int turns = 0;
  while (machine.OutcomeOf(sleep) == std::nullopt && turns < 50) {
    EXPECT_LE(machine.engine().Now(), until + microseconds(100));
    ASSERT_EQ(machine.engine().Turn(Wait::Forever()), absl::OkStatus());
    ++turns;
  }
  EXPECT_EQ(machine.OutcomeOf(sleep), Ok());
  EXPECT_GE(machine.engine().Now(), until);
  EXPECT_LE(turns, 10);
  machine.Submit(Request::Send(near, machine.BytesOf("12345678")));
  machine.Run();
}

TEST(IocpRegressions, RW13_ADeadlineReachesWhatIsPending) {
  IocpMachine machine;
  const auto [near, far] = machine.kernel().SocketPair();
  const Time deadline = machine.engine().Now() + milliseconds(5);
  const RequestId receive = machine.Submit(
      Request::Receive(far, machine.Bytes(8)).WithDeadline(deadline));
  for (int i = 0; i < 20 && machine.engine().live() > 0; ++i) {
    ASSERT_TRUE(
        machine.engine().Turn(Wait::Until(deadline + milliseconds(5))).ok());
  }
  EXPECT_EQ(machine.OutcomeOf(receive), Ended(OutcomeKind::kDeadline));
}

TEST(IocpRegressions, RW14_AListenerClosesInSpiteOfARacingClient) {
  IocpMachine machine;
  {
    const Handle listener = *machine.kernel().Listen("pipe");
    const Handle client = machine.kernel().Socket();
    const RequestId accept = machine.Submit(Request::Accept(listener));
    machine.Turn();
    // The client comes while the cancel is on its way.
    machine.chooser().Next("cancel.waiting", 1);
    machine.chooser().Next("cancel.late.time", 5);
    machine.Submit(Request::Connect(client, sim::Kernel::AddressOf("pipe")));
    EXPECT_TRUE(machine.engine().Cancel(accept));
    machine.Run();
    EXPECT_EQ(machine.OutcomeOf(accept), Ok());
    EXPECT_NE(machine.Find(accept)->handle.native(), listener.native());
    EXPECT_EQ(machine.results().size(), 2u);
  }
  machine.results().clear();
  EXPECT_TRUE(machine.kernel().OpenHandles().empty());
}

TEST(IocpRegressions, RW15_AClientThatVanishesEndsNoListener) {
  IocpMachine machine;
  const Handle listener = *machine.kernel().Listen("pipe");
  const Handle clients[] = {machine.kernel().Socket(),
                            machine.kernel().Socket()};
  for (const Handle& client : clients) {
    machine.Submit(Request::Connect(client, sim::Kernel::AddressOf("pipe")));
  }
  machine.Run();
  machine.chooser().Next("accept.outcome", 1);  // it was reset meanwhile
  const RequestId first = machine.Submit(Request::Accept(listener));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(first), Failed(Error::kConnectionReset, 0, 64));
  EXPECT_FALSE(machine.Find(first)->handle.valid());
  const RequestId second = machine.Submit(Request::Accept(listener));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(second), Ok());
}

// The operation is over, its packet queued, when the cancel is asked for.
class PacketIsQueued : public testing::Test {
 protected:
  void SetUp() override {
    std::tie(near_, far_) = machine_.kernel().SocketPair();
    receive_ = machine_.Submit(Request::Receive(far_, machine_.Bytes(8)));
    machine_.Turn();
    machine_.chooser().Next("reap.fewer", 1);
    machine_.Submit(Request::Send(near_, machine_.BytesOf("12345678")));
    machine_.Turn();
    ASSERT_EQ(machine_.results().size(), 1u);  // the send
    ASSERT_EQ(machine_.OutcomeOf(receive_), std::nullopt);
    EXPECT_TRUE(machine_.engine().Cancel(receive_));
  }

  IocpMachine machine_;
  Handle near_;
  Handle far_;
  RequestId receive_;
};

TEST_F(PacketIsQueued, RW16_ACancelThatFindsNothingEndsNothing) {
  machine_.Run();
  EXPECT_EQ(machine_.late_cancels(), 1u);
  EXPECT_EQ(machine_.results().size(), 2u);
  EXPECT_EQ(machine_.OutcomeOf(receive_), Ok(8));
}

TEST_F(PacketIsQueued, RW17_BytesThatRacedWithTheCancelAreNotLost) {
  machine_.Run();
  EXPECT_EQ(machine_.OutcomeOf(receive_), Ok(8));
  EXPECT_EQ(TextOf(machine_.Find(receive_)->buffer.bytes()), "12345678");
}

TEST(IocpRegressions, RW18_ADroppedOperationKeepsItsBlockAndItsPacket) {
  IocpMachine machine;
  auto [near, far] = machine.kernel().SocketPair();
  machine.chooser().Next("cancel.waiting", 1);
  machine.chooser().Next("cancel.late.time", 6);
  const RequestId dropped =
      machine.Submit(Request::Receive(far, machine.Bytes(8)));
  machine.Turn();
  EXPECT_TRUE(machine.engine().Drop(dropped));
  const RequestId next =
      machine.Submit(Request::Receive(far, machine.Bytes(8)));
  machine.Turn();
  machine.Submit(Request::Sleep(machine.engine().Now() + milliseconds(50)));
  while (machine.results().empty()) {
    ASSERT_TRUE(machine.engine().Turn(Wait::Forever()).ok());
  }
  EXPECT_EQ(machine.OutcomeOf(next), std::nullopt);  // not by a stale packet
  machine.Submit(Request::Send(near, machine.BytesOf("12345678")));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(dropped), std::nullopt);
  EXPECT_EQ(machine.OutcomeOf(next), Ok(8));
}

TEST(IocpRegressions, RW19_AContinuationThatEndsAtOnceIsCountedOnce) {
  IocpMachine machine;
  auto [near, far] = machine.kernel().SocketPair();
  machine.chooser().Next("send.outcome", 1);
  machine.chooser().Next("send.bytes", 3);
  const RequestId send =
      machine.Submit(Request::Send(near, machine.BytesOf("12345678")));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(send), Ok(8));
  EXPECT_EQ(machine.engine().in_flight(), 0u);
  EXPECT_TRUE(near.unique());  // no reference of the engine's is left
}

}  // namespace
}  // namespace wharf::testing_support
