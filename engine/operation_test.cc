#include "engine/operation.h"

#include <set>
#include <string_view>
#include <type_traits>

#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(OperationTest, EveryOpcodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i < kOpcodeCount; ++i) {
    const std::string_view name = OpcodeName(static_cast<Opcode>(i));
    EXPECT_NE(name, "Unknown") << i;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

TEST(OperationTest, OpcodeCountCoversTheLastOpcode) {
  EXPECT_EQ(OpcodeName(static_cast<Opcode>(kOpcodeCount - 1)), "Connect");
  EXPECT_EQ(OpcodeName(static_cast<Opcode>(kOpcodeCount)), "Unknown");
  EXPECT_EQ(OpcodeName(static_cast<Opcode>(255)), "Unknown");
}

TEST(OperationTest, NamesAreTheEnumeratorsWithoutTheirPrefix) {
  EXPECT_EQ(OpcodeName(Opcode::kNop), "Nop");
  EXPECT_EQ(OpcodeName(Opcode::kReadVectored), "ReadVectored");
  EXPECT_EQ(OpcodeName(Opcode::kSendVectored), "SendVectored");
}

// They are copied into queues and traces as bytes.
TEST(OperationTest, OperationAndCompletionAreTriviallyCopyable) {
  EXPECT_TRUE(std::is_trivially_copyable_v<Operation>);
  EXPECT_TRUE(std::is_trivially_copyable_v<Completion>);
}

TEST(OperationTest, DefaultOperationNamesNoHandle) {
  EXPECT_EQ(Operation().handle, kInvalidNativeHandle);
  EXPECT_EQ(Operation().opcode, Opcode::kNop);
}

}  // namespace
}  // namespace wharf
