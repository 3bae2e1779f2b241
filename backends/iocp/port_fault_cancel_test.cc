// Cancels: whom they name, and that only the packet ends an operation.

#include <cstdint>
#include <tuple>

#include "backends/iocp/port_fault_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST_F(PortFaultTest, CancelNamesOneOperationOnce) {
  Open();
  Issue(Make(Opcode::kReceive, kSocket));
  OVERLAPPED* first = kernel_.Last("Receive").overlapped;
  const OperationId id = next_;
  Issue(Make(Opcode::kReceive, kSocket));
  port_->Cancel(id);
  port_->Cancel(id);
  port_->Cancel(OperationId{id.value + 7 * kIdGenerationUnit});
  EXPECT_EQ(kernel_.Count("Cancel"), 1);
  EXPECT_EQ(kernel_.Last("Cancel").overlapped, first);
  EXPECT_EQ(kernel_.Last("Cancel").handle, AsHandle(kSocket));
}

// Known bug R-W1: the block was freed when CancelIoEx said yes.
TEST_F(PortFaultTest, ASuccessfulCancelEndsNothing_W05_RW1) {
  Open({.max_in_flight = 1});
  for (const auto& [status, bytes, result] :
       {std::tuple{kStatusCancelled, 0, Negated(Error::kCancelled)},
        std::tuple{kStatusSuccess, 100, int64_t{100}},
        std::tuple{kStatusConnectionReset, 0,
                   Negated(Error::kConnectionReset)}}) {
    const OperationId id = Issue(Make(Opcode::kReceive, kSocket));
    port_->Cancel(id);
    EXPECT_TRUE(Reap().empty());
    const Operation next = Make(Opcode::kNop);
    EXPECT_EQ(port_->Submit({&next, 1}), 0u);
    kernel_.Complete(kernel_.Last("Receive").overlapped, status,
                     static_cast<uint64_t>(bytes));
    const auto ended = Reap();
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].id, id);
    EXPECT_EQ(ended[0].result, result);
  }
}

// Known bug R-W16: nothing to cancel was taken for nothing to wait for, or
// waited for twice.
TEST_F(PortFaultTest, NothingToCancelMeansThatThePacketIsComing_W06_RW16) {
  Open();
  const OperationId id = Issue(Make(Opcode::kReceive, kSocket));
  kernel_.Script("Cancel", ERROR_NOT_FOUND);
  port_->Cancel(id);
  EXPECT_EQ(port_->stats().cancels_too_late, 1u);
  EXPECT_TRUE(Reap().empty());
  kernel_.Complete(kernel_.Last("Receive").overlapped, kStatusSuccess, 5);
  EXPECT_EQ(Reap().at(0).result, 5);
  EXPECT_TRUE(Reap().empty());
}

TEST_F(PortFaultTest, BytesOfACancelledTransferAreCounted_W07_RW17) {
  Open();
  const OperationId id = Issue(Make(Opcode::kReceive, kSocket));
  port_->Cancel(id);
  kernel_.Complete(kernel_.Last("Receive").overlapped, kStatusCancelled, 40);
  EXPECT_EQ(Reap().at(0).result, 40);
}

// The handle was closed under the operation: aborted, and nobody had asked.
TEST_F(PortFaultTest, AClosedHandleAbortsItsOperations_W08) {
  Open();
  Issue(Make(Opcode::kRead, kPipe));
  kernel_.Complete(kernel_.Last("Read").overlapped, kStatusCancelled, 0);
  const auto ended = Reap();
  EXPECT_EQ(ended.at(0).result, Negated(Error::kCancelled));
  EXPECT_EQ(ended.at(0).native_error, ERROR_OPERATION_ABORTED);
}

TEST_F(PortFaultTest, WhatIsCancelledBeforeItIsIssuedNeverIs) {
  Open();
  const Operation read = Make(Opcode::kRead, kFile);
  const Operation close = Make(Opcode::kClose, kFile);
  EXPECT_EQ(port_->Submit({&read, 1}), 1u);
  EXPECT_EQ(port_->Submit({&close, 1}), 1u);
  port_->Cancel(read.id);
  port_->Cancel(close.id);
  const auto ended = Reap();
  ASSERT_EQ(ended.size(), 2u);
  for (const Completion& completion : ended) {
    EXPECT_EQ(completion.result, Negated(Error::kCancelled));
  }
  EXPECT_EQ(kernel_.Count("Read"), 0);
  EXPECT_TRUE(kernel_.closed.empty());
}

TEST_F(PortFaultTest, WhatHasItsAnswerKeepsIt) {
  Open();
  kernel_.Script("Read", ERROR_DISK_FULL);
  const OperationId id = Issue(Make(Opcode::kRead, kFile));
  port_->Cancel(id);
  EXPECT_EQ(kernel_.Count("Cancel"), 0);
  EXPECT_EQ(Reap().at(0).result, Negated(Error::kNoSpace));
}

// A slot's next owner is not hit by a cancel for the one before.
TEST_F(PortFaultTest, AStaleCancelHitsNobody_R9) {
  Open({.max_in_flight = 1});
  const OperationId old = Issue(Make(Opcode::kReceive, kSocket));
  kernel_.Complete(kernel_.Last("Receive").overlapped, kStatusSuccess, 1);
  EXPECT_EQ(Reap().size(), 1u);
  Issue(Make(Opcode::kReceive, kSocket));
  port_->Cancel(old);
  EXPECT_EQ(kernel_.Count("Cancel"), 0);
}

}  // namespace
}  // namespace wharf
