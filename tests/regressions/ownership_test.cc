// Known bugs of other engines about who owns memory and descriptors while the
// kernel has them (R1, R2, R3, R17; README.md tells each story). Method: an
// engine on the scripted port, which writes into what it was given until the
// very completion and after being left.

#include <vector>

#include "engine/engine.h"
#include "engine/quarantine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

using OwnershipRegressions = EngineFixture;

TEST_F(OwnershipRegressions, R01_CancelByACallerThatLeavesFreesNothing) {
  Start();
  TrackedMemory& memory = NewMemory(64);
  const RequestId read =
      Submit(Request::Read(File(), memory.Lend(), {.offset = 0}));
  Turn();
  EXPECT_TRUE(engine().Cancel(read));
  EXPECT_TRUE(engine().Drop(read));
  for (int i = 0; i < 3; ++i) {
    Turn();  // the kernel writes into the buffer in each
    EXPECT_EQ(memory.releases(), 0);
  }
  port().Complete(Op(0), 64);
  Turn();
  EXPECT_EQ(memory.releases(), 1);
}

TEST_F(OwnershipRegressions, R02_TheVectorArrayStaysPutWhileItIsInFlight) {
  Start({.in_flight_capacity = 20});
  auto pieces = [] {
    std::vector<Buffer> buffers;
    for (int i = 0; i < 16; ++i) buffers.push_back(Buffer::Allocate(4));
    return buffers;
  };
  const RequestId read = Submit(Request::Read(File(), pieces(), {.offset = 0}));
  Turn();
  const Operation operation = *port().Find(Op(0));
  const auto* vectors = static_cast<const IoVector*>(operation.data);
  const std::vector<IoVector> before(vectors, vectors + operation.length);
  for (int i = 0; i < 100; ++i) {  // others come, continue and go
    Submit(Request::Read(File(), pieces(), {.offset = 0}));
    Turn();
    port().Complete(Op(1), i % 2 == 0 ? 64 : 5);
    Turn();
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(vectors[i].base, before[i].base);
    EXPECT_EQ(vectors[i].length, before[i].length);
  }
  port().Complete(operation.id, 64);
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(64));
  while (in_flight() > 0) {
    port().Complete(Op(0), 0);
    Turn();
  }
}

TEST_F(OwnershipRegressions, R03_ADescriptorStaysOpenWhileARequestIsQueued) {
  Start({.in_flight_capacity = 1});
  TrackedHandle& file = NewHandle(9);
  Submit(Receive(8));
  const RequestId queued =
      Submit(Request::Read(file.handle(), Buffer::Allocate(8), {.offset = 0}));
  file.Close();  // the caller's own copy
  Turn();
  EXPECT_EQ(file.closes(), 0);
  port().Complete(Op(0), 8);
  Turn();
  Turn();
  EXPECT_EQ(file.closes(), 0);  // in flight now
  EXPECT_EQ(port().Find(Op(0))->handle, 9);
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(queued), Ok(8));
  EXPECT_EQ(file.closes(), 1);
}

TEST_F(OwnershipRegressions, R17_ShutdownFreesNothingThatTheKernelMayWrite) {
  sim::ScriptedPortOptions options;
  options.forbid_left_at_close = false;
  TrackedMemory& memory = NewMemory(64);
  TrackedHandle& socket = NewHandle(9);
  Start({}, options);
  Submit(Request::Receive(socket.handle(), memory.Lend()));
  Submit(Request::Receive(Stream(), Buffer::Allocate(64)));
  socket.Close();
  Turn();
  const QuarantineStats before = QuarantineTotals();
  EXPECT_EQ(engine().Shutdown({.budget = Duration::zero()}).quarantined, 2u);
  results().clear();
  port().TouchMemory();  // ASan would see a freed buffer
  DestroyEngine();
  EXPECT_EQ(memory.releases(), 0);
  EXPECT_EQ(socket.closes(), 0);
  EXPECT_EQ(QuarantineTotals().requests - before.requests, 2u);
  EXPECT_EQ(QuarantineTotals().bytes - before.bytes, 128u);
}

}  // namespace
}  // namespace wharf::testing_support
