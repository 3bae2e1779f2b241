// The port on the machine's own kernel: sockets and pipes.

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "backends/io_uring/port.h"
#include "backends/io_uring/port_kernel_test_util.h"
#include "engine/error.h"
#include "engine/io_vector.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

INSTANTIATE_TEST_SUITE_P(Setups, PortKernelTest, EveryRing(), RingKindName);

TEST_P(PortKernelTest, SendsAndReceives) {
  OpenSockets();
  char text[] = "hello";
  EXPECT_EQ(Run(Make(Opcode::kSend, sockets_[0], text, 5)).result, 5);
  char back[16] = {};
  EXPECT_EQ(Run(Make(Opcode::kReceive, sockets_[1], back, 16)).result, 5);
  EXPECT_STREQ(back, "hello");
}

TEST_P(PortKernelTest, SendsVectors) {
  OpenSockets();
  char text[] = "hello";
  std::array<IoVector, 2> pieces = {IoVector{text, 2}, IoVector{text + 3, 2}};
  for (int i = 0; i < 200; ++i) {  // slots for the headers are reused
    EXPECT_EQ(
        Run(Make(Opcode::kSendVectored, sockets_[0], pieces.data(), 2)).result,
        4);
    char back[16] = {};
    ASSERT_EQ(recv(sockets_[1], back, 16, 0), 4);
    EXPECT_STREQ(back, "helo");
  }
}

TEST_P(PortKernelTest, SendToAGonePeerIsAnErrorNotASignal) {
  OpenSockets();
  signal(SIGPIPE, SIG_DFL);
  close(sockets_[1]);
  sockets_[1] = -1;
  char text[] = "x";
  IoVector piece{text, 1};
  EXPECT_EQ(Run(Make(Opcode::kSend, sockets_[0], text, 1)).result,
            Negated(Error::kBrokenPipe));
  EXPECT_EQ(Run(Make(Opcode::kSendVectored, sockets_[0], &piece, 1)).result,
            Negated(Error::kBrokenPipe));
}

// The rule of Request::Write. A kernel thread (SQPOLL) has nobody to tell.
TEST_P(PortKernelTest, AWriteToAPipeWithoutReadersIsAnErrorAndASignal) {
  static int signals;
  signals = 0;
  const auto before = signal(SIGPIPE, [](int) { ++signals; });
  OpenPipe();
  close(pipe_[0]);
  pipe_[0] = -1;
  char text[] = "x";
  EXPECT_EQ(
      Run(Make(Opcode::kWrite, pipe_[1], text, 1, kCurrentPosition)).result,
      Negated(Error::kBrokenPipe));
  EXPECT_EQ(signals, GetParam() == RingKind::kSqPoll ? 0 : 1);
  signal(SIGPIPE, before);
}

TEST_P(PortKernelTest, PipesAreReadAndWrittenAtTheCurrentPosition) {
  OpenPipe();
  char text[] = "pipe";
  EXPECT_EQ(
      Run(Make(Opcode::kWrite, pipe_[1], text, 4, kCurrentPosition)).result, 4);
  char back[8] = {};
  EXPECT_EQ(
      Run(Make(Opcode::kRead, pipe_[0], back, 8, kCurrentPosition)).result, 4);
  EXPECT_EQ(Run(Make(Opcode::kReceive, pipe_[0], back, 8)).result,
            Negated(Error::kNotSocket));
}

TEST_P(PortKernelTest, PollTellsWhatIsReady) {
  OpenSockets();
  EXPECT_EQ(Run(MakePoll(sockets_[0], kPollReadable | kPollWritable)).result,
            kPollWritable);
  ASSERT_EQ(send(sockets_[1], "x", 1, 0), 1);
  EXPECT_EQ(Run(MakePoll(sockets_[0], kPollReadable)).result, kPollReadable);
  close(sockets_[1]);
  sockets_[1] = -1;
  const int64_t events = Run(MakePoll(sockets_[0], kPollReadable)).result;
  EXPECT_TRUE(events & kPollHangUp) << events;
}

TEST_P(PortKernelTest, AcceptsConnectsAndShutsDown) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(listen(listener, 4), 0);
  ASSERT_EQ(
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  sockets_[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(Run(Make(Opcode::kConnect, sockets_[0], &address, sizeof(address)))
                .result,
            0);
  sockets_[1] = static_cast<int>(Run(Make(Opcode::kAccept, listener)).result);
  close(listener);
  ASSERT_GE(sockets_[1], 0);
  EXPECT_EQ(fcntl(sockets_[1], F_GETFD), FD_CLOEXEC);
  Operation shutdown = Make(Opcode::kShutdown, sockets_[0]);
  shutdown.mode = static_cast<uint32_t>(ShutdownSide::kSend);
  EXPECT_EQ(Run(shutdown).result, 0);
  char byte = 0;
  EXPECT_EQ(Run(Make(Opcode::kReceive, sockets_[1], &byte, 1)).result, 0);
}

}  // namespace
}  // namespace wharf
