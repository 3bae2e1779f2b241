// The port on the machine's own kernel: sockets and named pipes.

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "backends/iocp/port_kernel_test_util.h"
#include "engine/io_vector.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST_P(PortKernelTest, ConnectsAndAccepts) {
  const Handle listener = Listen();
  Submit(Make(Opcode::kAccept, listener));
  const OperationId accept_id = next_;
  near_ = MakeSocket();
  Submit(Make(Opcode::kConnect, near_, &address_, sizeof(address_)));
  Completion ends[2] = {ReapOne(), ReapOne()};
  if (ends[0].id != accept_id) std::swap(ends[0], ends[1]);
  ASSERT_GE(ends[0].result, 0);
  EXPECT_EQ(ends[1].result, 0);
  far_ = AdoptSocket(static_cast<uintptr_t>(ends[0].result));
  // Both know their peers, as after a plain connect and accept.
  for (const Handle& end : {near_, far_}) {
    sockaddr_in peer{};
    int length = sizeof(peer);
    EXPECT_EQ(
        getpeername(AsSocket(end), reinterpret_cast<sockaddr*>(&peer), &length),
        0);
  }
  char text[] = "hello";
  char back[8] = {};
  EXPECT_EQ(Run(Make(Opcode::kSend, near_, text, 5)).result, 5);
  EXPECT_EQ(Run(Make(Opcode::kReceive, far_, back, 8)).result, 5);
  EXPECT_STREQ(back, "hello");
}

TEST_P(PortKernelTest, NobodyListens) {
  {
    const Handle listener = Listen();
  }
  near_ = MakeSocket();
  const Completion refused =
      Run(Make(Opcode::kConnect, near_, &address_, sizeof(address_)));
  EXPECT_EQ(refused.result, Negated(Error::kConnectionRefused));
  EXPECT_NE(refused.native_error, 0);
}

// Windows refuses at once, Wine waits for a listen that may come.
TEST_P(PortKernelTest, AnAcceptNeedsAListener) {
  near_ = MakeSocket();
  const Operation accept = Make(Opcode::kAccept, near_);
  Submit(accept);
  port_->Cancel(accept.id);
  EXPECT_LT(ReapOne().result, 0);
}

TEST_P(PortKernelTest, SendsVectorsAndSeesTheEnd) {
  ConnectSockets();
  char text[] = "abcdef";
  std::array<IoVector, 3> pieces = {IoVector{text, 2}, IoVector{text, 0},
                                    IoVector{text + 4, 2}};
  EXPECT_EQ(Run(Make(Opcode::kSendVectored, near_, pieces.data(), 3)).result,
            4);
  char back[8] = {};
  EXPECT_EQ(Run(Make(Opcode::kReceive, far_, back, 8)).result, 4);
  EXPECT_STREQ(back, "abef");
  Operation shutdown = Make(Opcode::kShutdown, near_);
  shutdown.mode = static_cast<uint32_t>(ShutdownSide::kSend);
  EXPECT_EQ(Run(shutdown).result, 0);
  EXPECT_EQ(Run(Make(Opcode::kReceive, far_, back, 8)).result, 0);
}

TEST_P(PortKernelTest, AResetIsAReset_W18) {
  ConnectSockets();
  char back[8];
  Submit(Make(Opcode::kReceive, far_, back, 8));
  linger abort_at_once{1, 0};
  setsockopt(AsSocket(near_), SOL_SOCKET, SO_LINGER,
             reinterpret_cast<char*>(&abort_at_once), sizeof(abort_at_once));
  near_.Reset();
  const Completion reset = ReapOne();
  EXPECT_EQ(reset.result, Negated(Error::kConnectionReset));
  EXPECT_EQ(reset.native_error, WSAECONNRESET);
}

TEST_P(PortKernelTest, ASocketIsClosedThroughThePort) {
  ConnectSockets();
  const NativeHandle native = near_.native();
  near_.Disown();
  EXPECT_EQ(Run(Make(Opcode::kClose, native)).result, 0);
  EXPECT_FALSE(IsSocket(reinterpret_cast<void*>(native)));
}

TEST_P(PortKernelTest, PipesTransferAndEnd) {
  ConnectPipe();
  char text[] = "hello";
  char back[8] = {};
  // The offset is of no use to a pipe.
  EXPECT_EQ(Run(Make(Opcode::kWrite, far_, text, 5, 7)).result, 5);
  EXPECT_EQ(Run(Make(Opcode::kRead, near_, back, 8, 99)).result, 5);
  EXPECT_STREQ(back, "hello");
  Submit(Make(Opcode::kRead, near_, back, 8));
  far_.Reset();
  EXPECT_EQ(ReapOne().result, 0);
  EXPECT_EQ(Run(Make(Opcode::kRead, near_, back, 8)).result, 0);
  const Completion broken = Run(Make(Opcode::kWrite, near_, text, 5));
  EXPECT_EQ(broken.result, Negated(Error::kBrokenPipe));
  EXPECT_NE(broken.native_error, 0);
}

// Seed 2's message larger than the buffer, and known bug R-W9.
TEST_P(PortKernelTest, AMessageIsReadInParts_W19_RW9) {
  ConnectPipe(PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE);
  char text[] = "hello world!";
  char back[16] = {};
  EXPECT_EQ(Run(Make(Opcode::kWrite, far_, text, 12)).result, 12);
  const Completion first = Run(Make(Opcode::kRead, near_, back, 5));
  EXPECT_EQ(first.result, 5);
  EXPECT_EQ(first.native_error, 0);
  EXPECT_EQ(Run(Make(Opcode::kRead, near_, back + 5, 11)).result, 7);
  EXPECT_STREQ(back, "hello world!");
  // The same for a read that was there first.
  Submit(Make(Opcode::kRead, near_, back, 5));
  const OperationId read_id = next_;
  Submit(Make(Opcode::kWrite, far_, text, 12));
  Completion ends[2] = {ReapOne(), ReapOne()};
  if (ends[0].id != read_id) std::swap(ends[0], ends[1]);
  EXPECT_EQ(ends[0].result, 5);
  EXPECT_EQ(ends[1].result, 12);
  EXPECT_EQ(port_->stats().unknown_packets, 0u);
}

// Seed 2's CloseWrite: the other direction goes on.
TEST_P(PortKernelTest, AMessagePipesSendingSideEnds) {
  ConnectPipe(PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE);
  char text[] = "bye";
  char back[8] = {};
  EXPECT_EQ(Run(Make(Opcode::kWrite, far_, text, 3)).result, 3);
  Operation end = Make(Opcode::kShutdown, far_);
  end.mode = static_cast<uint32_t>(ShutdownSide::kSend);
  EXPECT_EQ(Run(end).result, 0);
  EXPECT_EQ(Run(Make(Opcode::kRead, near_, back, 8)).result, 3);
  EXPECT_EQ(Run(Make(Opcode::kRead, near_, back, 8)).result, 0);
  EXPECT_EQ(Run(Make(Opcode::kWrite, near_, text, 3)).result, 3);
  EXPECT_EQ(Run(Make(Opcode::kRead, far_, back, 8)).result, 3);
  // A read that was there first.
  Submit(Make(Opcode::kRead, near_, back, 8));
  const OperationId read = next_;
  end.id = next_ = OperationId{next_.value + kIdGenerationUnit};
  Submit(end);
  Completion ends[2] = {ReapOne(), ReapOne()};
  if (ends[0].id != read) std::swap(ends[0], ends[1]);
  EXPECT_EQ(ends[0].result, 0);
  EXPECT_EQ(ends[1].result, 0);
  EXPECT_EQ(port_->stats().unknown_packets, 0u);
}

TEST_P(PortKernelTest, APipeOfBytesHasNoSidesToEnd) {
  ConnectPipe();
  Operation end = Make(Opcode::kShutdown, far_);
  end.mode = static_cast<uint32_t>(ShutdownSide::kSend);
  EXPECT_EQ(Run(end).result, Negated(Error::kNotSocket));
}

// Seed 0: ConnectNamedPipe, then ReadFile.
TEST_P(PortKernelTest, AcceptsAPipeClientThatComesLater) {
  const Handle server = MakePipe();
  Submit(Make(Opcode::kAccept, server));
  EXPECT_EQ(ReapFor(std::chrono::milliseconds(20)), 0u);
  far_ = OpenByName(PipeName(), FILE_FLAG_OVERLAPPED);
  const int64_t connection = ReapOne().result;
  ASSERT_GE(connection, 0);
  near_ = AdoptHandle(reinterpret_cast<void*>(connection));
  char text[] = "hi";
  char back[8] = {};
  EXPECT_EQ(Run(Make(Opcode::kWrite, far_, text, 2)).result, 2);
  EXPECT_EQ(Run(Make(Opcode::kRead, near_, back, 8)).result, 2);
}

TEST_P(PortKernelTest, AcceptsAPipeClientThatCameOrWent_RW15) {
  const Handle server = MakePipe();
  far_ = OpenByName(PipeName(), FILE_FLAG_OVERLAPPED);
  near_ = AdoptHandle(
      reinterpret_cast<void*>(Run(Make(Opcode::kAccept, server)).result));
  char text[] = "hi";
  EXPECT_EQ(Run(Make(Opcode::kWrite, near_, text, 2)).result, 2);
  const Handle other = MakePipe();
  {
    const Handle gone = OpenByName(PipeName(), FILE_FLAG_OVERLAPPED);
  }
  const int64_t connection = Run(Make(Opcode::kAccept, other)).result;
  ASSERT_GE(connection, 0);
  far_ = AdoptHandle(reinterpret_cast<void*>(connection));
  char back[8];
  EXPECT_EQ(Run(Make(Opcode::kRead, far_, back, 8)).result, 0);
}

// Dialling, as go-winio's G12 has it: unknown fails at once, busy says so.
TEST_P(PortKernelTest, OpeningAPipeSaysWhyNot) {
  std::string name;
  for (wchar_t unit : PipeName()) name += static_cast<char>(unit);
  Operation open = Make(Opcode::kOpen, -1, name.data(), name.size());
  open.mode = kOpenRead | kOpenWrite;
  EXPECT_EQ(Run(open).result, Negated(Error::kNotFound));
  near_ = MakePipe();
  const int64_t client = Run(open).result;
  ASSERT_GE(client, 0);
  far_ = AdoptHandle(reinterpret_cast<void*>(client));
  EXPECT_EQ(Run(open).result, Negated(Error::kBusy));
  char text[] = "hi";
  EXPECT_EQ(Run(Make(Opcode::kWrite, far_, text, 2)).result, 2);
}

}  // namespace
}  // namespace wharf
