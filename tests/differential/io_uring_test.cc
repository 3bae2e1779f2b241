// The simulated kernel admits what io_uring does here; and one that knows less
// is found out.

#include <string>

#include "gtest/gtest.h"
#include "tests/differential/real_kernel_test_util.h"

namespace wharf::differential {
namespace {

class IoUringDifferentialTest : public RealKernelTest {
 protected:
  IoUringDifferentialTest() : RealKernelTest("io_uring") {}
};

TEST_F(IoUringDifferentialTest, IsAdmitted) { ExpectAdmitted(300, 5); }

// A stream that takes bytes until the last one fits.
TEST_F(IoUringDifferentialTest, MissesStreamsThatAreFullEarly) {
  EXPECT_TRUE(RunWithout({"send.full", "poll.full"}).failed());
}

// A cancel that ends nothing that is under way: neither on its way nor standing
// still.
TEST_F(IoUringDifferentialTest, MissesCancelsThatWin) {
  EXPECT_TRUE(RunWithout({"operation.latency", "transfer.pause"}).failed());
}

// A connection whose unread bytes are lost when it breaks.
TEST_F(IoUringDifferentialTest, MissesBytesThatOutliveAReset) {
  EXPECT_TRUE(RunWithout({"reset.keeps_bytes"}).failed());
}

// Completions in the order of submission only.
TEST_F(IoUringDifferentialTest, MissesOtherOrders) {
  EXPECT_TRUE(RunWithout({"order.next", "completion.later"}).failed());
}

// What fails is told so that somebody can see why.
TEST_F(IoUringDifferentialTest, ADivergenceIsTold) {
  const CampaignResult result = RunWithout({"send.full", "poll.full"});
  ASSERT_TRUE(result.failed());
  for (const char* part :
       {"program ", "what the real kernel did:", "<-- not followed",
        "what it would have allowed there:"}) {
    EXPECT_NE(result.failure.find(part), std::string::npos)
        << part << " is missing in\n"
        << result.failure;
  }
}

}  // namespace
}  // namespace wharf::differential
