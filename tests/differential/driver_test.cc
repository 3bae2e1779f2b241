#include "tests/differential/driver.h"

#include <chrono>

#include "gtest/gtest.h"
#include "sim/forwarding_port.h"
#include "sim/labelled_chooser.h"
#include "tests/differential/program_test_util.h"
#include "tests/differential/recording_port.h"
#include "tests/differential/simulated_world.h"

namespace wharf::differential {
namespace {

class DriverTest : public ProgramFixture {
 protected:
  RunResult Run() {
    program_.handles = std::max(program_.handles, 2u);
    SimulatedWorld world(&chooser_, sim::Personality::kIoUring, 64);
    RecordingPort port(&world.port(), &log_);
    return driver_.Run(program_, world, port);
  }
  // The result of an operation; an impossible one if it has not ended.
  int64_t ResultOf(uint32_t number) const {
    for (const LoggedCompletion& completion : log_.completions) {
      if (completion.completion.id.index() == number) {
        return completion.completion.result;
      }
    }
    return -999;
  }

  sim::LabelledChooser chooser_;
  PortLog log_;
  Driver driver_;
};

constexpr int64_t kCancelled = -static_cast<int64_t>(Error::kCancelled);

TEST_F(DriverTest, RunsAndTellsWhatIsInTheFiles) {
  program_.objects = {{ObjectKind::kFile, 4}};
  const uint32_t write = Add(Opcode::kWrite, 0, 3);
  program_.operations[write].offset = 2;
  Submit(write);
  const RunResult result = Run();
  EXPECT_EQ(result.problem, "");
  ASSERT_EQ(result.files[0].size(), 5u);
  EXPECT_EQ(result.files[0][1], InitialByte(0, 1));
  EXPECT_EQ(result.files[0][2], PatternByte(0, 0));
  EXPECT_EQ(result.files[0][4], PatternByte(0, 2));
  EXPECT_TRUE(result.files[1].empty());
}

TEST_F(DriverTest, WhatIsSkippedIsNotThere) {
  program_.objects = {{ObjectKind::kFile, 4}};
  const uint32_t write = Add(Opcode::kWrite, 0, 3);
  program_.operations[write].offset = 2;
  program_.operations[write].skipped = true;
  Submit(write);
  Then(StepKind::kCancel, write);
  EXPECT_EQ(Run().files[0].size(), 4u);
  EXPECT_TRUE(log_.operations.empty());
  EXPECT_TRUE(log_.cancels.empty());
}

// What never ends by itself is cancelled at the end, and not before.
TEST_F(DriverTest, TheEndCancelsWhatWaits) {
  program_.objects = {{ObjectKind::kSocketPair}};
  const uint32_t receive = Add(Opcode::kReceive, 0, 8);
  Submit(receive);
  Then(StepKind::kSettle);
  Then(StepKind::kReap);
  EXPECT_EQ(Run().problem, "");
  EXPECT_EQ(ResultOf(receive), kCancelled);
  EXPECT_EQ(log_.cancels.size(), 1u);
}

// A handle belongs to the port until its operations have ended.
TEST_F(DriverTest, DoesNotCloseWhatIsInUse) {
  program_.objects = {{ObjectKind::kSocketPair}};
  Submit(Add(Opcode::kReceive, 0, 8));
  Submit(Add(Opcode::kClose, 0));
  EXPECT_EQ(Run().problem, "");
  EXPECT_EQ(log_.operations.size(), 1u);
}

TEST_F(DriverTest, UsesWhatAnOpenHasMade) {
  program_.objects = {{ObjectKind::kFile, 4}};
  const uint32_t open = Add(Opcode::kOpen, kNoHandle);
  program_.operations[open].mode = kOpenRead;
  program_.operations[open].makes = 1;
  Submit(open);
  Then(StepKind::kSettle);
  const uint32_t read = Add(Opcode::kRead, 1, 8);
  Submit(read);
  EXPECT_EQ(Run().problem, "");
  EXPECT_EQ(ResultOf(read), 4);
}

// Reaps until then, and cancels by identity.
TEST_F(DriverTest, ADeadlineCancelsWhatHasNotEnded) {
  program_.objects = {{ObjectKind::kSocketPair}};
  const uint32_t receive = Add(Opcode::kReceive, 0, 8);
  const uint32_t other = Add(Opcode::kReceive, 1, 8);
  Submit(receive, 2);
  Then(StepKind::kDeadline, receive, 50);
  Then(StepKind::kReap);
  EXPECT_EQ(Run().problem, "");
  EXPECT_EQ(ResultOf(receive), kCancelled);
  EXPECT_EQ(log_.cancels[0].index(), receive);
  ASSERT_GE(log_.times.size(), 2u);
  EXPECT_GE(log_.times[2] - log_.times[0], std::chrono::microseconds(50));
  EXPECT_EQ(log_.completions[1].completion.id.index(), other);
}

TEST_F(DriverTest, ADeadlineLeavesWhatHasEndedAlone) {
  program_.objects = {{ObjectKind::kFile, 4}};
  const uint32_t read = Add(Opcode::kRead, 0, 8);
  Submit(read);
  Then(StepKind::kDeadline, read, 50);
  Then(StepKind::kDeadline, read, 50);
  EXPECT_EQ(Run().problem, "");
  EXPECT_EQ(ResultOf(read), 4);
  EXPECT_TRUE(log_.cancels.empty());
}

// A completion that nobody asked for ends the run.
TEST_F(DriverTest, AWrongCompletionIsAProblem) {
  class Lying final : public sim::ForwardingPort {
   public:
    using ForwardingPort::ForwardingPort;
    std::size_t Submit(std::span<const Operation> operations) override {
      return operations.size();
    }
    absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                     Wait) override {
      completions[0] = {.id = OperationId{5}, .result = 0};
      return 1;
    }
  };
  program_.objects = {{ObjectKind::kFile, 4}};
  program_.handles = 1;
  Submit(Add(Opcode::kRead, 0, 8));
  SimulatedWorld world(&chooser_, sim::Personality::kIoUring, 64);
  Lying port(&world.port());
  EXPECT_EQ(driver_.Run(program_, world, port).problem,
            "a completion for #5, which is not in flight");
  driver_.Forget();
}

}  // namespace
}  // namespace wharf::differential
