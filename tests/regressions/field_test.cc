// Bugs that users of other engines reported, where the kernel's own behaviour
// matters (R32, R33, and field reports; README.md tells each story). Method: an
// engine on the simulated kernel, which is strict about memory and handles.

#include <chrono>
#include <string>
#include <utility>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "sim/kernel/kernel.h"
#include "tests/regressions/machine.h"

namespace wharf::testing_support {
namespace {

using sim::Personality;
using std::chrono::milliseconds;

TEST(FieldReports, Glommio104_ASourceDroppedOnCancelKeepsItsMemory) {
  for (const Personality personality : kAllPersonalities) {
    Machine machine(personality);
    Handle file = machine.FileWith("12345678");
    machine.chooser().Next("operation.latency", 6);  // at the device
    if (personality != Personality::kLinuxAio) {
      machine.chooser().Next("cancel.running", 1);  // too late for a cancel
    }
    const RequestId read =
        machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0}));
    machine.Turn();
    EXPECT_TRUE(machine.engine().Cancel(read));
    EXPECT_TRUE(machine.engine().Drop(read));
    file.Reset();
    machine.Turn();
    machine.Run();
    EXPECT_EQ(machine.OutcomeOf(read), std::nullopt);
  }
}

TEST(FieldReports, TigerBeetle2430_WhatIsInFlightAtTheEndIsNeverFreed) {
  Machine machine(Personality::kIoUring);
  Handle file = machine.FileWith("12345678");
  machine.chooser().Next("operation.latency", 6);
  machine.chooser().Next("close.left", 1);
  const RequestId read = machine.Submit(Request::Read(
      Handle::Borrow(file.native()), machine.Bytes(8), {.offset = 0}));
  machine.Turn();
  const ShutdownReport report =
      machine.engine().Shutdown({.budget = Duration::zero()});
  EXPECT_EQ(report.quarantined, 1u);
  EXPECT_EQ(machine.OutcomeOf(read), Ended(OutcomeKind::kAbandoned));
  EXPECT_TRUE(machine.Find(read)->buffer.empty());
  machine.DestroyEngine();
  machine.results().clear();
  machine.kernel().Settle();  // now the kernel writes
}

// A durable write in one operation, in two because the first was short, and
// with a sync where there is no durable flag.
TEST(FieldReports, Turso4291_TheSyncDoesNotOvertakeTheRest) {
  for (const bool is_short : {false, true}) {
    Machine machine(Personality::kIoUring);
    const Handle file = *machine.kernel().OpenFile("log");
    if (is_short) {
      machine.chooser().Next("write.outcome", 1);
      machine.chooser().Next("write.bytes", 500);
    }
    const std::string text(2000, 'x');
    const RequestId write = machine.Submit(
        Request::DurableWrite(file, machine.BytesOf(text), {.offset = 0}));
    machine.Run();
    EXPECT_EQ(machine.OutcomeOf(write), Ok(2000));
    EXPECT_EQ(TextOf(machine.kernel().FindFile("log")->durable()), text);
  }
}

// The accept is cancelled in the very moment in which it ends otherwise: with a
// connection, or interrupted by the cancel itself.
TEST(FieldReports, GoWinio85_ACancelledAcceptEndsOnce) {
  Machine machine(Personality::kIoUring);
  {
    Handle listener = *machine.kernel().Listen("here");
    const Handle client = machine.kernel().Socket();
    const RequestId accept = machine.Submit(Request::Accept(listener));
    machine.Turn();
    machine.chooser().Next("reap.fewer", 1);  // the accept's stays behind
    const RequestId connect = machine.Submit(
        Request::Connect(client, sim::Kernel::AddressOf("here")));
    machine.Turn();
    EXPECT_EQ(machine.OutcomeOf(connect), Ok());
    EXPECT_TRUE(machine.engine().Cancel(accept));
    machine.Run();
    EXPECT_EQ(machine.OutcomeOf(accept), Ok());
    EXPECT_NE(machine.Find(accept)->handle.native(), listener.native());

    const RequestId last = machine.Submit(Request::Accept(listener));
    machine.Turn();
    machine.chooser().Next("cancel.waiting", 2);  // ends with EINTR
    EXPECT_TRUE(machine.engine().Cancel(last));
    machine.Run();
    EXPECT_EQ(machine.OutcomeOf(last), Ended(OutcomeKind::kCancelled));
  }
  machine.results().clear();
  EXPECT_TRUE(machine.kernel().OpenHandles().empty());
}

TEST(FieldReports, Zio223_AnInterruptedCompletionIsNoFailure) {
  Machine machine(Personality::kIoUring);
  const Handle file = machine.FileWith("12345678");
  machine.chooser().Next("read.outcome", 5);  // EINTR
  const RequestId read =
      machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0}));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(read), Ok(8));
}

TEST(FieldReports, Turmoil286_AShortReadIsNotTheEndOfTheFile) {
  for (const Personality personality :
       {Personality::kIoUring, Personality::kLinuxAio}) {
    Machine machine(personality);
    const std::string text(1000, 'y');
    const Handle file = machine.FileWith(text);
    machine.chooser().Next("read.outcome", 1);
    machine.chooser().Next("read.bytes", 900);
    const RequestId read =
        machine.Submit(Request::Read(file, machine.Bytes(1000), {.offset = 0}));
    machine.Run();
    EXPECT_EQ(machine.OutcomeOf(read), Ok(1000));
    EXPECT_EQ(TextOf(machine.Find(read)->buffer.bytes()), text);
    const RequestId beyond = machine.Submit(
        Request::Read(file, machine.Bytes(1000), {.offset = 600}));
    machine.Run();
    EXPECT_EQ(machine.OutcomeOf(beyond), Ended(OutcomeKind::kEndOfStream, 400));
  }
}

TEST(FieldReports, R32_AbortedWithoutACancelIsAnError) {
  for (const Personality personality :
       {Personality::kIoUring, Personality::kIocp}) {
    Machine machine(personality);
    const Handle file = machine.FileWith("12345678");
    const bool windows = personality == Personality::kIocp;
    // Its thread has ended (W-16).
    machine.chooser().Next("read.outcome", windows ? 3 : 6);
    const RequestId read = machine.Submit(
        Request::Read(file, machine.Bytes(8), {.offset = 0})
            .WithDeadline(machine.engine().Now() + milliseconds(50)));
    machine.Run();
    EXPECT_EQ(machine.OutcomeOf(read),
              Failed(Error::kCancelled, 0, windows ? 995 : 125));
  }
}

TEST(FieldReports, R33_ClosingAHandleEndsNoOperation) {
  Machine machine(Personality::kIoUring);
  auto [near, far] = machine.kernel().SocketPair();
  const RequestId receive =
      machine.Submit(Request::Receive(far, machine.Bytes(4)));
  machine.Turn();
  // Not while an operation uses it, through the kernel; the last copy is not
  // the caller's any more.
  Request close = Request::Close(Handle(far));
  EXPECT_FALSE(machine.engine().Submit(std::move(close), [](Result&&) {}).ok());
  close = Request();
  far.Reset();
  machine.Turn();
  EXPECT_EQ(machine.OutcomeOf(receive), std::nullopt);
  machine.Submit(Request::Send(near, machine.BytesOf("text")));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(receive), Ok(4));
}

}  // namespace
}  // namespace wharf::testing_support
