#include "sim/operation_check.h"

#include <array>
#include <cstddef>
#include <optional>

#include "engine/io_vector.h"
#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

class OperationCheckTest : public testing::Test {
 protected:
  OperationCheckTest() {
    for (int i = 0; i < kOpcodeCount; ++i) all_.Add(static_cast<Opcode>(i));
    all_.features = ~uint32_t{0};
    all_.max_vectors = 2;
    all_.max_operation_bytes = 8;
  }

  // A good one: 8 bytes, or one vector of 8 bytes.
  Operation Good(Opcode opcode) {
    Operation operation;
    operation.id = OperationId{1};
    operation.opcode = opcode;
    operation.handle = 3;
    operation.data = memory_.data();
    operation.length = 8;
    operation.mode = kPollReadable;  // Also a good mode for all others.
    if (opcode == Opcode::kOpen) operation.handle = kInvalidNativeHandle;
    if (opcode == Opcode::kReadVectored || opcode == Opcode::kWriteVectored ||
        opcode == Opcode::kSendVectored) {
      operation.data = vectors_.data();
      operation.length = 1;
    }
    return operation;
  }

  std::optional<ViolationKind> Check(const Operation& operation) {
    const std::optional<Violation> broken = CheckOperation(operation, all_);
    if (!broken) return std::nullopt;
    EXPECT_EQ(broken->id, operation.id);
    return broken->kind;
  }

  PortCapabilities all_;
  std::array<std::byte, 16> memory_ = {};
  std::array<IoVector, 3> vectors_ = {IoVector{memory_.data(), 8},
                                      IoVector{memory_.data(), 1},
                                      IoVector{memory_.data(), 1}};
};

TEST_F(OperationCheckTest, EveryOpcodeHasAFormThatIsFine) {
  for (int i = 0; i < kOpcodeCount; ++i) {
    const auto opcode = static_cast<Opcode>(i);
    EXPECT_EQ(Check(Good(opcode)), std::nullopt) << OpcodeName(opcode);
  }
}

TEST_F(OperationCheckTest, FindsReservedBits) {
  Operation operation = Good(Opcode::kNop);
  operation.id.value |= uint64_t{1} << kIdBits;
  EXPECT_EQ(Check(operation), ViolationKind::kReservedIdBits);
}

TEST_F(OperationCheckTest, FindsAnOpcodeThatThePortDoesNotHave) {
  for (int i = 0; i < kOpcodeCount; ++i) {
    const auto opcode = static_cast<Opcode>(i);
    all_.opcodes &= ~(uint64_t{1} << i);
    EXPECT_EQ(Check(Good(opcode)), ViolationKind::kUnsupported);
    all_.Add(opcode);
  }
}

TEST_F(OperationCheckTest, FindsAMissingHandle) {
  Operation operation = Good(Opcode::kSync);
  operation.handle = kInvalidNativeHandle;
  EXPECT_EQ(Check(operation), ViolationKind::kBadOperation);
}

TEST_F(OperationCheckTest, FindsPathsAndAddressesThatAreMissing) {
  for (const Opcode opcode : {Opcode::kOpen, Opcode::kConnect}) {
    Operation operation = Good(opcode);
    operation.data = nullptr;
    EXPECT_EQ(Check(operation), ViolationKind::kBadOperation);
    operation = Good(opcode);
    operation.length = 0;
    EXPECT_EQ(Check(operation), ViolationKind::kBadOperation);
  }
  memory_[8] = std::byte{1};
  EXPECT_EQ(Check(Good(Opcode::kOpen)), ViolationKind::kBadOperation)
      << "no final 0";
}

TEST_F(OperationCheckTest, FindsMemoryThatIsNull) {
  Operation operation = Good(Opcode::kSend);
  operation.data = nullptr;
  EXPECT_EQ(Check(operation), ViolationKind::kBadOperation);
  vectors_[0].base = nullptr;
  EXPECT_EQ(Check(Good(Opcode::kSendVectored)), ViolationKind::kBadOperation);
}

TEST_F(OperationCheckTest, FindsTransfersOfNothing) {
  Operation operation = Good(Opcode::kRead);
  operation.length = 0;
  EXPECT_EQ(Check(operation), ViolationKind::kEmptyTransfer);
  vectors_[0].length = 0;
  EXPECT_EQ(Check(Good(Opcode::kReadVectored)), ViolationKind::kEmptyTransfer);
}

TEST_F(OperationCheckTest, FindsWhatIsBeyondTheLimits) {
  Operation operation = Good(Opcode::kRead);
  operation.length = 9;
  EXPECT_EQ(Check(operation), ViolationKind::kUnsupported);
  operation = Good(Opcode::kSendVectored);
  operation.length = 2;  // Nine bytes in two vectors.
  EXPECT_EQ(Check(operation), ViolationKind::kUnsupported);
  vectors_[0].length = 1;
  EXPECT_EQ(Check(operation), std::nullopt);
  operation.length = 3;  // Vectors.
  EXPECT_EQ(Check(operation), ViolationKind::kUnsupported);
}

TEST_F(OperationCheckTest, FindsFeaturesThatThePortDoesNotHave) {
  all_.features = 0;
  Operation operation = Good(Opcode::kWrite);
  operation.flags = kOperationDurable;
  EXPECT_EQ(Check(operation), ViolationKind::kUnsupported);
  operation = Good(Opcode::kRead);
  operation.offset = kCurrentPosition;
  EXPECT_EQ(Check(operation), ViolationKind::kUnsupported);
  operation = Good(Opcode::kReceive);
  operation.offset = kCurrentPosition;
  EXPECT_EQ(Check(operation), std::nullopt) << "a stream has no position";
  operation = Good(Opcode::kAllocate);
  operation.mode = static_cast<uint32_t>(AllocateMode::kPunchHole);
  EXPECT_EQ(Check(operation), ViolationKind::kUnsupported);
  operation.mode = static_cast<uint32_t>(AllocateMode::kAllocateKeepSize);
  EXPECT_EQ(Check(operation), std::nullopt);
}

TEST_F(OperationCheckTest, FindsModesThatDoNotExist) {
  Operation operation = Good(Opcode::kAllocate);
  operation.mode = 4;
  EXPECT_EQ(Check(operation), ViolationKind::kBadOperation);
  operation = Good(Opcode::kOpen);
  operation.mode = kOpenCreate;
  EXPECT_EQ(Check(operation), ViolationKind::kBadOperation);
  operation.mode = kOpenRead | 256;
  EXPECT_EQ(Check(operation), ViolationKind::kBadOperation);
  operation = Good(Opcode::kShutdown);
  operation.mode = 3;
  EXPECT_EQ(Check(operation), ViolationKind::kBadOperation);
  operation = Good(Opcode::kPoll);
  operation.mode = 0;
  EXPECT_EQ(Check(operation), ViolationKind::kBadOperation);
  operation.mode = kPollReadable | kPollHangUp;
  EXPECT_EQ(Check(operation), ViolationKind::kBadOperation);
}

}  // namespace
}  // namespace wharf::sim
