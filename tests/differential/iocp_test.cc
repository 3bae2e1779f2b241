// The simulated kernel admits what the completion port does here; and one that
// knows less is found out. WHARF_CONFORM_PROGRAMS says how many programs.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "tests/differential/campaign.h"
#include "tests/differential/windows_world.h"

namespace wharf::differential {
namespace {

// As many as the environment asks for; few in an ordinary test run.
uint64_t Programs() {
  const char* wanted = std::getenv("WHARF_CONFORM_PROGRAMS");
  return wanted == nullptr ? 60 : std::strtoull(wanted, nullptr, 10);
}

class IocpDifferentialTest : public testing::Test {
 protected:
  void SetUp() override {
    auto world = WindowsWorld::Create(DefaultScratch());
    ASSERT_TRUE(world.ok()) << world.status();
    world_ = *std::move(world);
  }

  CampaignOptions Options() const {
    CampaignOptions options;
    options.admit.personality = sim::Personality::kIocp;
    options.admit.compare_native = false;
    return options;
  }

  std::unique_ptr<WindowsWorld> world_;
};

TEST_F(IocpDifferentialTest, IsAdmitted) {
  CampaignOptions options = Options();
  options.programs = Programs();
  options.admit.max_attempts = 20000;
  const CampaignResult result = RunCampaign(*world_, options);
  EXPECT_FALSE(result.failed()) << result.failure;
  EXPECT_EQ(result.programs, options.programs);
  // The programs do something.
  EXPECT_GT(result.completions, 3 * result.programs);
  EXPECT_GT(result.cancels, result.programs / 2);
}

// Packets in the order of submission only.
TEST_F(IocpDifferentialTest, MissesOtherOrders) {
  CampaignOptions options = Options();
  options.admit.forbidden = {"order.next", "completion.later",
                             "operation.latency"};
  options.admit.max_attempts = 80;
  options.admit.alternatives = 5;
  EXPECT_TRUE(RunCampaign(*world_, options).failed());
}

}  // namespace
}  // namespace wharf::differential
