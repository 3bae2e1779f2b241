#include "tests/differential/recording_port.h"

#include <array>
#include <vector>

#include "gtest/gtest.h"
#include "sim/scripted_port.h"

namespace wharf::differential {
namespace {

class RecordingPortTest : public testing::Test {
 protected:
  static Operation Read(uint64_t id, std::vector<std::byte>& memory) {
    Operation operation;
    operation.id = OperationId{id};
    operation.opcode = Opcode::kRead;
    operation.handle = 3;
    operation.data = memory.data();
    operation.length = memory.size();
    return operation;
  }
  std::size_t Reap() {
    std::array<Completion, 8> completions;
    return *port_.Reap(completions, Wait::None());
  }

  std::vector<std::byte> one_ = std::vector<std::byte>(4);
  std::vector<std::byte> two_ = std::vector<std::byte>(4);
  PortLog log_;
  sim::ScriptedPort scripted_;
  RecordingPort port_{&scripted_, &log_};
};

TEST_F(RecordingPortTest, WritesDownWhatCrossesIt) {
  const std::array operations = {Read(1, one_), Read(2, two_)};
  ASSERT_EQ(port_.Submit(operations), 2u);
  EXPECT_EQ(Reap(), 0u);
  port_.Cancel(OperationId{1});
  scripted_.CompleteWithBytes(OperationId{2},
                              std::array{std::byte{7}, std::byte{8}});
  scripted_.CompleteWithError(OperationId{1}, Error::kCancelled);
  EXPECT_EQ(Reap(), 2u);
  EXPECT_EQ(port_.in_flight(), 0u);

  EXPECT_EQ(log_.accepted, std::vector<uint32_t>{2});
  EXPECT_EQ(log_.reaps, (std::vector<uint32_t>{0, 2}));
  EXPECT_EQ(log_.entries, (std::vector<LogEntry>{{LogEvent::kAccepted, 0},
                                                 {LogEvent::kAccepted, 1},
                                                 {LogEvent::kReaped, 0},
                                                 {LogEvent::kCancel, 0},
                                                 {LogEvent::kCompleted, 0},
                                                 {LogEvent::kCompleted, 1},
                                                 {LogEvent::kReaped, 1}}));
  ASSERT_EQ(log_.operations.size(), 2u);
  EXPECT_EQ(log_.operations[0].bytes, 4u);
  EXPECT_EQ(log_.operations[0].operation.data, nullptr);
  ASSERT_EQ(log_.completions.size(), 2u);
  const LoggedCompletion& read = log_.completions[0];
  EXPECT_EQ(read.operation, 1u);
  EXPECT_EQ(read.reap, 1u);
  ASSERT_EQ(log_.BytesOf(read).size(), 2u);
  EXPECT_EQ(log_.BytesOf(read)[1], std::byte{8});
  EXPECT_TRUE(log_.BytesOf(log_.completions[1]).empty());
}

TEST_F(RecordingPortTest, KnowsWhenACancelWasAskedFor) {
  const std::array operations = {Read(1, one_), Read(2, two_)};
  ASSERT_EQ(port_.Submit(operations), 2u);
  port_.Cancel(OperationId{1});
  Reap();
  port_.Cancel(OperationId{1});
  port_.Cancel(OperationId{2});
  EXPECT_EQ(log_.operations[0].cancel, CancelPhase::kWithIt);
  EXPECT_EQ(log_.operations[1].cancel, CancelPhase::kLater);
  EXPECT_EQ(log_.cancels.size(), 3u);
  for (const uint64_t id : {1, 2}) scripted_.Complete(OperationId{id}, 0);
  Reap();
}

TEST_F(RecordingPortTest, CountsWhatWasTaken) {
  const std::array operations = {Read(1, one_), Read(2, two_)};
  scripted_.LimitNextSubmit(1);
  EXPECT_EQ(port_.Submit(operations), 1u);
  EXPECT_EQ(log_.accepted, std::vector<uint32_t>{1});
  EXPECT_EQ(port_.in_flight(), 1u);
  scripted_.Complete(OperationId{1}, 0);
  Reap();
}

TEST_F(RecordingPortTest, TheClockIsWrittenDown) {
  EXPECT_EQ(port_.Now(), scripted_.Now());
  EXPECT_EQ(log_.times.size(), 1u);
}

// The next program has the port again.
TEST_F(RecordingPortTest, ClosesOnlyWhatIsStuck) {
  port_.Close();
  EXPECT_FALSE(scripted_.closed());
}

}  // namespace
}  // namespace wharf::differential
