#include "backends/posix/wake_event.h"

#include <cerrno>

#include "absl/status/status.h"
#include "backends/posix/fake_posix_syscalls.h"
#include "gtest/gtest.h"

namespace wharf::posix {
namespace {

class WakeEventTest : public testing::Test {
 protected:
  void Open() { ASSERT_TRUE(wake_.Open().ok()); }

  FakePosixSyscalls<PosixSyscalls> kernel_;
  WakeEvent wake_{kernel_};
};

TEST_F(WakeEventTest, RingsAreCoalescedUntilTaken) {
  Open();
  EXPECT_FALSE(wake_.TakeRung());
  wake_.Ring();
  wake_.Ring();
  EXPECT_EQ(kernel_.eventfd_count, 1u);
  EXPECT_TRUE(wake_.TakeRung());
  EXPECT_FALSE(wake_.TakeRung());
  wake_.Ring();
  EXPECT_EQ(kernel_.eventfd_count, 1u);
}

TEST_F(WakeEventTest, InterruptedWriteAndReadAreRepeated) {
  Open();
  kernel_.eventfd_writes = {-EINTR, -EINTR, 0};
  wake_.Ring();
  EXPECT_EQ(kernel_.eventfd_count, 1u);
  kernel_.eventfd_reads = {-EINTR, 0};
  EXPECT_TRUE(wake_.TakeRung());
  EXPECT_TRUE(kernel_.eventfd_reads.empty());
}

TEST_F(WakeEventTest, SaturatedCounterHasRungAlready) {
  Open();
  kernel_.eventfd_writes = {-EAGAIN};
  wake_.Ring();
  EXPECT_TRUE(wake_.TakeRung());
}

TEST_F(WakeEventTest, OpenSaysWhatToDoWhenDescriptorsRunOut) {
  kernel_.eventfd_result = -EMFILE;
  const absl::Status status = wake_.Open();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(status.message().find("ulimit"), absl::string_view::npos);
}

TEST(WakeEvent, ClosesItsDescriptor) {
  FakePosixSyscalls<PosixSyscalls> kernel;
  {
    ASSERT_TRUE(WakeEvent(kernel).Open().ok());
  }
  EXPECT_EQ(kernel.closed, std::vector<int>{77});
}

}  // namespace
}  // namespace wharf::posix
