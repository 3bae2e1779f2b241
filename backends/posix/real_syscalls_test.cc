#include "backends/posix/real_syscalls.h"

#include <cerrno>
#include <cstdint>

#include "gtest/gtest.h"

namespace wharf {
namespace {

class RealPosixSyscallsTest : public testing::Test {
 protected:
  RealPosixSyscalls<PosixSyscalls> kernel_;
};

TEST_F(RealPosixSyscallsTest, EventFdCountsAndEmpties) {
  const int fd = kernel_.OpenEventFd();
  ASSERT_GE(fd, 0);
  EXPECT_EQ(kernel_.ReadEventFd(fd), -EAGAIN);
  EXPECT_EQ(kernel_.WriteEventFd(fd), 0);
  EXPECT_EQ(kernel_.WriteEventFd(fd), 0);
  EXPECT_EQ(kernel_.ReadEventFd(fd), 0);
  EXPECT_EQ(kernel_.ReadEventFd(fd), -EAGAIN);
  kernel_.Close(fd);
  EXPECT_EQ(kernel_.WriteEventFd(fd), -EBADF);
}

TEST_F(RealPosixSyscallsTest, ClockNeverGoesBack) {
  int64_t last = kernel_.MonotonicNanoseconds();
  EXPECT_GT(last, 0);
  for (int i = 0; i < 1000; ++i) {
    const int64_t now = kernel_.MonotonicNanoseconds();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST_F(RealPosixSyscallsTest, TellsTheRelease) {
  EXPECT_FALSE(kernel_.KernelRelease().empty());
}

TEST(ReadSysctl, ReadsANumberOrSaysThatThereIsNone) {
  EXPECT_GT(ReadSysctl("/proc/sys/fs/file-max"), 0);
  EXPECT_EQ(ReadSysctl("/proc/sys/fs/no-such-sysctl"), -1);
}

}  // namespace
}  // namespace wharf
