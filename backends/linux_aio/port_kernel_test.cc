// The port on the machine's own kernel: what is particular to Linux AIO. What
// every port must do is in //tests/conformance.

#include <fcntl.h>
#include <pty.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "backends/linux_aio/port.h"
#include "backends/posix/port_kernel_test_util.h"
#include "engine/error.h"
#include "engine/io_vector.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;

class AioPortKernelTest : public PosixPortTest {
 protected:
  // Before the descriptors that its operations use.
  ~AioPortKernelTest() override { port_.reset(); }
  void SetUp() override { Open({}); }

  void Open(const LinuxAioOptions& options) {
    port_.reset();
    auto port = LinuxAioPort::Open(options);
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
  }
  CompletionPort& port() override { return *port_; }

  std::unique_ptr<LinuxAioPort> port_;
};

// A file opened with O_DIRECT, and an aligned block.
class AioDirectTest : public AioPortKernelTest {
 protected:
  static constexpr std::size_t kBlock = 4096;

  void SetUp() override {
    AioPortKernelTest::SetUp();
    std::string path = testing::TempDir() + "/wharf_aio_XXXXXX";
    const int made = mkstemp(path.data());
    ASSERT_GE(made, 0);
    direct_ = open(path.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC);
    ASSERT_GE(direct_, 0) << "no O_DIRECT in " << path << ": errno " << errno;
    unlink(path.c_str());
    close(made);
    block_ = static_cast<char*>(std::aligned_alloc(kBlock, kBlock));
  }
  void TearDown() override {
    port_.reset();
    std::free(block_);
    close(direct_);
  }

  int direct_ = -1;
  char* block_ = nullptr;
};

TEST_F(AioDirectTest, DirectTransfersRunInTheBackground) {
  std::memset(block_, 'd', kBlock);
  EXPECT_EQ(Run(Make(Opcode::kWrite, direct_, block_, kBlock, kBlock)).result,
            static_cast<int64_t>(kBlock));
  std::memset(block_, 0, kBlock);
  EXPECT_EQ(Run(Make(Opcode::kRead, direct_, block_, kBlock, kBlock)).result,
            static_cast<int64_t>(kBlock));
  EXPECT_EQ(std::string_view(block_, kBlock), std::string(kBlock, 'd'));
}

TEST_F(AioDirectTest, RA07_DurableDirectWritesAreTaken) {
  std::memset(block_, 'd', kBlock);
  Operation write = Make(Opcode::kWrite, direct_, block_, kBlock, 0);
  write.flags = kOperationDurable;
  EXPECT_EQ(Run(write).result, static_cast<int64_t>(kBlock));
}

// A file's I/O cannot be cancelled: it ends as if nobody had asked.
TEST_F(AioDirectTest, ACancelOfFileIoChangesNothing_A01) {
  std::memset(block_, 'd', kBlock);
  ASSERT_EQ(pwrite(direct_, block_, kBlock, 0), static_cast<ssize_t>(kBlock));
  for (int i = 0; i < 50; ++i) {
    const Operation read = Make(Opcode::kRead, direct_, block_, kBlock, 0);
    Submit(read);
    std::array<Completion, 1> none;
    ASSERT_TRUE(port_->Reap({none.data(), 0}, Wait::None()).ok());
    port_->Cancel(read.id);
    EXPECT_EQ(ReapOne().result, static_cast<int64_t>(kBlock));
  }
}

// The kernel looks at a pipe's bytes inside io_submit: the port must not let
// it.
TEST_F(AioPortKernelTest, AnEmptyPipeDoesNotBlockTheLoop) {
  OpenPipe();
  char back[4] = {};
  const Operation read =
      Make(Opcode::kRead, pipe_[0], back, 4, kCurrentPosition);
  // With an offset too, which streams ignore.
  const Operation positioned = Make(Opcode::kRead, pipe_[0], back + 2, 2, 0);
  Submit(read);
  Submit(positioned);
  EXPECT_EQ(Reaped(Wait::None()), 0);
  ASSERT_EQ(write(pipe_[1], "ab", 2), 2);
  EXPECT_EQ(ReapOne().result, 2);
  EXPECT_EQ(Reaped(Wait::None()), 0);
  ASSERT_EQ(write(pipe_[1], "cd", 2), 2);
  EXPECT_EQ(ReapOne().result, 2);
  EXPECT_EQ(fcntl(pipe_[0], F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(AioPortKernelTest, AFullPipeDoesNotBlockTheLoop) {
  OpenPipe();
  std::string much(1 << 20, 'p');
  const int64_t first = Run(Make(Opcode::kWrite, pipe_[1], much.data(),
                                 much.size(), kCurrentPosition))
                            .result;
  EXPECT_GT(first, 0);
  EXPECT_LT(first, static_cast<int64_t>(much.size()));
  Submit(Make(Opcode::kWrite, pipe_[1], much.data(), 10, kCurrentPosition));
  EXPECT_EQ(Reaped(Wait::None()), 0);
  ASSERT_GT(read(pipe_[0], much.data(), much.size()), 0);
  EXPECT_EQ(ReapOne().result, 10);
}

// Two wait queues: io_submit refuses to poll it, and RWF_NOWAIT is unknown.
TEST_F(AioPortKernelTest, ATerminalIsReadAndPolled) {
  int master = -1;
  int slave = -1;
  ASSERT_EQ(openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  char back[16] = {};
  Submit(Make(Opcode::kRead, slave, back, 16, kCurrentPosition));
  Submit(MakePoll(slave, kPollReadable));
  EXPECT_EQ(Reaped(Wait::Until(port_->Now() + milliseconds(20))), 0);
  EXPECT_EQ(fcntl(slave, F_GETFL) & O_NONBLOCK, 0);
  ASSERT_EQ(write(master, "line\n", 5), 5);
  // Both ends see it, or the read was first and took it.
  const Completion first = ReapOne();
  if (first.result == kPollReadable) {
    EXPECT_EQ(ReapOne().result, 5);
  } else {
    EXPECT_EQ(first.result, 5);
    port_->Cancel(next_);
    EXPECT_EQ(ReapOne().result, Negated(Error::kCancelled));
  }
  close(master);
  close(slave);
}

TEST_F(AioPortKernelTest, AFifoOpenForBothIsReadAndWritten) {
  char folder[] = "/tmp/wharf_aio_fifo_XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int fifo = open(path.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(fifo, 0);
  unlink(path.c_str());
  rmdir(folder);
  char text[] = "ff";
  char back[4] = {};
  const Operation read = Make(Opcode::kRead, fifo, back, 4, kCurrentPosition);
  Submit(read);
  EXPECT_EQ(Reaped(Wait::None()), 0);
  Submit(Make(Opcode::kWrite, fifo, text, 2, kCurrentPosition));
  EXPECT_EQ(ReapOne().result, 2);
  EXPECT_EQ(ReapOne().result, 2);
  close(fifo);
}

// A local socket's connect waits where nothing can be polled for.
TEST_F(AioPortKernelTest, AConnectWaitsForRoomInTheBacklog) {
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // Abstract: no file to clean up.
  const int length =
      std::snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
                    "wharf-aio-%d", getpid());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 +
                                           static_cast<size_t>(length));
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 0), 0);
  std::array<int, 2> peers = {socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
                              socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  EXPECT_EQ(Run(Make(Opcode::kConnect, peers[0], &address, size)).result, 0);
  Submit(Make(Opcode::kConnect, peers[1], &address, size));
  EXPECT_EQ(Reaped(Wait::Until(port_->Now() + milliseconds(10))), 0);
  const int accepted = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  ASSERT_GE(accepted, 0);
  EXPECT_EQ(ReapOne().result, 0);
  EXPECT_EQ(fcntl(peers[1], F_GETFL) & O_NONBLOCK, 0);
  for (const int fd : {accepted, listener, peers[0], peers[1]}) close(fd);
}

// Twice as many as the kernel's queue has promised room for.
TEST_F(AioPortKernelTest, ATinyContextTakesAllItsOperations_A05) {
  Open({.entries = 3});
  OpenSockets();
  std::array<char, 3> bytes{};
  std::vector<Operation> receives;
  for (char& byte : bytes) {
    receives.push_back(Make(Opcode::kReceive, sockets_[0], &byte, 1));
  }
  ASSERT_EQ(port_->Submit(receives), 3u);
  EXPECT_EQ(port_->Submit(receives), 0u);
  EXPECT_EQ(Reaped(Wait::None()), 0);
  ASSERT_EQ(send(sockets_[1], "abc", 3, 0), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ReapOne().result, 1);
}

TEST_F(AioPortKernelTest, TheSystemsQuotaIsExplained_A06) {
  LinuxAioOptions options;
  options.entries = LinuxAioOptions::kMaxEntries;
  const auto port = LinuxAioPort::Open(options);
  if (port.ok()) return;  // somebody has raised it that far
  EXPECT_EQ(port.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(port.status().message().find("262145 AIO events are needed"),
            absl::string_view::npos)
      << port.status();
}

TEST_F(AioPortKernelTest, TheLoopMayBeOnAnotherThread) {
  char text[] = "x";
  std::thread([&] {
    EXPECT_EQ(Run(Make(Opcode::kWrite, file_, text, 1, 0)).result, 1);
    EXPECT_TRUE(port_->Close().operations_left.empty());
  }).join();
}

// Ports come and go: each gives its events back to the system.
TEST_F(AioPortKernelTest, ClosedPortsGiveTheirEventsBack) {
  port_.reset();
  const int64_t limit = RealLinuxAioSyscalls().AioMaxNr();
  const auto each = static_cast<uint32_t>(limit / 3);
  for (int i = 0; i < 8; ++i) {
    LinuxAioOptions options;
    options.entries = std::min(each, LinuxAioOptions::kMaxEntries);
    const auto port = LinuxAioPort::Open(options);
    ASSERT_TRUE(port.ok()) << i << ": " << port.status();
    EXPECT_TRUE((*port)->Close().operations_left.empty());
  }
}

}  // namespace
}  // namespace wharf
