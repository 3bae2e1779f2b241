// The search itself, without a real kernel: what one run of the simulated
// kernel did is admitted by others, and what it did not do is not.

#include <cstdint>
#include <string>

#include "engine/error.h"
#include "gtest/gtest.h"
#include "sim/profiles.h"
#include "sim/random_chooser.h"
#include "tests/differential/admit.h"
#include "tests/differential/campaign.h"
#include "tests/differential/generate.h"
#include "tests/differential/simulated_world.h"

namespace wharf::differential {
namespace {

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

// Every completion is looked at: its result, its turn, its bytes; and so are
// the files.
TEST_P(SimulatedDifferentialTest, DoesNotAdmitLies) {
  uint64_t lies[4] = {};
  AdmitOptions options = Options();
  options.max_attempts = 20;
  options.alternatives = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Observation observation;
    const Program program = Run(seed, observation);
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
