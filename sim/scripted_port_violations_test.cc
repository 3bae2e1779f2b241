// What the engine, or the test itself, may not do with a ScriptedPort.

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include "gtest/gtest.h"
#include "sim/scripted_port_test_util.h"

namespace wharf::sim {
namespace {

using std::chrono::milliseconds;

TEST_F(ScriptedPortTest, CatchesOperationsLeftAtClose) {
  ScriptedPort port;
  port.Submit({{Nop(1)}});
  port.Close();
  EXPECT_EQ(Kinds(port), (std::vector{ViolationKind::kLeftAtClose}));
}

TEST_F(ScriptedPortTest, CatchesAnIdentityThatIsStillInFlight) {
  SubmitNops(1, 1);
  port_.Submit({{Nop(1)}});
  ExpectViolations({ViolationKind::kDuplicateId});
  port_.Complete(OperationId{1}, 0);
  ReapSome(port_);
  port_.Complete(OperationId{1}, 0);
  ReapSome(port_);
  SubmitNops(1, 1);  // Free again.
  FinishAll();
}

TEST_F(ScriptedPortTest, CatchesAnIdentityReusedBeforeDelivery) {
  SubmitNops(1, 1);
  port_.Complete(OperationId{1}, 0);
  port_.Submit({{Nop(1)}});
  ExpectViolations({ViolationKind::kDuplicateId});
  ReapSome(port_);
  FinishAll();
}

TEST_F(ScriptedPortTest, CatchesReservedBits) {
  SubmitNops(uint64_t{1} << 62, uint64_t{1} << 62);
  ExpectViolations({ViolationKind::kReservedIdBits});
  FinishAll();
}

TEST_F(ScriptedPortTest, CatchesWhatThePortDoesNotHave) {
  ScriptedPortOptions options;
  options.capabilities = {};
  options.capabilities.max_in_flight = 100;
  options.capabilities.max_operation_bytes = 4;
  options.capabilities.Add(Opcode::kNop);
  options.capabilities.Add(Opcode::kWrite);
  options.capabilities.Add(Opcode::kSendVectored);
  options.capabilities.Add(Opcode::kAllocate);
  Bytes four(4), five(5);
  std::array<IoVector, 2> vectors = {IoVector{four.data(), 1},
                                     IoVector{five.data(), 1}};
  ScriptedPort port(options);

  Operation good = Transfer(1, Opcode::kWrite, four);
  port.Submit({{good}});
  EXPECT_EQ(Describe(port.violations()), "");

  std::vector<Operation> bad;
  bad.push_back(Transfer(2, Opcode::kRead, four));   // No such opcode.
  bad.push_back(Transfer(3, Opcode::kWrite, five));  // Too many bytes.
  bad.push_back(Transfer(4, Opcode::kWrite, four));
  bad.back().flags = kOperationDurable;
  bad.push_back(Transfer(5, Opcode::kWrite, four));
  bad.back().offset = kCurrentPosition;
  bad.push_back(Transfer(6, Opcode::kSendVectored, four));
  bad.back().data = vectors.data();
  bad.back().length = 2;  // Too many vectors.
  bad.push_back(Transfer(7, Opcode::kAllocate, four));
  bad.back().mode = static_cast<uint32_t>(AllocateMode::kPunchHole);
  for (const Operation& operation : bad) {
    port.ClearViolations();
    port.Submit({&operation, 1});
    EXPECT_EQ(Kinds(port), (std::vector{ViolationKind::kUnsupported}))
        << operation.id.value;
  }
}

TEST_F(ScriptedPortTest, CatchesOperationsThatMakeNoSense) {
  Bytes memory(4);
  std::array<IoVector, 1> null_vector = {IoVector{nullptr, 4}};
  ScriptedPort port;

  std::vector<Operation> bad;
  bad.push_back(Transfer(1, Opcode::kWrite, memory));
  bad.back().data = nullptr;
  bad.push_back(Transfer(2, Opcode::kSync, memory));
  bad.back().handle = kInvalidNativeHandle;
  bad.push_back(Transfer(3, Opcode::kAllocate, memory));
  bad.back().mode = 4;
  bad.push_back(Transfer(4, Opcode::kPoll, memory));  // For nothing.
  bad.push_back(Transfer(5, Opcode::kPoll, memory));
  bad.back().mode = kPollReadable | kPollHangUp;
  bad.push_back(Transfer(6, Opcode::kReadVectored, memory));
  bad.back().data = null_vector.data();
  bad.back().length = 1;
  for (const Operation& operation : bad) {
    port.ClearViolations();
    port.Submit({&operation, 1});
    ASSERT_FALSE(port.violations().empty()) << operation.id.value;
    EXPECT_EQ(Kinds(port)[0], ViolationKind::kBadOperation)
        << operation.id.value;
  }
}

TEST_F(ScriptedPortTest, CatchesATransferOfNothing) {
  Bytes nothing;
  port_.Submit({{Transfer(1, Opcode::kRead, nothing)}});
  ExpectViolations({ViolationKind::kEmptyTransfer});
  FinishAll();
}

TEST_F(ScriptedPortTest, CatchesSentMemoryThatChanged) {
  Bytes memory(16);
  port_.Submit({{Transfer(1, Opcode::kSend, memory)}});
  ReapSome(port_);
  memory[7] = std::byte{1};
  ReapSome(port_);
  ExpectViolations({ViolationKind::kMemoryChanged});
  ReapSome(port_);  // Once per change.
  FinishAll();
}

TEST_F(ScriptedPortTest, CatchesMemoryReusedBetweenCompletionAndDelivery) {
  Bytes memory(16);
  port_.Submit({{Transfer(1, Opcode::kReceive, memory)}});
  ReapSome(port_);
  port_.Complete(OperationId{1}, 16);
  memory[0] ^= std::byte{1};
  EXPECT_EQ(ReapSome(port_).size(), 1u);
  ExpectViolations({ViolationKind::kMemoryChanged});
}

TEST_F(ScriptedPortTest, CatchesMemoryReusedDuringTheVeryReapThatDelivers) {
  Bytes memory(16);
  port_.Submit({{Transfer(1, Opcode::kReceive, memory)}});
  port_.After(milliseconds(1), [&] {
    memory[0] ^= std::byte{1};
    port_.Complete(OperationId{1}, 16);
  });
  EXPECT_EQ(ReapSome(port_, Wait::Forever()).size(), 1u);
  ExpectViolations({ViolationKind::kMemoryChanged});
}

TEST_F(ScriptedPortTest, CatchesTwoOperationsThatReadIntoTheSameMemory) {
  Bytes memory(16);
  port_.Submit({{Transfer(1, Opcode::kReceive, memory)}});
  port_.Submit({{Transfer(2, Opcode::kReceive, memory)}});
  ReapSome(port_);
  EXPECT_FALSE(port_.violations().empty());
  FinishAll();
  EXPECT_EQ(Kinds(port_)[0], ViolationKind::kMemoryChanged);
  port_.ClearViolations();
}

TEST_F(ScriptedPortTest, MayLeaveMemoryUnguarded) {
  ScriptedPortOptions options;
  options.guard_memory = false;
  Bytes memory(16);
  ScriptedPort port(options);
  port.Submit({{Transfer(1, Opcode::kReceive, memory)}});
  EXPECT_EQ(memory, Bytes(16));
  port.Complete(OperationId{1}, 0);
  ReapSome(port);
  EXPECT_EQ(Describe(port.violations()), "");
}

TEST_F(ScriptedPortTest, CatchesCallsAfterClose) {
  ScriptedPort port;
  port.Close();
  port.Submit({{Nop(1)}});
  port.Cancel(OperationId{1});
  std::array<Completion, 1> one;
  EXPECT_FALSE(port.Reap(one, Wait::None()).ok());
  EXPECT_EQ(Kinds(port),
            (std::vector<ViolationKind>(3, ViolationKind::kDeadPort)));
}

TEST_F(ScriptedPortTest, CatchesMistakesOfTheScript) {
  Bytes memory(4);
  port_.Submit({{Transfer(1, Opcode::kReceive, memory)}});
  port_.Complete(OperationId{2}, 0);
  ExpectViolations({ViolationKind::kScript});
  port_.CompleteWithBytes(OperationId{1}, Bytes(5));
  ExpectViolations({ViolationKind::kScript});
  port_.Complete(OperationId{1}, 0);
  ExpectViolations({ViolationKind::kScript});
  EXPECT_EQ(ReapSome(port_)[0].result, 4);
}

}  // namespace
}  // namespace wharf::sim
