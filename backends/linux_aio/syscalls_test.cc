#include "backends/linux_aio/syscalls.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(RealLinuxAioSyscalls, ErrorsAreNegatedErrnos) {
  LinuxAioSyscalls& kernel = RealLinuxAioSyscalls();
  io_context_t context = nullptr;
  EXPECT_EQ(kernel.Setup(0, &context), -EINVAL);
  ASSERT_EQ(kernel.Setup(4, &context), 0);
  std::array<io_event, 1> events;
  const timespec soon{.tv_sec = 0, .tv_nsec = 1};
  EXPECT_EQ(kernel.GetEvents(context, 2, events, &soon), -EINVAL);
  iocb control{};
  control.aio_fildes = -1;
  iocb* controls[] = {&control};
  EXPECT_EQ(kernel.Submit(context, controls), -EBADF);
  EXPECT_EQ(kernel.CancelControl(context, &control), -EINVAL);
  EXPECT_EQ(kernel.Destroy(context), 0);
  EXPECT_EQ(kernel.Destroy(context), -EINVAL);
  EXPECT_EQ(kernel.FileMode(-1), -EBADF);
  EXPECT_EQ(kernel.StatusFlags(-1), -EBADF);
  EXPECT_EQ(kernel.Duplicate(-1), -EBADF);
  EXPECT_EQ(kernel.SetNonBlocking(-1, true), -EBADF);
  EXPECT_EQ(kernel.Open("/no/such/file", O_RDONLY, 0), -ENOENT);
  EXPECT_EQ(kernel.Allocate(-1, 0, 0, 1), -EBADF);
  EXPECT_EQ(kernel.CloseFile(-1), -EBADF);
}

TEST(RealLinuxAioSyscalls, TellsAboutTheMachine) {
  EXPECT_GT(RealLinuxAioSyscalls().AioMaxNr(), 0);
  EXPECT_GE(RealLinuxAioSyscalls().AioNr(), 0);
}

TEST(RealLinuxAioSyscalls, NoneOfTheCallsWaitsForAPeer) {
  LinuxAioSyscalls& kernel = RealLinuxAioSyscalls();
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  int pipes[2];
  ASSERT_EQ(pipe2(pipes, O_CLOEXEC), 0);
  char byte = 'x';
  const iovec piece[] = {{&byte, 1}};
  EXPECT_EQ(kernel.Receive(sockets[0], &byte, 1), -EAGAIN);
  EXPECT_EQ(kernel.Read(pipes[0], piece, RWF_NOWAIT), -EAGAIN);
  EXPECT_EQ(kernel.Poll(sockets[0], POLLIN), 0);
  EXPECT_EQ(kernel.Send(sockets[1], piece), 1);
  EXPECT_EQ(kernel.Poll(sockets[0], POLLIN), POLLIN);
  EXPECT_EQ(kernel.Receive(sockets[0], &byte, 1), 1);
  EXPECT_EQ(kernel.StatusFlags(sockets[0]) & O_NONBLOCK, 0);
  EXPECT_EQ(kernel.SetNonBlocking(sockets[0], true), 0);
  EXPECT_NE(kernel.StatusFlags(sockets[0]) & O_NONBLOCK, 0);
  EXPECT_TRUE(S_ISSOCK(kernel.FileMode(sockets[0])));
  for (const int fd : {sockets[0], sockets[1], pipes[0], pipes[1]}) close(fd);
}

}  // namespace
}  // namespace wharf
