// Known bugs of other engines about identities that are used again (R23, R29,
// and three field reports; README.md tells each story). Method: an engine on
// the scripted port, with a port in front that also reports what nobody asked.

#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

class IdentityRegressions : public EngineFixture {
 protected:
  // One request, to its end; its operation's identity.
  OperationId RunOne(Request request) {
    Submit(std::move(request));
    Turn();
    const OperationId id = Op(in_flight() - 1);
    port().Complete(id, 8);
    Turn();
    return id;
  }
};

TEST_F(IdentityRegressions, R23_ACancelNamesTheOperationNotItsSlot) {
  Start({.max_requests = 1, .max_remote_requests = 0});
  const OperationId old = RunOne(Read(8));
  const RequestId owner = Submit(Receive(8));
  Turn();
  const OperationId operation = Op(0);
  ASSERT_EQ(operation.index(), old.index());
  EXPECT_NE(operation, old);
  EXPECT_TRUE(engine().Cancel(owner));
  EXPECT_EQ(port().cancels(), std::vector<OperationId>{operation});
  port().CompleteWithError(operation, Error::kCancelled);
  Turn();
  EXPECT_EQ(OutcomeOf(owner), Ended(OutcomeKind::kCancelled));
}

TEST_F(IdentityRegressions, R29_AStaleEventInTheBatchHitsNobody) {
  Start({.max_remote_requests = 0});
  const OperationId old = RunOne(Read(8));
  const RequestId owner = Submit(Read(8));  // in the old one's slot
  const RequestId other = Submit(Receive(8));
  Turn();
  ExpectStrays(1);
  injector().Inject(
      {.id = old, .result = -static_cast<int64_t>(Error::kCancelled)});
  port().Complete(Op(1), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(other), Ok(8));
  EXPECT_EQ(OutcomeOf(owner), std::nullopt);
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(owner), Ok(8));
}

TEST_F(IdentityRegressions, Libxev233_ACancelKeptTooLongHitsNobody) {
  Start({.max_requests = 1, .max_remote_requests = 0});
  const RequestId old = Submit(Receive(8));
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  const RequestId owner = Submit(Receive(8));
  Turn();
  EXPECT_FALSE(engine().Cancel(old));
  EXPECT_FALSE(engine().Drop(old));
  EXPECT_TRUE(port().cancels().empty());
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(owner), Ok(8));
}

TEST_F(IdentityRegressions, Tokio8112_ALateCompletionFindsNobody) {
  Start({.max_requests = 1, .max_remote_requests = 0});
  const OperationId old = RunOne(Read(8).WithDeadline(At(10)));
  ExpectStrays(2);
  injector().Inject({.id = old, .result = 8});
  Turn();  // the slot is free
  const RequestId owner = Submit(Read(16));
  Turn();
  injector().Inject({.id = old, .result = 8});
  Turn();  // the slot has another owner
  EXPECT_EQ(OutcomeOf(owner), std::nullopt);
  port().Complete(Op(0), 16);
  Turn();
  EXPECT_EQ(OutcomeOf(owner), Ok(16));
  EXPECT_EQ(results().size(), 2u);
}

TEST_F(IdentityRegressions, Liburing963_ThreeCompletionsEndOneRequest) {
  Start();
  ExpectStrays(2);
  const RequestId read = Submit(Read(8).WithDeadline(At(10)));
  Turn();
  injector().Inject({.id = Op(0), .result = 8});
  injector().Inject({.id = Op(0), .result = 8});
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(8));
  EXPECT_EQ(results().size(), 1u);
  EXPECT_EQ(engine().in_flight(), 0u);
  EXPECT_EQ(engine().live(), 0u);
}

}  // namespace
}  // namespace wharf::testing_support
