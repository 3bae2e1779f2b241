#include "backends/iocp/probe.h"

#include "backends/backend.h"
#include "backends/backend_test_util.h"
#include "backends/iocp/fake_calls.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(ProbeIocp, TellsWhatIsThereAndLeavesNothingOpen) {
  FakeCalls calls;
  const BackendOffer offer = ProbeIocp(calls);
  EXPECT_TRUE(offer.available);
  EXPECT_TRUE(offer.way_out.empty());
  EXPECT_THAT(offer.explanation, testing::HasSubstr("10.0-fake"));
  EXPECT_THAT(offer.features, Says("cancel", true));
  EXPECT_THAT(offer.operations, Says("ReadVectored", true));
  EXPECT_EQ(calls.closed.size(), 1u);
}

TEST(ProbeIocp, EveryMissingThingHasAWayOut) {
  FakeCalls calls;
  const BackendOffer offer = ProbeIocp(calls);
  EXPECT_THAT(offer.operations, Says("Poll", false));
  EXPECT_THAT(offer.operations, Says("Allocate", false));
  EXPECT_THAT(offer.features, Says("current_position", false));
  ExpectExplained(offer);
}

TEST(ProbeIocp, SaysWhyThereIsNoPort) {
  FakeCalls calls;
  calls.Script("MakePort", ERROR_NOT_ENOUGH_MEMORY);
  const BackendOffer offer = ProbeIocp(calls);
  EXPECT_FALSE(offer.available);
  EXPECT_THAT(offer.explanation, testing::HasSubstr("code 8"));
  EXPECT_FALSE(offer.way_out.empty());
  EXPECT_TRUE(offer.operations.empty());
}

TEST(ProbeIocp, TheRealSystemHasAPort) {
  const BackendOffer offer = ProbeIocp();
  EXPECT_TRUE(offer.available) << offer.explanation;
}

}  // namespace
}  // namespace wharf
