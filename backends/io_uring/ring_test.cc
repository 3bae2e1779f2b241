#include "backends/io_uring/ring.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include "backends/io_uring/fake_syscalls.h"
#include "backends/io_uring/kernel_abi.h"
#include "backends/io_uring/prepare.h"
#include "gtest/gtest.h"

namespace wharf::uring {
namespace {

TEST(RingSizes, SubmissionQueueLeavesRoomForACancelAndTheWake) {
  IoUringOptions options;
  for (uint32_t entries = 1; entries < 2000; ++entries) {
    options.entries = entries;
    EXPECT_GE(SubmissionEntries(options), entries + 2);
    EXPECT_GE(CompletionEntries(options), 2 * entries + 2);
  }
  options.entries = IoUringOptions::kMaxEntries;
  EXPECT_EQ(SubmissionEntries(options), 4096u);
  EXPECT_EQ(CompletionEntries(options), 65536u);
}

TEST(OpenRing, TakesTheBestFlagsTheKernelKnows) {
  FakeSyscalls kernel;
  struct Row {
    uint32_t unknown;
    uint32_t expected;
  };
  const uint32_t defer =
      IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  const uint32_t all = IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL;
  const uint32_t flag = IORING_SETUP_TASKRUN_FLAG;
  for (Row row :
       {Row{0, all | flag | defer | kSetupNoIndexArray},
        Row{kSetupNoIndexArray, all | flag | defer},
        Row{defer, all | flag | IORING_SETUP_COOP_TASKRUN},
        Row{defer | flag | IORING_SETUP_COOP_TASKRUN, all},
        Row{defer | flag | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL,
            IORING_SETUP_CQSIZE}}) {
    kernel.known_setup_flags = ~row.unknown;
    auto ring = OpenRing({}, kernel);
    ASSERT_TRUE(ring.ok()) << ring.status();
    EXPECT_EQ(ring->setup_flags, row.expected);
    CloseRing(*ring, kernel);
  }
  EXPECT_EQ(kernel.open_rings, 0);
}

TEST(OpenRing, FillsTheIndexArrayWhereThereIsOne) {
  FakeSyscalls kernel;
  kernel.known_setup_flags = ~kSetupNoIndexArray;
  auto ring = OpenRing({.entries = 6}, kernel);
  ASSERT_TRUE(ring.ok()) << ring.status();
  for (unsigned i = 0; i < 8; ++i) EXPECT_EQ(ring->memory.sq.array[i], i);
  CloseRing(*ring, kernel);
}

TEST(OpenRing, OtherErrorsEndTheSearchAtOnce) {
  FakeSyscalls kernel;
  kernel.setup_error = EPERM;
  kernel.disabled_sysctl = 2;
  const absl::Status status = OpenRing({}, kernel).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(kernel.setups.size(), 1u);
}

TEST(OpenRing, RefusesAKernelWithoutBoundedWaits) {
  FakeSyscalls kernel;
  kernel.features &= ~IORING_FEAT_EXT_ARG;
  const absl::Status status = OpenRing({}, kernel).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("5.11"), absl::string_view::npos);
  EXPECT_EQ(kernel.open_fds, 0);
}

TEST(OpenRing, KnowsOnlyTheOpcodesOfTheProbe) {
  FakeSyscalls kernel;
  kernel.last_opcode = IORING_OP_FSYNC;
  auto ring = OpenRing({}, kernel);
  ASSERT_TRUE(ring.ok());
  EXPECT_EQ(ring->opcodes,
            uint64_t{1} << static_cast<int>(Opcode::kNop) |
                uint64_t{1} << static_cast<int>(Opcode::kReadVectored) |
                uint64_t{1} << static_cast<int>(Opcode::kWriteVectored) |
                uint64_t{1} << static_cast<int>(Opcode::kSync));
  EXPECT_FALSE(ring->has_cancel);
  CloseRing(*ring, kernel);
}

TEST(OpenRing, RestrictionsHoldTheListAndThePortsOwnOpcodes) {
  FakeSyscalls kernel;
  IoUringOptions options;
  options.allowed_opcodes = uint64_t{1} << static_cast<int>(Opcode::kRead);
  auto ring = OpenRing(options, kernel);
  ASSERT_TRUE(ring.ok()) << ring.status();
  EXPECT_TRUE(ring->setup_flags & IORING_SETUP_R_DISABLED);
  std::set<int> allowed;
  for (const io_uring_restriction& entry : kernel.restrictions) {
    if (entry.opcode == IORING_RESTRICTION_SQE_OP) allowed.insert(entry.sqe_op);
  }
  EXPECT_EQ(allowed, (std::set<int>{IORING_OP_READ, IORING_OP_POLL_ADD,
                                    IORING_OP_ASYNC_CANCEL}));
  EXPECT_EQ(ring->opcodes, options.allowed_opcodes);
  CloseRing(*ring, kernel);
}

TEST(OpenRing, RefusedRestrictionsAreNotIgnored) {
  FakeSyscalls kernel;
  kernel.restrictions_result = -EINVAL;
  IoUringOptions options;
  options.allowed_opcodes = 1;
  EXPECT_EQ(OpenRing(options, kernel).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(kernel.open_fds, 0);
}

TEST(OpenRing, WorksWithoutARegisteredRing) {
  FakeSyscalls kernel;
  auto ring = OpenRing({}, kernel);
  ASSERT_TRUE(ring.ok());
  EXPECT_EQ(ring->enter_flags, 0u);
  EXPECT_EQ(ring->enter_fd, ring->memory.ring_fd);
  CloseRing(*ring, kernel);
}

}  // namespace
}  // namespace wharf::uring
