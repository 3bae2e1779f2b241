// The log on a machine that fails at every possible point, and logs with
// planted bugs, all of which the same search has to find.

#include "examples/write_ahead_log/write_ahead_log.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "examples/write_ahead_log/acknowledges_before_the_sync.h"
#include "examples/write_ahead_log/forgets_the_seal.h"
#include "examples/write_ahead_log/log_search.h"
#include "examples/write_ahead_log/overlooks_a_short_write.h"
#include "examples/write_ahead_log/recovers_without_a_sync.h"
#include "examples/write_ahead_log/skips_the_checksum.h"
#include "examples/write_ahead_log/syncs_beside_the_write.h"
#include "examples/write_ahead_log/trusts_what_a_failed_sync_left.h"
#include "gtest/gtest.h"
#include "sim/kernel/kernel.h"

namespace wharf::examples {
namespace {

using sim::Personality;

// Where a log can live: iocp has no sync, so its file is written through.
std::vector<Conditions> Machines() {
  return {{.personality = Personality::kIoUring},
          {.personality = Personality::kIoUring, .write_through = true},
          {.personality = Personality::kLinuxAio},
          {.personality = Personality::kIocp, .write_through = true}};
}

void ExpectNothingIsLost(Conditions conditions, uint64_t seeds) {
  const SearchReport report = SearchForLoss<WriteAheadLog>(conditions, seeds);
  EXPECT_EQ(report.complaint, "")
      << PersonalityName(conditions.personality) << " " << conditions.profile;
  // A search in which nothing happened proves nothing.
  EXPECT_GT(report.lives, 10 * seeds);
  EXPECT_GT(report.acknowledged, 2 * report.lives);
  EXPECT_EQ(report.failed > 0, conditions.profile != "plain");
}

TEST(WriteAheadLogTest, LosesNothingWhereverThePowerFails) {
  for (Conditions conditions : Machines()) {
    conditions.profile = "plain";
    ExpectNothingIsLost(conditions, 4);
  }
}

TEST(WriteAheadLogTest, LosesNothingOnAFailingMachine) {
  for (Conditions conditions : Machines()) {
    for (const std::string_view profile : {"rough", "storm", "swarm"}) {
      conditions.profile = profile;
      ExpectNothingIsLost(conditions, 3);
    }
  }
}

TEST(WriteAheadLogTest, LosesNothingWhenItsProgramIsKilled) {
  for (Conditions conditions : Machines()) {
    conditions.kills = true;
    ExpectNothingIsLost(conditions, 4);
  }
}

// What an append refuses, on a machine where nothing goes wrong.
class WriteAheadLogAppendTest : public testing::Test {
 protected:
  WriteAheadLogAppendTest()
      : engine_(*Engine::Create(kernel_.OpenPort({}), {})),
        log_(*engine_, *kernel_.OpenFile("log")) {}

  std::vector<std::string> Recover() {
    auto recovery = log_.Recover();
    recovery.Start();
    EXPECT_TRUE(engine_->RunUntilIdle().ok());
    EXPECT_TRUE(recovery.value().ok()) << recovery.value().status();
    return recovery.value().value_or(std::vector<std::string>());
  }
  absl::StatusCode Append(std::size_t size) {
    const std::vector<std::byte> record(size);
    return log_.Append(record, [this](const absl::Status&) { ++told_; }).code();
  }

  sim::Kernel kernel_;
  std::unique_ptr<Engine> engine_;
  WriteAheadLog log_;
  int told_ = 0;
};

TEST_F(WriteAheadLogAppendTest, RefusesWhenItIsNotOpen) {
  EXPECT_EQ(Append(1), absl::StatusCode::kFailedPrecondition);
  Recover();
  EXPECT_EQ(Append(1), absl::StatusCode::kOk);
}

TEST_F(WriteAheadLogAppendTest, TakesTheEmptyAndTheLargestRecordAndNoLarger) {
  Recover();
  constexpr std::size_t kMost = WriteAheadLog::kMaxRecordBytes;
  EXPECT_EQ(Append(kMost + 1), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Append(kMost), absl::StatusCode::kOk);
  EXPECT_EQ(Append(0), absl::StatusCode::kOk);
  EXPECT_TRUE(engine_->RunUntilIdle().ok());
  EXPECT_EQ(told_, 2);
  WriteAheadLog again(*engine_, *kernel_.OpenFile("log"));
  auto recovery = again.Recover();
  recovery.Start();
  EXPECT_TRUE(engine_->RunUntilIdle().ok());
  EXPECT_EQ(recovery.value().value(),
            (std::vector{std::string(kMost, '\0'), std::string()}));
}

TEST_F(WriteAheadLogAppendTest, IsBounded) {
  Recover();
  EXPECT_EQ(Append(1), absl::StatusCode::kOk) << "this one is on its way";
  EXPECT_EQ(Append(WriteAheadLog::kMaxRecordBytes), absl::StatusCode::kOk);
  EXPECT_EQ(Append(1), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(engine_->RunUntilIdle().ok());
  EXPECT_EQ(told_, 2);
  EXPECT_EQ(Append(1), absl::StatusCode::kOk);
}

// Under each of these conditions the search shows what the bug does.
template <class Log>
void ExpectFound(const std::vector<Conditions>& machines,
                 std::string_view what) {
  for (const Conditions& conditions : machines) {
    const SearchReport report = SearchForLoss<Log>(conditions, 1200);
    EXPECT_NE(report.complaint.find(what), std::string::npos)
        << PersonalityName(conditions.personality) << ": " << report.complaint
        << " after " << report.lives << " lives";
  }
}

constexpr std::string_view kLost = "lost: ";
constexpr std::string_view kNeverThere = "never appended";

TEST(WriteAheadLogBugTest, AcknowledgingBeforeTheSyncIsFound) {
  ExpectFound<AcknowledgesBeforeTheSync>(
      {{.personality = Personality::kIoUring},
       {.personality = Personality::kLinuxAio}},
      kLost);
}

TEST(WriteAheadLogBugTest, ASyncBesideTheWriteIsFound) {
  ExpectFound<SyncsBesideTheWrite>({{.personality = Personality::kIoUring},
                                    {.personality = Personality::kLinuxAio}},
                                   kLost);
}

TEST(WriteAheadLogBugTest, AnOverlookedShortWriteIsFound) {
  ExpectFound<OverlooksAShortWrite>(
      {{.write_through = true, .profile = "storm"}}, kLost);
}

TEST(WriteAheadLogBugTest, AMissingChecksumIsFound) {
  ExpectFound<SkipsTheChecksum>(
      {{.write_through = true, .profile = "storm"},
       {.personality = Personality::kLinuxAio, .profile = "storm"}},
      kNeverThere);
}

TEST(WriteAheadLogBugTest, ARecoveryWithoutASyncIsFound) {
  ExpectFound<RecoversWithoutASync>(
      {{.personality = Personality::kLinuxAio, .kills = true}}, kLost);
}

TEST(WriteAheadLogBugTest, TrustInWhatAFailedSyncLeftIsFound) {
  ExpectFound<TrustsWhatAFailedSyncLeft>({{.profile = "storm"}}, kLost);
}

TEST(WriteAheadLogBugTest, AFailedAppendThatComesBackIsFound) {
  ExpectFound<ForgetsTheSeal>(
      {{.personality = Personality::kIoUring},
       {.personality = Personality::kLinuxAio},
       {.personality = Personality::kIocp, .write_through = true}},
      kNeverThere);
}

}  // namespace
}  // namespace wharf::examples
