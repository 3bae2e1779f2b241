#include "tests/differential/driver.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>
#include <vector>

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

// A close that was cancelled has not closed.
TEST_F(DriverTest, UsesWhatIsStillOpen) {
  program_.objects = {{ObjectKind::kFile, 4}};
  const uint32_t close = Add(Opcode::kClose, 0);
  Submit(close);
  Then(StepKind::kReap);
  Then(StepKind::kCancel, close);
  Then(StepKind::kSettle);
  const uint32_t read = Add(Opcode::kRead, 0, 8);
  Submit(read);
  chooser_.Next("operation.latency", 5);
  EXPECT_EQ(Run().problem, "");
  EXPECT_EQ(ResultOf(close), kCancelled);
  EXPECT_EQ(ResultOf(read), 4);
}

// What a port does not take at once it is offered again.
TEST_F(DriverTest, SubmitsTheRestLater) {
  program_.objects = {{ObjectKind::kFile, 4}};
  const uint32_t first = Add(Opcode::kRead, 0, 8);
  const uint32_t second = Add(Opcode::kRead, 0, 8);
  Submit(first, 2);
  chooser_.Next("submit.prefix", 1);
  EXPECT_EQ(Run().problem, "");
  EXPECT_EQ(log_.accepted, (std::vector<uint32_t>{1, 1}));
  EXPECT_EQ(ResultOf(second), 4);
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
  // The other one's end is that of the program.
  EXPECT_LT(log_.completions[0].reap, log_.completions[1].reap);
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

// Nor what a connect is about to find.
TEST_F(DriverTest, DoesNotCloseTheListenerOfAConnect) {
  program_.objects = {{ObjectKind::kListener, 1}, {ObjectKind::kSocket}};
  const uint32_t connect = Add(Opcode::kConnect, 1);
  program_.operations[connect].target = 0;
  Submit(connect);
  Submit(Add(Opcode::kClose, 0));
  EXPECT_EQ(Run().problem, "");
  EXPECT_EQ(log_.operations.size(), 1u);
}

// Takes everything, and says what it was told to.
class LyingPort final : public sim::ForwardingPort {
 public:
  LyingPort(CompletionPort* port, std::vector<Completion> lies)
      : ForwardingPort(port), lies_(std::move(lies)) {}
  std::size_t Submit(std::span<const Operation> operations) override {
    return operations.size();
  }
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override {
    if (lies_.empty()) return ForwardingPort::Reap(completions, wait);
    std::copy(lies_.begin(), lies_.end(), completions.begin());
    return std::exchange(lies_, {}).size();
  }

 private:
  std::vector<Completion> lies_;
};

class LyingDriverTest : public DriverTest {
 protected:
  // The problem with one read, #0, about which the port tells these lies.
  std::string ProblemWith(std::vector<Completion> lies) {
    program_ = {};
    program_.objects = {{ObjectKind::kFile, 4}};
    program_.handles = 1;
    Submit(Add(Opcode::kRead, 0, 8));
    SimulatedWorld world(&chooser_, sim::Personality::kIoUring, 64);
    LyingPort port(&world.port(), std::move(lies));
    std::string problem = driver_.Run(program_, world, port).problem;
    driver_.Forget();
    return problem;
  }
};

// A completion that nobody asked for ends the run.
TEST_F(LyingDriverTest, AWrongCompletionIsAProblem) {
  const OperationId read = IdOf(Program(), 0);
  EXPECT_EQ(ProblemWith({{.id = OperationId{5}}}),
            "a completion for #5, which is not in flight");
  EXPECT_EQ(ProblemWith({{.id = OperationId{read.value ^ 1ULL << 63}}}),
            "a completion for #0, which is not in flight");
  EXPECT_EQ(ProblemWith({{.id = read}, {.id = read}}),
            "a completion for #0, which is not in flight");
  EXPECT_EQ(ProblemWith({{.id = read}}), "");
}

TEST_F(LyingDriverTest, WhatNeverEndsIsAProblem) {
  EXPECT_EQ(ProblemWith({}), "these did not end in time: #0 Read f0, 8 bytes;");
}

}  // namespace
}  // namespace wharf::differential
