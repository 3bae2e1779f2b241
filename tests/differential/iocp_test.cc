// The simulated kernel admits what the completion port does here; and one that
// knows less is found out. WHARF_CONFORM_PROGRAMS says how many programs.

#include <cstdint>
#include <cstdlib>

#include "gtest/gtest.h"
#include "tests/differential/real_kernel_test_util.h"

namespace wharf::differential {
namespace {

// As many as the environment asks for; few in an ordinary test run.
uint64_t Programs() {
  const char* wanted = std::getenv("WHARF_CONFORM_PROGRAMS");
  return wanted == nullptr ? 60 : std::strtoull(wanted, nullptr, 10);
}

class IocpDifferentialTest : public RealKernelTest {
 protected:
  IocpDifferentialTest() : RealKernelTest("iocp") {}
};

TEST_F(IocpDifferentialTest, IsAdmitted) { ExpectAdmitted(Programs(), 3); }

// Bytes that are still on their way when the receive that waits for them is
// cancelled: programs for which no choices were found once.
TEST_F(IocpDifferentialTest, AdmitsWhatWasNotFound) {
  ExpectSeedAdmitted(507041);
  ExpectSeedAdmitted(1003332);
}

// Packets in the order of submission only.
TEST_F(IocpDifferentialTest, MissesOtherOrders) {
  const CampaignResult result =
      RunWithout({"order.next", "completion.later", "operation.latency"});
  EXPECT_TRUE(result.failed());
}

}  // namespace
}  // namespace wharf::differential
