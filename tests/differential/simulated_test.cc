// The search itself, without a real kernel: what one run of the simulated
// kernel did is admitted by others, and what it did not do is not.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "gtest/gtest.h"
#include "sim/kernel/personality.h"
#include "sim/labelled_chooser.h"
#include "sim/profiles.h"
#include "sim/random_chooser.h"
#include "tests/differential/admit.h"
#include "tests/differential/campaign.h"
#include "tests/differential/generate.h"
#include "tests/differential/program_test_util.h"
#include "tests/differential/simulated_world.h"

namespace wharf::differential {
namespace {

using sim::OperationClass;
using sim::Personality;

class SimulatedDifferentialTest : public testing::TestWithParam<Personality> {
 protected:
  // One run of the program of `seed` on a plain machine.
  Program Run(uint64_t seed, Observation& observation) {
    sim::RandomChooser chooser(seed, *sim::FindProfile("plain"));
    SimulatedWorld world(&chooser, GetParam(), 64);
    const Program program = Generate(seed, world.port().Capabilities());
    Observe(program, world, driver_, observation);
    EXPECT_EQ(observation.result.problem, "") << Describe(program);
    return program;
  }
  AdmitOptions Options() const {
    return {.personality = GetParam(), .max_attempts = 500, .alternatives = 5};
  }

  Driver driver_;
  Driver other_;
};

TEST_P(SimulatedDifferentialTest, AdmitsItself) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Observation observation;
    const Program program = Run(seed, observation);
    const Verdict verdict = Admit(program, observation, other_, Options());
    EXPECT_TRUE(verdict.admitted) << Describe(program) << verdict.report;
  }
}

// Nothing breaks, and little happens when and in the order that one expects.
sim::Profile Restless() {
  return {.name = "restless",
          .labels = {{"*", {}},
                     {"order.next", {600, 400}},
                     {"operation.latency", {500, 500}},
                     {"wake.latency", {700, 300}},
                     {"completion.later", {900, 100}},
                     {"cancel.*", {500, 500}}}};
}

// What is likely finds most of it, and who wanders from that finds the rest.
TEST_P(SimulatedDifferentialTest, AdmitsWhatIsUnlikely) {
  AdmitOptions likely = Options();
  likely.max_attempts = 160;
  likely.alternatives = 0;
  AdmitOptions any = Options();
  any.max_attempts = 50'000;
  uint64_t unlikely = 0;
  for (uint64_t seed = 160; seed < 200; ++seed) {
    sim::RandomChooser chooser(seed, Restless());
    SimulatedWorld world(&chooser, GetParam(), 64);
    const Program program = Generate(seed, world.port().Capabilities());
    Observation observation;
    Observe(program, world, driver_, observation);
    if (Admit(program, observation, other_, likely).admitted) continue;
    ++unlikely;
    const Verdict verdict = Admit(program, observation, other_, any);
    EXPECT_TRUE(verdict.admitted) << Describe(program) << verdict.report;
  }
  EXPECT_GT(unlikely, 0u);
}

// Every completion is looked at: its result, its turn, its bytes; and so are
// the files.
TEST_P(SimulatedDifferentialTest, DoesNotAdmitLies) {
  uint64_t lies[4] = {};
  AdmitOptions options = Options();
  options.alternatives = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Observation observation;
    const Program program = Run(seed, observation);
    // Some of them also to who wanders.
    options.max_attempts = seed < 4 ? 200 : 20;
    const auto expect_refused = [&](const Observation& lie, int kind) {
      ++lies[kind];
      EXPECT_FALSE(Admit(program, lie, other_, options).admitted)
          << "kind " << kind << "\n"
          << Describe(program);
    };
    for (LoggedCompletion& completion : observation.log.completions) {
      if (completion.bytes_length > 0) {
        observation.log.bytes[completion.bytes_at] ^= std::byte{0x40};
        expect_refused(observation, 0);
        observation.log.bytes[completion.bytes_at] ^= std::byte{0x40};
        break;
      }
    }
    for (LoggedCompletion& completion : observation.log.completions) {
      if (completion.completion.result != 0) continue;
      // The end of a stream, or success, as an error that nobody gives there.
      completion.completion.result = -static_cast<int64_t>(Error::kLoop);
      expect_refused(observation, 1);
      completion.completion.result = 0;
      break;
    }
    for (auto& file : observation.result.files) {
      if (file.empty()) continue;
      file.back() ^= std::byte{0x40};
      expect_refused(observation, 2);
      file.back() ^= std::byte{0x40};
      break;
    }
    // More bytes than were asked for.
    for (LoggedCompletion& completion : observation.log.completions) {
      const LoggedOperation& operation =
          observation.log.operations[completion.operation];
      if (operation.operation.opcode != Opcode::kWrite ||
          completion.completion.result <= 0) {
        continue;
      }
      ++completion.completion.result;
      const bool whole =
          static_cast<uint64_t>(completion.completion.result) > operation.bytes;
      if (whole) expect_refused(observation, 3);
      --completion.completion.result;
      break;
    }
  }
  for (const uint64_t count : lies) EXPECT_GT(count, 2u);
}

INSTANTIATE_TEST_SUITE_P(Kernels, SimulatedDifferentialTest,
                         testing::Values(Personality::kIoUring,
                                         Personality::kLinuxAio,
                                         Personality::kIocp));

// What one decision makes possible is admitted with it, and refused by a
// simulated kernel that is not asked it, or if it is only nearly so.
class DecisionTest : public ProgramFixture {
 protected:
  void SubmitAndReap(uint32_t first, uint32_t count = 1) {
    Submit(first, count);
    Then(StepKind::kReap);
  }
  // Runs it with the decisions that `chooser_` was told.
  void Run() {
    program_.handles = 2;
    SimulatedWorld world(&chooser_, personality_, 64);
    Observe(program_, world, driver_, observation_);
    ASSERT_EQ(observation_.result.problem, "");
    ASSERT_EQ(chooser_.unused(), 0u);
  }
  bool Admits(std::vector<std::string_view> forbidden = {}) {
    return Admit(program_, observation_, other_,
                 {.personality = personality_,
                  .max_attempts = 160,
                  .forbidden = std::move(forbidden),
                  .alternatives = 0})
        .admitted;
  }
  LoggedCompletion& CompletionOf(uint32_t operation) {
    for (LoggedCompletion& completion : observation_.log.completions) {
      if (completion.completion.id.index() == operation) return completion;
    }
    ADD_FAILURE() << "#" << operation << " has not ended";
    return observation_.log.completions[0];
  }

  Personality personality_ = Personality::kIoUring;
  sim::LabelledChooser chooser_;
  Observation observation_;
  Driver driver_;
  Driver other_;
};

// A poll sees what a woken reader has yet to take.
TEST_F(DecisionTest, WokenReadersThatTryLater) {
  program_.objects = {{ObjectKind::kSocketPair}};
  SubmitAndReap(Add(Opcode::kReceive, 1, 16));
  SubmitAndReap(Add(Opcode::kSend, 0, 4));
  const uint32_t poll = Add(Opcode::kPoll, 1);
  program_.operations[poll].mode = kPollReadable;
  SubmitAndReap(poll);
  Then(StepKind::kDeadline, 0, 50);
  chooser_.Next("wake.latency", 1);
  Run();
  ASSERT_EQ(CompletionOf(poll).completion.result, kPollReadable);
  ASSERT_GE(CompletionOf(0).reap, CompletionOf(poll).reap);
  ASSERT_EQ(CompletionOf(0).completion.result, 4);
  EXPECT_TRUE(Admits());
  EXPECT_FALSE(Admits({"wake.latency"}));
  CompletionOf(poll).completion.result |= kPollHangUp;
  EXPECT_FALSE(Admits());
}

// A read sees the beginning of a write, and not the rest.
TEST_F(DecisionTest, TornWrites) {
  program_.objects = {{ObjectKind::kFile, 6}};
  const uint32_t write = Add(Opcode::kWrite, 0, 6);
  const uint32_t read = Add(Opcode::kRead, 0, 6);
  SubmitAndReap(write, 2);
  chooser_.Next("write.torn", 1);
  chooser_.Next("write.torn.bytes", 3);  // 2 of 5
  chooser_.Next("read.torn", 1);
  Run();
  const std::size_t at = CompletionOf(read).bytes_at;
  ASSERT_EQ(observation_.log.bytes[at + 1], PatternByte(write, 1));
  ASSERT_EQ(observation_.log.bytes[at + 2], InitialByte(0, 2));
  EXPECT_TRUE(Admits());
  EXPECT_FALSE(Admits({"write.torn"}));
  // It may have begun before the write, and stood still.
  observation_.log.bytes[at] = InitialByte(0, 0);
  EXPECT_TRUE(Admits());
  EXPECT_FALSE(Admits({"transfer.pause"}));
  // What nobody has written nobody sees.
  observation_.log.bytes[at + 5] = std::byte{0};
  EXPECT_FALSE(Admits());
}

// Bytes that were sent long ago arrive behind a receive that looks for them.
TEST_F(DecisionTest, BytesThatTakeTime) {
  personality_ = Personality::kIocp;
  program_.objects = {{ObjectKind::kSocketPair}};
  for (uint32_t i = 0; i < 3; ++i) SubmitAndReap(Add(Opcode::kSend, 0, 10));
  const uint32_t receive = Add(Opcode::kReceive, 1, 30);
  SubmitAndReap(receive);
  const uint32_t late = Add(Opcode::kReceive, 1, 30);
  SubmitAndReap(late);
  SubmitAndReap(Add(Opcode::kSend, 0, 5));
  Then(StepKind::kDeadline, late, 50);
  chooser_.Next("stream.delay", 0);
  chooser_.Next("stream.delay", 0);
  chooser_.Next("stream.delay", 3);
  Run();
  ASSERT_EQ(CompletionOf(receive).completion.result, 20);
  ASSERT_EQ(CompletionOf(late).completion.result, 15);
  EXPECT_TRUE(Admits());
  EXPECT_FALSE(Admits({"stream.delay"}));
}

// A peer that has ended its direction is a hang-up, or is not.
TEST_F(DecisionTest, HalfClosedPeersThatHangUp) {
  program_.objects = {{ObjectKind::kSocketPair}};
  const uint32_t shutdown = Add(Opcode::kShutdown, 1);
  program_.operations[shutdown].mode =
      static_cast<uint32_t>(ShutdownSide::kSend);
  SubmitAndReap(shutdown);
  const uint32_t poll = Add(Opcode::kPoll, 0);
  program_.operations[poll].mode = kPollReadable;
  SubmitAndReap(poll);
  chooser_.Next("poll.hang_up", 1);
  Run();
  ASSERT_EQ(CompletionOf(poll).completion.result, kPollReadable | kPollHangUp);
  EXPECT_TRUE(Admits());
  EXPECT_FALSE(Admits({"poll.hang_up"}));
  CompletionOf(poll).completion.result = kPollReadable;
  EXPECT_TRUE(Admits());
  // There is something to be read, whatever else there is.
  CompletionOf(poll).completion.result = kPollHangUp;
  EXPECT_FALSE(Admits());
}

// A stream that is not empty is full for a poll, or is not.
TEST_F(DecisionTest, StreamsThatAreFullEarly) {
  program_.objects = {{ObjectKind::kSocketPair}};
  SubmitAndReap(Add(Opcode::kSend, 0, 4));
  SubmitAndReap(Add(Opcode::kSend, 1, 4));
  const uint32_t poll = Add(Opcode::kPoll, 0);
  program_.operations[poll].mode = kPollReadable | kPollWritable;
  SubmitAndReap(poll);
  chooser_.Next("poll.full", 1);
  Run();
  ASSERT_EQ(CompletionOf(poll).completion.result, kPollReadable);
  EXPECT_TRUE(Admits());
  EXPECT_FALSE(Admits({"poll.full"}));
  CompletionOf(poll).completion.result = kPollReadable | kPollWritable;
  EXPECT_TRUE(Admits());
  CompletionOf(poll).completion.result = kPollWritable;
  EXPECT_FALSE(Admits());
}

// What is due may overtake eleven others, without any being late.
TEST_F(DecisionTest, TheLastOfManyFirst) {
  constexpr uint32_t kWrites = 12;
  program_.objects = {{ObjectKind::kFile, 6}};
  for (uint32_t i = 0; i < kWrites; ++i) Add(Opcode::kWrite, 0, 6);
  SubmitAndReap(0, kWrites);
  chooser_.Next("order.next", kWrites - 1);
  Run();
  ASSERT_EQ(observation_.log.completions[0].completion.id.index(), kWrites - 1);
  // The last one's bytes are gone.
  ASSERT_EQ(observation_.result.files[0][0], PatternByte(kWrites - 2, 0));
  EXPECT_TRUE(Admits({"operation.latency", "completion.later"}));
  EXPECT_FALSE(Admits({"operation.latency", "completion.later", "order.next"}));
}

// A receive is cancelled while its bytes are on their way.
TEST_F(DecisionTest, BytesOnTheirWay) {
  personality_ = Personality::kIocp;
  program_.objects = {{ObjectKind::kSocketPair}};
  SubmitAndReap(Add(Opcode::kSend, 1, 10));
  const uint32_t receive = Add(Opcode::kReceive, 0, 1);
  SubmitAndReap(receive);
  Then(StepKind::kCancel, receive);
  SubmitAndReap(Add(Opcode::kReceive, 0, 16));
  Then(StepKind::kDeadline, receive + 1, 50);
  chooser_.Next("stream.delay", 3);
  Run();
  ASSERT_EQ(CompletionOf(receive).completion.result,
            -static_cast<int64_t>(Error::kCancelled));
  ASSERT_EQ(CompletionOf(receive + 1).completion.result, 10);
  EXPECT_TRUE(Admits());
  EXPECT_FALSE(Admits({"stream.delay"}));
}

// Everything else that is seen has to be the same, too.
TEST_F(DecisionTest, TheKernelsOwnErrorAndTheEnd) {
  program_.objects = {{ObjectKind::kSocketPair}};
  const uint32_t receive = Add(Opcode::kReceive, 1, 16);
  SubmitAndReap(receive);
  Then(StepKind::kCancel, receive);
  Run();
  ASSERT_TRUE(Admits());
  CompletionOf(receive).completion.native_error ^= 1;
  EXPECT_FALSE(Admits());
  CompletionOf(receive).completion.native_error ^= 1;
  // One more Reap than the program has.
  observation_.log.reaps.push_back(observation_.log.reaps.back());
  EXPECT_FALSE(Admits());
}

// What the machine has done to an operation explains no more than a part.
class InjectedFaultTest : public DecisionTest {
 protected:
  // The option of that fault.
  static uint32_t OptionOf(OperationClass operation, Error error) {
    const auto faults = sim::FaultsOf(Personality::kIoUring, operation);
    const auto found = std::find_if(
        faults.begin(), faults.end(),
        [error](const auto& fault) { return fault.error == error; });
    EXPECT_NE(found, faults.end()) << ErrorName(error);
    return static_cast<uint32_t>(found - faults.begin()) + 1;
  }
};

TEST_F(InjectedFaultTest, NobodyIsCancelledUnasked) {
  program_.objects = {{ObjectKind::kSocketPair}};
  const uint32_t receive = Add(Opcode::kReceive, 1, 16);
  SubmitAndReap(receive);
  SubmitAndReap(Add(Opcode::kSend, 0, 4));
  chooser_.Next("receive.outcome",
                OptionOf(OperationClass::kReceive, Error::kCancelled));
  Run();
  ASSERT_EQ(CompletionOf(receive).completion.result,
            -static_cast<int64_t>(Error::kCancelled));
  EXPECT_FALSE(Admits());
}

TEST_F(InjectedFaultTest, WhoAskedForACancelIsCancelled) {
  program_.objects = {{ObjectKind::kSocketPair}};
  const uint32_t receive = Add(Opcode::kReceive, 1, 16);
  SubmitAndReap(receive);
  Then(StepKind::kCancel, receive);
  SubmitAndReap(Add(Opcode::kSend, 0, 4));
  Run();
  ASSERT_EQ(CompletionOf(receive).completion.result,
            -static_cast<int64_t>(Error::kCancelled));
  EXPECT_TRUE(Admits());
}

TEST_F(InjectedFaultTest, NoDiskIsBroken) {
  program_.objects = {{ObjectKind::kFile, 6}};
  const uint32_t read = Add(Opcode::kRead, 0, 6);
  SubmitAndReap(read);
  chooser_.Next("read.outcome", OptionOf(OperationClass::kRead, Error::kIo));
  Run();
  ASSERT_EQ(CompletionOf(read).completion.result,
            -static_cast<int64_t>(Error::kIo));
  EXPECT_FALSE(Admits());
}

TEST_F(InjectedFaultTest, APartIsTransferred) {
  program_.objects = {{ObjectKind::kSocketPair}};
  const uint32_t send = Add(Opcode::kSend, 0, 4);
  SubmitAndReap(send);
  chooser_.Next("send.outcome", OptionOf(OperationClass::kSend, Error::kNone));
  chooser_.Next("send.bytes", 1);  // 2 of 3
  Run();
  ASSERT_EQ(CompletionOf(send).completion.result, 2);
  EXPECT_TRUE(Admits());
}

TEST_F(InjectedFaultTest, AFileSystemMayLackAnAllocation) {
  program_.objects = {{ObjectKind::kFile, 6}};
  const uint32_t allocate = Add(Opcode::kAllocate, 0, 100);
  SubmitAndReap(allocate);
  chooser_.Next("allocate.outcome",
                OptionOf(OperationClass::kAllocate, Error::kNotSupported));
  Run();
  ASSERT_EQ(CompletionOf(allocate).completion.result,
            -static_cast<int64_t>(Error::kNotSupported));
  EXPECT_TRUE(Admits());
}

// A table says what one side never showed.
TEST(OutcomeTableTest, TellsWhatIsMissing) {
  PortLog log;
  LoggedOperation operation;
  operation.operation.opcode = Opcode::kRead;
  operation.bytes = 10;
  operation.cancel = CancelPhase::kLater;
  log.operations.push_back(operation);
  LoggedCompletion completion;
  completion.completion.result = 4;
  log.completions.push_back(completion);
  OutcomeTable real;
  real.Add(log);
  log.completions[0].completion.result = -static_cast<int64_t>(Error::kIo);
  OutcomeTable simulated;
  simulated.Add(log);
  EXPECT_EQ(real.Count("Read, part, cancelled later"), 1u);
  const std::string report = OutcomeTable::Report(simulated, real);
  EXPECT_NE(report.find("Read, Io, cancelled later"), std::string::npos);
  EXPECT_LT(report.find("never shown"), report.find("Read, Io"));
  EXPECT_LT(report.find("Read, Io"), report.find("shown by both"));
}

}  // namespace
}  // namespace wharf::differential
