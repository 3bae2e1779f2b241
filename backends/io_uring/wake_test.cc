#include "backends/io_uring/wake.h"

#include <cerrno>

#include "backends/io_uring/fake_syscalls.h"
#include "gtest/gtest.h"

namespace wharf::uring {
namespace {

using Mode = WakeSource::Mode;

class WakeSourceTest : public testing::Test {
 protected:
  void Open(Mode mode) { ASSERT_TRUE(wake_.Open(mode).ok()); }
  // One poll that ends with `result`.
  void ArmAndEnd(int32_t result, uint32_t flags = 0) {
    io_uring_sqe sqe;
    if (wake_.NeedsArm()) wake_.Arm(&sqe);
    wake_.OnCompletion(result, flags);
  }

  FakeSyscalls kernel_;
  WakeSource wake_{kernel_};
};

// The ringer has set the flag, another completion's acknowledgement clears it,
// and only then does the ringer write.
TEST_F(WakeSourceTest, WriteAfterItsAcknowledgementDoesNotStayReadable) {
  Open(Mode::kOneShot);
  kernel_.eventfd_count = 1;
  ArmAndEnd(1);
  EXPECT_EQ(kernel_.eventfd_count, 0u);
}

TEST_F(WakeSourceTest, StaysArmedWhileMoreIsToCome) {
  Open(Mode::kMultishot);
  ArmAndEnd(1, IORING_CQE_F_MORE);
  EXPECT_FALSE(wake_.NeedsArm());
  ArmAndEnd(1);
  EXPECT_TRUE(wake_.NeedsArm());
}

TEST_F(WakeSourceTest, PollIsMultishotOrNotAsTheModeSays) {
  io_uring_sqe sqe;
  Open(Mode::kMultishot);
  wake_.Arm(&sqe);
  EXPECT_EQ(sqe.len, IORING_POLL_ADD_MULTI);
  Open(Mode::kOneShot);
  wake_.Arm(&sqe);
  EXPECT_EQ(sqe.len, 0u);
}

TEST_F(WakeSourceTest, RepeatedRefusalsDegradeStepByStep) {
  Open(Mode::kMultishot);
  for (int i = 0; i < 4; ++i) ArmAndEnd(-EINVAL);
  EXPECT_EQ(wake_.mode(), Mode::kOneShot);
  for (int i = 0; i < 4; ++i) ArmAndEnd(-EACCES);
  EXPECT_EQ(wake_.mode(), Mode::kFlagOnly);
  EXPECT_FALSE(wake_.NeedsArm());
}

TEST_F(WakeSourceTest, OccasionalRefusalsDoNotDegrade_R13) {
  Open(Mode::kMultishot);
  for (int i = 0; i < 20; ++i) {
    ArmAndEnd(-ECANCELED);
    ArmAndEnd(-ENOMEM);
    ArmAndEnd(1);
  }
  EXPECT_EQ(wake_.mode(), Mode::kMultishot);
}

}  // namespace
}  // namespace wharf::uring
