// What callbacks may do to the list of requests that wait for delivery.

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf {
namespace {

using testing_support::Ended;
using testing_support::EngineFixture;
using testing_support::Ok;

class EngineDeliveryTest : public EngineFixture {
 protected:
  static EngineOptions Small(uint32_t max_requests) {
    return {.max_requests = max_requests, .max_remote_requests = 0};
  }
  void SubmitThen(Request request, std::function<void()> then) {
    auto* owned = new std::function<void()>(std::move(then));
    absl::StatusOr<RequestId> id =
        engine().Submit(std::move(request), [this, owned](Result&& result) {
          ended_.push_back(result.outcome);
          (*owned)();
          delete owned;
        });
    EXPECT_TRUE(id.ok()) << id.status();
  }

  std::vector<Outcome> ended_;
};

// As many requests as the engine takes end in one turn, and each callback
// submits one that ends at once: twice as many wait for delivery as are live.
TEST_F(EngineDeliveryTest, EveryCallbackMaySubmitWhatEndsAtOnce) {
  constexpr uint32_t kRequests = 64;
  Start(Small(kRequests));
  for (uint32_t i = 0; i < kRequests; ++i) {
    SubmitThen(Read(0), [this] { SubmitThen(Read(0), [] {}); });
  }
  Turn();
  EXPECT_EQ(ended_.size(), kRequests);
  EXPECT_EQ(engine().live(), kRequests);
  Turn();
  EXPECT_EQ(ended_, std::vector<Outcome>(2 * kRequests, Ok()));
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(EngineDeliveryTest, EveryCallbackMayCancelWhatItQueued) {
  constexpr uint32_t kRequests = 64;
  Start(Small(kRequests));
  for (uint32_t i = 0; i < kRequests; ++i) {
    SubmitThen(Read(0), [this] { engine().Cancel(Submit(Read(8))); });
  }
  Turn();
  Turn();
  EXPECT_EQ(ended_.size(), kRequests);
  ASSERT_EQ(results().size(), kRequests);
  for (const Result& result : results()) {
    EXPECT_EQ(result.outcome, Ended(OutcomeKind::kCancelled));
  }
}

// A slot keeps nothing of its last owner, also where both are nops and the
// second one takes the short way in.
TEST_F(EngineDeliveryTest, NopDoesNotInheritTheDropPolicyOfTheSlotsLastNop) {
  Start(Small(1));
  const RequestId first =
      Submit(Request::Nop().WithDropPolicy(DropPolicy::kRunToEnd));
  Turn();
  port().Complete(Op(0), 0);
  Turn();
  ASSERT_EQ(OutcomeOf(first), Ok());

  const RequestId second = Submit(Request::Nop());
  ASSERT_EQ(second.index(), first.index());
  EXPECT_TRUE(engine().Drop(second));
  Turn();
  EXPECT_EQ(engine().live(), 0u);
  EXPECT_EQ(
      engine().stats().outcomes[static_cast<int>(OutcomeKind::kCancelled)], 1u);
}

// A nop that was never described takes a short way out, which knows no outcome
// but kOk.
TEST_F(EngineDeliveryTest, AbandonedPlainNopIsNotOk) {
  Start({.in_flight_capacity = 1}, {.forbid_left_at_close = false});
  const RequestId in_flight = Submit(Request::Nop());
  Turn();
  const RequestId queued = Submit(Request::Nop());
  EXPECT_EQ(engine().Shutdown({.budget = Duration::zero()}).abandoned, 2u);
  EXPECT_EQ(OutcomeOf(in_flight), Ended(OutcomeKind::kAbandoned));
  EXPECT_EQ(OutcomeOf(queued), Ended(OutcomeKind::kAbandoned));
}

TEST_F(EngineDeliveryTest, PlainNopKeepsEveryOtherOutcomeToo) {
  Start();
  const RequestId failed = Submit(Request::Nop());
  const RequestId cancelled = Submit(Request::Nop());
  Turn();
  engine().Cancel(cancelled);
  port().CompleteWithError(Op(0), Error::kIo);
  port().CompleteWithError(Op(0), Error::kCancelled);
  const RequestId queued = Submit(Request::Nop());
  engine().Cancel(queued);
  Turn();
  EXPECT_EQ(OutcomeOf(failed), testing_support::Failed(Error::kIo));
  EXPECT_EQ(OutcomeOf(cancelled), Ended(OutcomeKind::kCancelled));
  EXPECT_EQ(OutcomeOf(queued), Ended(OutcomeKind::kCancelled));
}

}  // namespace
}  // namespace wharf
