// The simulated kernel admits what io_uring does here; and one that knows less
// is found out.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "tests/differential/campaign.h"
#include "tests/differential/linux_world.h"

namespace wharf::differential {
namespace {

class IoUringDifferentialTest : public testing::Test {
 protected:
  void SetUp() override {
    auto world = LinuxWorld::Create(BackendChoice::kIoUring, DefaultScratch());
    ASSERT_TRUE(world.ok()) << world.status();
    world_ = *std::move(world);
  }

  // The first of 1,000 programs that a simulator without the decision does not
  // admit.
  CampaignResult RunWithout(std::vector<std::string_view> forbidden) {
    CampaignOptions options;
    options.admit.forbidden = std::move(forbidden);
    options.admit.max_attempts = 80;
    options.admit.alternatives = 5;
    return RunCampaign(*world_, options);
  }

  std::unique_ptr<LinuxWorld> world_;
};

TEST_F(IoUringDifferentialTest, IsAdmitted) {
  CampaignOptions options;
  options.programs = 300;
  options.admit.max_attempts = 20000;
  const CampaignResult result = RunCampaign(*world_, options);
  EXPECT_FALSE(result.failed()) << result.failure;
  EXPECT_EQ(result.programs, options.programs);
  // The programs do something.
  EXPECT_GT(result.completions, 5 * result.programs);
  EXPECT_GT(result.cancels, result.programs / 2);
}

// A stream that takes bytes until the last one fits.
TEST_F(IoUringDifferentialTest, MissesStreamsThatAreFullEarly) {
  EXPECT_TRUE(RunWithout({"send.full", "poll.full"}).failed());
}

// A cancel that ends nothing that is under way.
TEST_F(IoUringDifferentialTest, MissesCancelsThatWin) {
  const CampaignResult result =
      RunWithout({"operation.latency", "read.outcome", "write.outcome"});
  EXPECT_TRUE(result.failed());
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
