#include "tests/differential/campaign.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "sim/kernel/personality.h"
#include "sim/labelled_chooser.h"
#include "tests/differential/generate.h"
#include "tests/differential/simulated_world.h"

namespace wharf::differential {
namespace {

using sim::Personality;

// A simulated machine in the place of a real one: fresh for each program.
class FreshWorld final : public World {
 public:
  explicit FreshWorld(sim::Chooser* chooser)
      : world_(chooser, Personality::kIoUring, 64) {}

  // Makes nothing any more.
  void Break() { broken_ = true; }

  CompletionPort& port() override { return world_.port(); }
  absl::Status Begin(const Program& program,
                     std::vector<Handle>& handles) override {
    if (broken_) return absl::UnavailableError("out of order");
    return world_.Begin(program, handles);
  }
  void End() override { world_.Restart(); }
  std::string Path(uint32_t name) override { return world_.Path(name); }
  std::vector<std::byte> Address(uint16_t listener) override {
    return world_.Address(listener);
  }
  std::vector<std::byte> Contents(uint32_t name) override {
    return world_.Contents(name);
  }

 private:
  SimulatedWorld world_;
  bool broken_ = false;
};

class CampaignTest : public testing::Test {
 protected:
  // What a simulator that does everything at once does not admit.
  static CampaignOptions WithoutLatency() {
    CampaignOptions options;
    options.programs = 200;
    options.admit.forbidden = {"operation.latency"};
    options.admit.max_attempts = 40;
    options.admit.alternatives = 5;
    return options;
  }

  sim::LabelledChooser chooser_;
  FreshWorld world_{&chooser_};
};

TEST_F(CampaignTest, CountsWhatItRan) {
  CampaignOptions options;
  options.first_seed = 7;
  options.programs = 100;
  options.count_outcomes = true;
  uint64_t told = 0;
  options.progress = [&told](uint64_t programs) { told = programs; };
  const CampaignResult result = RunCampaign(world_, options);
  EXPECT_FALSE(result.failed()) << result.failure;
  EXPECT_EQ(result.programs, 100u);
  EXPECT_EQ(told, 100u);
  EXPECT_GT(result.completions, 500u);
  EXPECT_EQ(result.completions, result.operations);
  EXPECT_GT(result.cancels, 50u);
  EXPECT_GE(result.attempts, 100u);
  EXPECT_GT(result.real.Count("Nop, ok"), 0u);
  EXPECT_GT(result.simulated.Count("Nop, ok"), 0u);
}

// The first is told of, as short as it still fails.
TEST_F(CampaignTest, EndsWithTheFirstThatIsNotAdmitted) {
  chooser_.Always("operation.latency", 3);
  const CampaignResult result = RunCampaign(world_, WithoutLatency());
  ASSERT_EQ(result.failed_seeds.size(), 1u);
  EXPECT_LT(result.programs, 200u);
  const uint64_t seed = result.failed_seeds[0];
  const std::string whole =
      Describe(Generate(seed, world_.port().Capabilities()));
  const std::size_t told = result.failure.find("not admitted after");
  ASSERT_NE(told, std::string::npos) << result.failure;
  EXPECT_EQ(result.failure.find(whole.substr(0, whole.find('\n') + 1)), 0u);
  EXPECT_LT(told, whole.size() / 2) << whole << result.failure;

  CampaignOptions again = WithoutLatency();
  again.first_seed = seed;
  again.programs = 1;
  EXPECT_EQ(RunCampaign(world_, again).failed_seeds, result.failed_seeds);
}

TEST_F(CampaignTest, GoesOnBehindOneIfAsked) {
  chooser_.Always("operation.latency", 3);
  CampaignOptions options = WithoutLatency();
  options.max_divergences = 3;
  const CampaignResult result = RunCampaign(world_, options);
  ASSERT_EQ(result.failed_seeds.size(), 3u);
  EXPECT_LT(result.failed_seeds[0], result.failed_seeds[1]);
  EXPECT_LT(result.failed_seeds[1], result.failed_seeds[2]);
  EXPECT_EQ(result.programs, result.failed_seeds[2] - 2);
}

// What was wrong with one program is so with the next.
TEST_F(CampaignTest, WhatCannotBeRunToItsEndEndsIt) {
  world_.Break();
  CampaignOptions options;
  options.max_divergences = 3;
  const CampaignResult result = RunCampaign(world_, options);
  EXPECT_EQ(result.failed_seeds, std::vector<uint64_t>{0});
  EXPECT_NE(result.failure.find("could not be run to its end: out of order"),
            std::string::npos)
      << result.failure;
}

}  // namespace
}  // namespace wharf::differential
