#include "tests/differential/generate.h"

#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sim/kernel/personality.h"

namespace wharf::differential {
namespace {

using sim::CapabilitiesOf;
using sim::Personality;

constexpr uint64_t kSeeds = 500;

TEST(GenerateTest, ASeedGivesOneProgram) {
  const PortCapabilities all = CapabilitiesOf(Personality::kIoUring, 64);
  std::set<std::string> programs;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::string text = Describe(Generate(seed, all));
    EXPECT_EQ(text, Describe(Generate(seed, all)));
    programs.insert(text.substr(text.find('\n')));
  }
  EXPECT_GT(programs.size(), kSeeds - 10);
}

// Small, each operation submitted once, each handle made and closed at most
// once, nothing out of range.
TEST(GenerateTest, ProgramsAreWellFormed) {
  const PortCapabilities all = CapabilitiesOf(Personality::kIoUring, 64);
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program program = Generate(seed, all);
    SCOPED_TRACE(Describe(program));
    EXPECT_EQ(program.seed, seed);
    EXPECT_FALSE(program.objects.empty());
    EXPECT_LE(program.objects.size(), 7u);
    EXPECT_LE(program.operations.size(), 48u);
    uint32_t submitted = 0;
    for (const Step& step : program.steps) {
      if (step.kind == StepKind::kSubmit) {
        EXPECT_EQ(step.first, submitted);
        EXPECT_GT(step.count, 0u);
        submitted += step.count;
      } else if (step.kind == StepKind::kCancel ||
                 step.kind == StepKind::kDeadline) {
        EXPECT_LT(step.first, submitted);
      }
    }
    EXPECT_EQ(submitted, program.operations.size());
    std::set<uint16_t> made;
    std::set<uint16_t> closed;
    for (const ProgramOperation& operation : program.operations) {
      if (operation.handle != kNoHandle) {
        EXPECT_LT(operation.handle, program.handles);
        EXPECT_FALSE(closed.contains(operation.handle));
      }
      if (operation.makes != kNoHandle) {
        EXPECT_LT(operation.makes, program.handles);
        EXPECT_TRUE(made.insert(operation.makes).second);
      }
      if (operation.opcode == Opcode::kClose) closed.insert(operation.handle);
    }
  }
}

// Nothing that a port lacks; and what it has comes up.
TEST(GenerateTest, ProgramsKeepToTheCapabilities) {
  for (const Personality personality :
       {Personality::kIoUring, Personality::kLinuxAio, Personality::kIocp}) {
    const PortCapabilities have = CapabilitiesOf(personality, 64);
    uint64_t used = 0;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      for (const ProgramOperation& operation :
           Generate(seed, have).operations) {
        EXPECT_TRUE(have.Has(operation.opcode)) << OpcodeName(operation.opcode);
        used |= uint64_t{1} << static_cast<int>(operation.opcode);
      }
    }
    EXPECT_EQ(used, have.opcodes);
  }
  PortCapabilities bare = CapabilitiesOf(Personality::kIoUring, 64);
  bare.features = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program program = Generate(seed, bare);
    for (const Step& step : program.steps) {
      EXPECT_NE(step.kind, StepKind::kCancel);
      EXPECT_NE(step.kind, StepKind::kDeadline);
    }
    for (const ProgramOperation& operation : program.operations) {
      EXPECT_NE(operation.offset, kCurrentPosition);
      EXPECT_EQ(operation.flags & kOperationDurable, 0);
    }
  }
}

}  // namespace
}  // namespace wharf::differential
