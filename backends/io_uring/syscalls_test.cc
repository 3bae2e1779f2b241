#include "backends/io_uring/syscalls.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(RealIoUringSyscalls, WaitsForTheEventFd) {
  IoUringSyscalls& kernel = RealIoUringSyscalls();
  const int fd = kernel.OpenEventFd();
  ASSERT_GE(fd, 0);
  EXPECT_EQ(kernel.WaitEventFd(fd, 1'000), 0);
  EXPECT_EQ(kernel.WriteEventFd(fd), 0);
  EXPECT_EQ(kernel.WaitEventFd(fd, -1), 1);
  kernel.Close(fd);
}

TEST(RealIoUringSyscalls, ErrorsAreNegatedErrnos) {
  IoUringSyscalls& kernel = RealIoUringSyscalls();
  EXPECT_EQ(kernel.Enter(-1, 0, 0, 0, nullptr, 0), -EBADF);
  EXPECT_EQ(kernel.Register(1 << 20, IORING_REGISTER_PROBE, nullptr, 0),
            -EBADF);
  io_uring_params params{};
  EXPECT_EQ(kernel.Setup(0, &params), -EINVAL);
}

TEST(RealIoUringSyscalls, TellsAboutTheMachine) {
  IoUringSyscalls& kernel = RealIoUringSyscalls();
  EXPECT_GE(kernel.DisabledSysctl(), -1);
  EXPECT_LE(kernel.DisabledSysctl(), 2);
  EXPECT_GT(kernel.MemlockLimit(), 0u);
}

}  // namespace
}  // namespace wharf
