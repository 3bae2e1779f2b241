#include "backends/posix/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "gtest/gtest.h"

namespace wharf {
namespace {

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) >= 0; }

TEST(AdoptFd, ClosesWhenTheLastCopyIsGone) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  Handle first = AdoptFd(fd);
  EXPECT_EQ(first.native(), fd);
  {
    Handle second = first;
    first.Reset();
    EXPECT_TRUE(IsOpen(fd));
  }
  EXPECT_FALSE(IsOpen(fd));
}

TEST(CloseFd, Closes) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  CloseFd(fd, nullptr);
  EXPECT_FALSE(IsOpen(fd));
}

}  // namespace
}  // namespace wharf
