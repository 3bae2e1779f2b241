#include "bench/harness.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::bench {
namespace {

// Time passes only while a lane works.
struct World {
  double now = 0;
  double cpu = 0;
  std::string order;
  Clocks clock() {
    return {.wall = [this] { return now; }, .cpu = [this] { return cpu; }};
  }
};

class FakeLane : public Lane {
 public:
  FakeLane(World* world, char name, std::vector<double> cost, double cpu_cost)
      : world_(world),
        name_(name),
        cost_(std::move(cost)),
        cpu_cost_(cpu_cost) {}
  void Run(uint64_t operations) override {
    world_->order += name_;
    const double each = cost_[std::min(runs_++, cost_.size() - 1)];
    world_->now += static_cast<double>(operations) * each;
    world_->cpu += static_cast<double>(operations) * cpu_cost_;
  }

 private:
  World* world_;
  char name_;
  std::vector<double> cost_;
  double cpu_cost_;
  std::size_t runs_ = 0;
};

LaneFactory Costing(World* world, char name, std::vector<double> cost,
                    double cpu_cost = 1) {
  return
      [=] { return std::make_unique<FakeLane>(world, name, cost, cpu_cost); };
}

TEST(HarnessTest, ReportsNanosecondsAndTheRatioOfTheMedianRound) {
  World world;
  Row row;
  row.base = Costing(&world, 'b', {1e-6});
  // The warm-up, then five rounds of which one is disturbed.
  row.subject = Costing(&world, 's', {9e-6, 2e-6, 2e-6, 50e-6, 2e-6, 2e-6});
  const Measurement result =
      Measure(row, {.rounds = 5, .seconds = 0.1}, world.clock());
  EXPECT_NEAR(*result.base_ns, 1000, 1e-3);
  EXPECT_NEAR(result.subject_ns, 2000, 1e-3);
  EXPECT_NEAR(*result.ratio, 2, 1e-6);
  EXPECT_NEAR(result.ratio_spread, 0, 1e-6);
}

TEST(HarnessTest, CpuTimeIsTakenApartFromTheTimeThatPasses) {
  World world;
  Row row;
  row.base = Costing(&world, 'b', {1e-6}, /*cpu_cost=*/2e-7);
  row.subject = Costing(&world, 's', {1e-6}, /*cpu_cost=*/6e-7);
  const Measurement result =
      Measure(row, {.rounds = 3, .seconds = 0.1}, world.clock());
  EXPECT_NEAR(*result.ratio, 1, 1e-6);
  EXPECT_NEAR(*result.base_cpu_ns, 200, 1e-3);
  EXPECT_NEAR(result.subject_cpu_ns, 600, 1e-3);
  EXPECT_NEAR(*result.cpu_ratio, 3, 1e-6);
}

TEST(HarnessTest, RunsTakeAboutTheTimeAskedFor) {
  World world;
  Row row;
  row.base = Costing(&world, 'b', {1e-6});
  row.subject = Costing(&world, 's', {1e-6});
  const Measurement result =
      Measure(row, {.rounds = 1, .seconds = 0.5}, world.clock());
  EXPECT_NEAR(static_cast<double>(result.operations), 500'000, 10);
}

TEST(HarnessTest, LanesAlternateAndTakeTurnsInBeginning) {
  World world;
  Row row;
  row.base = Costing(&world, 'b', {1});
  row.subject = Costing(&world, 's', {1});
  (void)Measure(row, {.rounds = 4, .seconds = 0.1}, world.clock());
  EXPECT_EQ(world.order, std::string("b") + "s" + "bs" + "sb" + "bs" + "sb");
}

TEST(HarnessTest, AMissedTargetIsMeasuredAgainAndTheBestAttemptCounts) {
  World world;
  Row row;
  row.max_ratio = 1.3;
  row.base = Costing(&world, 'b', {1});
  row.subject = Costing(&world, 's', {1, 2, 1.2});
  const Measurement result =
      Measure(row, {.rounds = 1, .attempts = 2}, world.clock());
  EXPECT_EQ(result.attempts, 2);
  EXPECT_NEAR(*result.ratio, 1.2, 1e-9);
}

TEST(HarnessTest, ATargetThatIsMetIsNotMeasuredAgain) {
  World world;
  Row row;
  row.max_ratio = 1.3;
  row.base = Costing(&world, 'b', {1});
  row.subject = Costing(&world, 's', {1, 1.2, 1});
  const Measurement result =
      Measure(row, {.rounds = 1, .attempts = 2}, world.clock());
  EXPECT_EQ(result.attempts, 1);
  EXPECT_NEAR(*result.ratio, 1.2, 1e-9);
}

TEST(HarnessTest, WithoutABaseThereIsATimeAndNoRatio) {
  World world;
  Row row;
  row.subject = Costing(&world, 's', {1e-6});
  const Measurement result =
      Measure(row, {.rounds = 3, .seconds = 0.1}, world.clock());
  EXPECT_NEAR(result.subject_ns, 1000, 1e-3);
  EXPECT_FALSE(result.ratio.has_value());
  EXPECT_FALSE(result.base_ns.has_value());
}

}  // namespace
}  // namespace wharf::bench
