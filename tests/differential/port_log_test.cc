#include "tests/differential/port_log.h"

#include "engine/error.h"
#include "gtest/gtest.h"

namespace wharf::differential {
namespace {

constexpr int64_t kReset = -static_cast<int64_t>(Error::kConnectionReset);

TEST(PortLogTest, ResultsAreToldByWhatTheyMean) {
  EXPECT_EQ(DescribeResult(Opcode::kRead, 12), "12");
  EXPECT_EQ(DescribeResult(Opcode::kOpen, 12), "a handle");
  EXPECT_EQ(DescribeResult(Opcode::kAccept, 0), "a handle");
  EXPECT_EQ(DescribeResult(Opcode::kAccept, kReset), "-ConnectionReset");
}

TEST(PortLogTest, HandlesHaveOtherNumbersEverywhere) {
  EXPECT_TRUE(SameResult(Opcode::kOpen, 3, 77));
  EXPECT_FALSE(SameResult(Opcode::kOpen, 3, kReset));
  EXPECT_FALSE(SameResult(Opcode::kOpen, kReset, 3));
  EXPECT_TRUE(SameResult(Opcode::kOpen, kReset, kReset));
  EXPECT_FALSE(SameResult(Opcode::kRead, 3, 77));
  EXPECT_FALSE(SameResult(Opcode::kClose, 0, 1));
}

TEST(PortLogTest, EachCompletionHasItsOwnBytes) {
  PortLog log;
  log.bytes = {std::byte{1}, std::byte{2}, std::byte{3}};
  LoggedCompletion completion;
  completion.bytes_at = 1;
  completion.bytes_length = 2;
  const std::span<const std::byte> bytes = log.BytesOf(completion);
  ASSERT_EQ(bytes.size(), 2u);
  EXPECT_EQ(bytes[0], std::byte{2});
  EXPECT_EQ(bytes[1], std::byte{3});
}

TEST(PortLogTest, ClearForgetsEverything) {
  PortLog log;
  log.entries.resize(1);
  log.operations.resize(1);
  log.cancels.resize(1);
  log.completions.resize(1);
  log.accepted.resize(1);
  log.reaps.resize(1);
  log.times.resize(1);
  log.bytes.resize(1);
  log.Clear();
  EXPECT_TRUE(log.entries.empty() && log.operations.empty() &&
              log.cancels.empty() && log.completions.empty() &&
              log.accepted.empty() && log.reaps.empty() && log.times.empty() &&
              log.bytes.empty());
}

}  // namespace
}  // namespace wharf::differential
