// RealKernelTest: the fixture of the tests that look for what a real kernel did
// among what the simulated one admits.

#ifndef WHARF_TESTS_DIFFERENTIAL_REAL_KERNEL_TEST_UTIL_H_
#define WHARF_TESTS_DIFFERENTIAL_REAL_KERNEL_TEST_UTIL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "tests/differential/campaign.h"
#include "tests/differential/open_world.h"

namespace wharf::differential {

// On the world of OpenWorld(`port`).
class RealKernelTest : public testing::Test {
 protected:
  explicit RealKernelTest(std::string port) : port_(std::move(port)) {}

  void SetUp() override {
    absl::StatusOr<OpenedWorld> opened = OpenWorld(port_, "");
    ASSERT_TRUE(opened.ok()) << opened.status();
    opened_ = *std::move(opened);
  }

  // Expects that so many programs are admitted, and that they do something:
  // more than so many completions each.
  void ExpectAdmitted(uint64_t programs, uint64_t completions_each) {
    CampaignOptions options = Options();
    options.programs = programs;
    options.admit.max_attempts = 20000;
    const CampaignResult result = RunCampaign(*opened_.world, options);
    EXPECT_FALSE(result.failed()) << result.failure;
    EXPECT_EQ(result.programs, programs);
    EXPECT_GT(result.completions, completions_each * result.programs);
    EXPECT_GT(result.cancels, result.programs / 2);
  }

  // Expects that one program is admitted, as `wharf conform` looks for it.
  void ExpectSeedAdmitted(uint64_t seed) {
    CampaignOptions options = Options();
    options.first_seed = seed;
    options.programs = 1;
    const CampaignResult result = RunCampaign(*opened_.world, options);
    EXPECT_FALSE(result.failed()) << result.failure;
  }

  // The first of many programs that a simulator without these decisions does
  // not admit. Mostly it is among the first few hundred; when the kernel shows
  // what needs them is up to the kernel.
  CampaignResult RunWithout(std::vector<std::string_view> forbidden) {
    CampaignOptions options = Options();
    options.programs = 10'000;
    options.admit.forbidden = std::move(forbidden);
    options.admit.max_attempts = 80;
    options.admit.alternatives = 5;
    return RunCampaign(*opened_.world, options);
  }

 private:
  CampaignOptions Options() const {
    CampaignOptions options;
    options.admit.personality = opened_.personality;
    options.admit.compare_native = opened_.compare_native;
    return options;
  }

  const std::string port_;
  OpenedWorld opened_;
};

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_REAL_KERNEL_TEST_UTIL_H_
