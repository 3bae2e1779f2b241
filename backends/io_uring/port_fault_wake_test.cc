// The wake: armed, rung, armed again, and what is left when the kernel refuses
// it or the ring polls.

#include <cerrno>
#include <cstdint>
#include <vector>

#include "backends/io_uring/port.h"
#include "backends/io_uring/port_fault_test_util.h"
#include "backends/io_uring/prepare.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using uring::kWakeTag;

TEST_F(PortFaultTest, FirstReapArmsTheWake) {
  Open();
  Reap();
  ASSERT_EQ(kernel_.taken.size(), 1u);
  EXPECT_EQ(kernel_.taken[0].opcode, IORING_OP_POLL_ADD);
  EXPECT_EQ(kernel_.taken[0].user_data, kWakeTag);
  EXPECT_EQ(kernel_.taken[0].len, IORING_POLL_ADD_MULTI);
}

TEST_F(PortFaultTest, WakeEndsTheReapAndIsCoalesced) {
  OpenArmed();
  port_->Wake();
  port_->Wake();
  EXPECT_EQ(kernel_.eventfd_count, 1u);
  kernel_.Post(kWakeTag, 1, IORING_CQE_F_MORE);
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  EXPECT_EQ(kernel_.eventfd_count, 0u);
  port_->Wake();
  EXPECT_EQ(kernel_.eventfd_count, 1u);
}

TEST_F(PortFaultTest, WakeIsArmedAgainWhenItsPollEnds) {
  OpenArmed();
  for (int result : {1, -ECANCELED, 1, -ENOMEM}) {
    kernel_.taken.clear();
    kernel_.Post(kWakeTag, result, 0);
    Reap();
    Reap();
    EXPECT_EQ(kernel_.CountTaken(IORING_OP_POLL_ADD), 1) << result;
  }
}

// The queue is full and the kernel takes nothing when the wake's poll ends.
TEST_F(PortFaultTest, WakeIsArmedAgainThoughTheQueueIsFull_R13) {
  IoUringOptions options;
  options.entries = 2;
  OpenArmed(options);
  Submit({Nop(0), Nop(1)});
  port_->Cancel(OperationId{0});
  kernel_.Post(kWakeTag, 1, 0);
  kernel_.script.assign(1, {.result = -EBUSY, .consume = 0});
  Reap();
  kernel_.script.assign(2, {.result = -EBUSY, .consume = 0});
  Reap(Wait::Forever());
  kernel_.script.clear();
  Reap();
  EXPECT_EQ(kernel_.CountTaken(IORING_OP_POLL_ADD), 1);
}

TEST_F(PortFaultTest, RefusedWakePollsDegradeToAFlagThatReapLooksAt) {
  IoUringOptions options;
  options.close_grace = Duration::zero();
  OpenArmed(options);
  for (int i = 0; i < 8; ++i) {
    kernel_.Post(kWakeTag, -EINVAL, 0);
    Reap();
    Reap();
  }
  EXPECT_EQ(port_->wake_mode(), uring::WakeSource::Mode::kFlagOnly);
  Submit({Nop(1)});
  kernel_.enters.clear();
  int idle = 0;
  kernel_.when_idle = [&] {
    if (++idle == 3) port_->Wake();
  };
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  EXPECT_EQ(idle, 3);
  for (const auto& call : kernel_.enters) {
    EXPECT_TRUE(call.min_complete == 0 || call.timeout >= 0);
  }
  kernel_.when_idle = nullptr;  // `idle` ends before the port does
}

TEST_F(PortFaultTest, PollingPortSleepsOnTheEventFdWhenNothingIsInFlight) {
  IoUringOptions options;
  options.io_poll = true;
  Open(options);
  EXPECT_EQ(port_->wake_mode(), uring::WakeSource::Mode::kFlagOnly);
  Reap(Wait::Until(Time(Duration(kernel_.now + 50))));
  Reap(Wait::Forever());
  EXPECT_EQ(kernel_.eventfd_waits, (std::vector<int64_t>{50, -1}));
}

TEST_F(PortFaultTest, PollingPortHasOnlyWhatIoPollHas) {
  IoUringOptions options;
  options.io_poll = true;
  Open(options);
  const PortCapabilities& capabilities = port_->Capabilities();
  EXPECT_TRUE(capabilities.Has(Opcode::kRead));
  EXPECT_FALSE(capabilities.Has(Opcode::kReceive));
  EXPECT_FALSE(capabilities.Has(Opcode::kPoll));
  EXPECT_FALSE(capabilities.Has(Opcode::kSync));
  EXPECT_FALSE(capabilities.HasFeatures(kFeatureCancel));
}

}  // namespace
}  // namespace wharf
