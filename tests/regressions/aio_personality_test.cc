// Known bugs of programs on Linux AIO (R-A numbers; README.md tells each
// story), as far as they concern what is above the port. Method: an engine on
// the simulated kernel with the personality of Linux AIO. The port itself has
// tests of its own.

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

class AioMachine : public Machine {
 public:
  explicit AioMachine(const EngineOptions& options = kSmallEngine,
                      const sim::KernelOptions& kernel = {})
      : Machine(Personality::kLinuxAio, options, kernel) {}
};

TEST(AioRegressions, RA01_AnErrorKeepsItsSign) {
  AioMachine machine;
  const Handle file = machine.FileWith("12345678");
  machine.chooser().Next("read.outcome", 3);
  const RequestId read =
      machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0}));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(read), Failed(Error::kIo, 0, 5));
}

TEST(AioRegressions, RA02_AFailureAtSubmissionCostsNoPlace) {
  AioMachine machine(
      {.in_flight_capacity = 1, .max_requests = 1, .max_remote_requests = 0},
      {.forbid_closed_handles = false});
  const Handle file = machine.FileWith("12345678");
  for (int i = 0; i < 20; ++i) {
    const RequestId bad = machine.Submit(
        Request::Read(Handle::Borrow(999), machine.Bytes(8), {.offset = 0}));
    machine.Run();
    EXPECT_EQ(machine.OutcomeOf(bad), Failed(Error::kBadHandle, 0, 9));
    EXPECT_EQ(machine.Find(bad)->buffer.size(), 8u);
    EXPECT_EQ(machine.engine().in_flight(), 0u);
  }
  const RequestId good =
      machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0}));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(good), Ok(8));
}

TEST(AioRegressions, RA03_ADroppedReadKeepsItsRecordAndBuffer) {
  AioMachine machine(
      {.in_flight_capacity = 1, .max_requests = 2, .max_remote_requests = 0});
  Handle file = machine.FileWith("12345678");
  machine.chooser().Next("operation.latency", 6);
  const RequestId dropped =
      machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0}));
  machine.Turn();
  EXPECT_TRUE(machine.engine().Drop(dropped));  // io_cancel is refused
  const RequestId next =
      machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0}));
  machine.Turn();
  EXPECT_EQ(machine.engine().in_flight(), 1u);  // the place is still taken
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(dropped), std::nullopt);
  EXPECT_EQ(machine.OutcomeOf(next), Ok(8));
}

TEST(AioRegressions, RA05_AShortTransferIsContinuedAndTheEndIsSaid) {
  AioMachine machine;
  const Handle file = machine.FileWith("12345678");
  machine.chooser().Next("read.outcome", 1);
  machine.chooser().Next("read.bytes", 4);
  const RequestId whole =
      machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0}));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(whole), Ok(8));
  EXPECT_EQ(TextOf(machine.Find(whole)->buffer.bytes()), "12345678");
  const RequestId beyond =
      machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 6}));
  const RequestId nothing =
      machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 100}));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(beyond), Ended(OutcomeKind::kEndOfStream, 2));
  EXPECT_EQ(machine.OutcomeOf(nothing), Ended(OutcomeKind::kEndOfStream, 0));
}

TEST(AioRegressions, RA06_AnInterruptedWaitEndsNothing) {
  AioMachine machine;
  const Handle file = machine.FileWith("12345678");
  for (int i = 0; i < 3; ++i) machine.chooser().Next("reap.early", 1);
  machine.chooser().Next("reap.fewer", 1);
  RequestId reads[3];
  for (RequestId& read : reads) {
    read = machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0}));
  }
  machine.Run();
  for (const RequestId read : reads) EXPECT_EQ(machine.OutcomeOf(read), Ok(8));
}

TEST(AioRegressions, RA07_ADurableWriteIsDurable) {
  AioMachine machine;
  const Handle file = *machine.kernel().OpenFile("log");
  const RequestId write = machine.Submit(
      Request::DurableWrite(file, machine.BytesOf("12345678"), {.offset = 0}));
  machine.Run();
  EXPECT_EQ(machine.OutcomeOf(write), Ok(8));
  EXPECT_EQ(TextOf(machine.kernel().FindFile("log")->durable()), "12345678");
}

TEST(AioRegressions, RA08_AFullQueueIsTriedAgain) {
  AioMachine machine;
  const Handle file = machine.FileWith("12345678");
  // Where nothing waits in front of them, and behind one with a deadline.
  for (const Time deadline :
       {kNever, machine.engine().Now() + milliseconds(9)}) {
    machine.chooser().Next("submit.prefix", 1);
    machine.chooser().Next("submit.prefix.left", 1);
    RequestId reads[4];
    for (RequestId& read : reads) {
      read = machine.Submit(Request::Read(file, machine.Bytes(8), {.offset = 0})
                                .WithDeadline(deadline));
    }
    for (int i = 0; i < 10 && machine.engine().live() > 0; ++i) machine.Turn();
    for (const RequestId read : reads) {
      EXPECT_EQ(machine.OutcomeOf(read), Ok(8));
    }
  }
}

}  // namespace
}  // namespace wharf::testing_support
