// The simulated kernel admits what Linux AIO's port does here; and one that
// knows less is found out.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "tests/differential/campaign.h"
#include "tests/differential/linux_world.h"

namespace wharf::differential {
namespace {

class LinuxAioDifferentialTest : public testing::Test {
 protected:
  void SetUp() override {
    auto world = LinuxWorld::Create(BackendChoice::kLinuxAio, DefaultScratch());
    ASSERT_TRUE(world.ok()) << world.status();
    world_ = *std::move(world);
  }

  // The first of 1,000 programs that a simulator without the decision does not
  // admit.
  CampaignResult RunWithout(std::vector<std::string_view> forbidden) {
    CampaignOptions options;
    options.admit.personality = sim::Personality::kLinuxAio;
    options.admit.forbidden = std::move(forbidden);
    options.admit.max_attempts = 80;
    options.admit.alternatives = 5;
    return RunCampaign(*world_, options);
  }

  std::unique_ptr<LinuxWorld> world_;
};

TEST_F(LinuxAioDifferentialTest, IsAdmitted) {
  CampaignOptions options;
  options.programs = 300;
  options.admit.personality = sim::Personality::kLinuxAio;
  options.admit.max_attempts = 20000;
  const CampaignResult result = RunCampaign(*world_, options);
  EXPECT_FALSE(result.failed()) << result.failure;
  EXPECT_EQ(result.programs, options.programs);
  // The programs do something.
  EXPECT_GT(result.completions, 5 * result.programs);
  EXPECT_GT(result.cancels, result.programs / 2);
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
