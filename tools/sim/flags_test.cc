#include "tools/sim/flags.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::simulate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class FlagsTest : public testing::Test {
 private:
  absl::FlagSaver saver_;
};

std::string Refusal() {
  const absl::Status status = SearchFromFlags().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

TEST_F(FlagsTest, SeedsAreAPairInOrder) {
  absl::SetFlag(&FLAGS_seeds, "7..18446744073709551615");
  const absl::StatusOr<SearchOptions> options = SearchFromFlags();
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->first, 7u);
  EXPECT_EQ(options->last, std::numeric_limits<uint64_t>::max());
  for (const char* wrong : {"7", "8..7", "a..9", "1..", "..9", "-1..4",
                            "0..18446744073709551616"}) {
    absl::SetFlag(&FLAGS_seeds, wrong);
    EXPECT_THAT(Refusal(), HasSubstr(std::string("--seeds=") + wrong));
  }
}

TEST_F(FlagsTest, SizesHaveLimitsThatTheErrorNames) {
  absl::SetFlag(&FLAGS_size, 0);
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("--size=0"), HasSubstr("1000000")));
  absl::SetFlag(&FLAGS_size, sim::ScenarioOptions::kMaxRequests + 1);
  EXPECT_THAT(Refusal(), HasSubstr("--size=1000001"));
  absl::SetFlag(&FLAGS_size, sim::ScenarioOptions::kMaxRequests);
  EXPECT_TRUE(SearchFromFlags().ok());
}

TEST_F(FlagsTest, PersonalitiesAreNames) {
  absl::SetFlag(&FLAGS_personality, "kqueue");
  EXPECT_THAT(Refusal(), HasSubstr("--personality="));
  absl::SetFlag(&FLAGS_personality, "iocp");
  const absl::StatusOr<sim::ScenarioOptions> options = ScenarioFromFlags();
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->personality, sim::Personality::kIocp);
}

TEST_F(FlagsTest, NoJobsIsOneForEachProcessor) {
  absl::SetFlag(&FLAGS_jobs, 1025);
  EXPECT_THAT(Refusal(), HasSubstr("--jobs=1025"));
  absl::SetFlag(&FLAGS_jobs, 0);
  EXPECT_GE(SearchFromFlags()->jobs, 1u);
  absl::SetFlag(&FLAGS_jobs, 3);
  EXPECT_EQ(SearchFromFlags()->jobs, 3u);
}

TEST_F(FlagsTest, ATimeLimitTakesAsManySeedsAsFitUnlessSomeAreNamed) {
  EXPECT_EQ(SearchFromFlags()->time, std::nullopt);
  absl::SetFlag(&FLAGS_seconds, 5);
  EXPECT_EQ(SearchFromFlags()->time, std::chrono::seconds(5));
  EXPECT_EQ(SearchFromFlags()->last, std::numeric_limits<uint64_t>::max());
  absl::SetFlag(&FLAGS_seeds, "0..99");
  EXPECT_EQ(SearchFromFlags()->last, 99u);
}

TEST_F(FlagsTest, TheReplayLineHasWhatMakesItTheSameRun) {
  absl::SetFlag(&FLAGS_profile, "storm");
  absl::SetFlag(&FLAGS_size, 12);
  EXPECT_EQ(ReplayLine(99),
            "wharf sim run --seed=99 --profile=storm --size=12 "
            "--personality=any");
}

}  // namespace
}  // namespace wharf::simulate
