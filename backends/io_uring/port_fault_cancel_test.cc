// Cancels: whom they name, that none is lost while the queue is full, and that
// their own completions end nothing.

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "backends/io_uring/port.h"
#include "backends/io_uring/port_fault_test_util.h"
#include "backends/io_uring/prepare.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using uring::kCancelTag;

TEST_F(PortFaultTest, CancelNamesTheWholeIdentityOnce) {
  OpenArmed();
  const uint64_t id = 5 + 3 * kIdGenerationUnit;
  Submit({Nop(id)});
  port_->Cancel(OperationId{id});
  port_->Cancel(OperationId{id});
  port_->Cancel(OperationId{id + kIdGenerationUnit});
  port_->Cancel(OperationId{6});
  Reap();
  ASSERT_EQ(kernel_.taken.size(), 2u);
  EXPECT_EQ(kernel_.taken[1].opcode, IORING_OP_ASYNC_CANCEL);
  EXPECT_EQ(kernel_.taken[1].addr, id);
  EXPECT_EQ(kernel_.taken[1].user_data, kCancelTag | id);
}

TEST_F(PortFaultTest, CancelAcknowledgementNeverEndsTheOperation_U05) {
  OpenArmed();
  Submit({Nop(1)});
  port_->Cancel(OperationId{1});
  for (int result : {0, -ENOENT, -EALREADY, -EINVAL, -EPERM}) {
    kernel_.Post(kCancelTag | 1, result);
    EXPECT_TRUE(Reap().empty());
  }
  kernel_.Post(1, 4096);
  ASSERT_EQ(Reap().size(), 1u);
  // A late acknowledgement changes nothing for the slot's new owner.
  Submit({Nop(1 + kIdGenerationUnit)});
  kernel_.Post(kCancelTag | 1, -ENOENT);
  EXPECT_TRUE(Reap().empty());
  kernel_.Post(1 + kIdGenerationUnit, 0);
  EXPECT_EQ(Reap().size(), 1u);
}

// An operation between two waits is not found, and then waits for ever: the
// port asks again, a little later each time, as long as it is in flight.
TEST_F(PortFaultTest, ARefusedCancelIsAskedForAgain_U05_U06) {
  OpenArmed();
  Submit({Nop(1)});
  port_->Cancel(OperationId{1});
  EXPECT_TRUE(Reap().empty());
  int asked = kernel_.CountTaken(IORING_OP_ASYNC_CANCEL);
  ASSERT_EQ(asked, 1);
  for (const int refusal : {-ENOENT, -EALREADY}) {
    kernel_.Post(kCancelTag | 1, refusal);
    EXPECT_TRUE(Reap().empty());
    EXPECT_TRUE(Reap().empty());
    EXPECT_EQ(kernel_.CountTaken(IORING_OP_ASYNC_CANCEL), asked) << "at once";
    kernel_.now += 100'000'000;
    EXPECT_TRUE(Reap().empty());
    EXPECT_EQ(kernel_.CountTaken(IORING_OP_ASYNC_CANCEL), ++asked);
  }
  kernel_.Post(kCancelTag | 1, -EALREADY);
  kernel_.Post(1, -EINTR);
  EXPECT_EQ(Reap().size(), 1u);
  kernel_.now += 100'000'000;
  EXPECT_TRUE(Reap().empty());
  EXPECT_EQ(kernel_.CountTaken(IORING_OP_ASYNC_CANCEL), asked);
}

// The kernel takes nothing, so cancels pile up beyond the queue.
TEST_F(PortFaultTest, CancelsOutliveAFullQueueAndAreStagedFirst_R21) {
  IoUringOptions options;
  options.entries = 14;  // submission queue of 16
  OpenArmed(options);
  std::vector<Operation> operations;
  for (uint64_t id = 0; id < 14; ++id) operations.push_back(Nop(id));
  ASSERT_EQ(port_->Submit(operations), 14u);
  for (uint64_t id = 0; id < 14; ++id) port_->Cancel(OperationId{id});
  kernel_.script.assign(2, {.result = -EAGAIN, .consume = 0});
  Reap();
  EXPECT_TRUE(kernel_.taken.empty());
  Reap();
  ASSERT_EQ(kernel_.CountTaken(IORING_OP_ASYNC_CANCEL), 14);
  int cancels = 0;
  for (const io_uring_sqe& sqe : kernel_.taken) {
    if (sqe.opcode == IORING_OP_ASYNC_CANCEL) {
      EXPECT_EQ(sqe.addr, static_cast<uint64_t>(cancels++));
    }
  }
}

TEST_F(PortFaultTest, NeverSleepsForLongWhileACancelCannotBeStaged) {
  IoUringOptions options;
  options.entries = 2;
  OpenArmed(options);
  ASSERT_EQ(Submit({Nop(0), Nop(1)}), 2u);
  for (uint64_t id = 0; id < 2; ++id) port_->Cancel(OperationId{id});
  for (int i = 0; i < 3; ++i) {
    kernel_.script.push_back({.result = -EAGAIN, .consume = 0});
  }
  Reap(Wait::Forever());
  for (const auto& call : kernel_.enters) {
    EXPECT_TRUE(call.min_complete == 0 || call.timeout >= 0);
  }
}

// Goal: the list of queued cancels stays within its bound although operations
// end and slots are reused while no cancel can be staged.
TEST_F(PortFaultTest, QueuedCancelOfAnEndedOperationIsDropped_R9) {
  IoUringOptions options;
  options.entries = 2;
  OpenArmed(options);
  Submit({Nop(0), Nop(1)});
  Reap();
  uint64_t generation = 0;
  for (int round = 0; round < 50; ++round) {
    port_->Cancel(OperationId{generation});
    kernel_.Post(generation, 0);
    kernel_.script.assign(4, {.result = -EAGAIN, .consume = 0});
    ASSERT_EQ(Reap().size(), 1u) << round;
    kernel_.script.clear();
    generation += kIdGenerationUnit;
    kernel_.script.assign(4, {.result = -EAGAIN, .consume = 0});
    if (Submit({Nop(generation)}) == 0) {
      kernel_.script.clear();
      ASSERT_EQ(Submit({Nop(generation)}), 1u) << round;
    }
    kernel_.script.clear();
  }
  Reap();
  Reap();
  // No cancel names an operation before it was submitted.
  std::vector<uint64_t> submitted = {0};
  for (const io_uring_sqe& sqe : kernel_.taken) {
    if (sqe.opcode == IORING_OP_NOP) submitted.push_back(sqe.user_data);
    if (sqe.opcode == IORING_OP_ASYNC_CANCEL) {
      EXPECT_NE(std::find(submitted.begin(), submitted.end(), sqe.addr),
                submitted.end());
    }
  }
}

}  // namespace
}  // namespace wharf
