// The simulated kernel admits what Linux AIO's port does here; and one that
// knows less is found out.

#include "gtest/gtest.h"
#include "tests/differential/real_kernel_test_util.h"

namespace wharf::differential {
namespace {

class LinuxAioDifferentialTest : public RealKernelTest {
 protected:
  LinuxAioDifferentialTest() : RealKernelTest("linux_aio") {}
};

TEST_F(LinuxAioDifferentialTest, IsAdmitted) { ExpectAdmitted(300, 5); }

// A stream that takes bytes until the last one fits.
TEST_F(LinuxAioDifferentialTest, MissesStreamsThatAreFullEarly) {
  EXPECT_TRUE(RunWithout({"send.full", "poll.full"}).failed());
}

// A port that hears at once of what it waits for.
TEST_F(LinuxAioDifferentialTest, MissesPollsThatAreReportedLater) {
  EXPECT_TRUE(RunWithout({"wake.latency", "completion.later"}).failed());
}

// A kernel that does what it is given in order and at once.
TEST_F(LinuxAioDifferentialTest, MissesOtherOrders) {
  EXPECT_TRUE(RunWithout({"order.next", "operation.latency"}).failed());
}

}  // namespace
}  // namespace wharf::differential
