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

// Programs for which no choices were found once.
TEST_F(LinuxAioDifferentialTest, AdmitsWhatWasNotFound) {
  // A sender that does not hear of its own end.
  ExpectSeedAdmitted(518195);
  // What waited is told behind a close that came later.
  ExpectSeedAdmitted(1074941);
  // A poll told between others; one that looked before a close. Both not in
  // every run.
  ExpectSeedAdmitted(29371);
  ExpectSeedAdmitted(507297);
}

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
