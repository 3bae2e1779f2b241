// The port on the machine's own kernel, on rings of the tests' own: overflow,
// restrictions, injected results, polling, many at once.

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "backends/io_uring/kernel_abi.h"
#include "backends/io_uring/port.h"
#include "backends/io_uring/port_kernel_test_util.h"
#include "engine/error.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

// Turns each staged NOP into one that completes with `result`, on the way into
// the real kernel (IORING_NOP_INJECT_RESULT).
class InjectingSyscalls final : public IoUringSyscalls {
 public:
  int32_t result = 0;

  int Setup(unsigned entries, io_uring_params* params) override {
    return real_.Setup(entries, params);
  }
  int Map(int fd, io_uring_params* params, io_uring* ring) override {
    const int mapped = real_.Map(fd, params, ring);
    ring_ = *ring;
    return mapped;
  }
  void UnmapAndClose(io_uring* ring) override { real_.UnmapAndClose(ring); }
  int Enter(int fd, unsigned to_submit, unsigned min_complete, unsigned flags,
            const void* argument, std::size_t size) override {
    for (unsigned i = 0; i < to_submit; ++i) {
      const unsigned place = (*ring_.sq.khead + i) & *ring_.sq.kring_mask;
      io_uring_sqe& sqe = ring_.sq.sqes[place];
      if (sqe.opcode != IORING_OP_NOP) continue;
      sqe.rw_flags = static_cast<int>(uring::kNopInjectResult);
      sqe.len = static_cast<uint32_t>(result);
    }
    return real_.Enter(fd, to_submit, min_complete, flags, argument, size);
  }
  int Register(int fd, unsigned opcode, void* argument,
               unsigned count) override {
    return real_.Register(fd, opcode, argument, count);
  }
  int OpenEventFd() override { return real_.OpenEventFd(); }
  int ReadEventFd(int fd) override { return real_.ReadEventFd(fd); }
  int WriteEventFd(int fd) override { return real_.WriteEventFd(fd); }
  int WaitEventFd(int fd, int64_t nanoseconds) override {
    return real_.WaitEventFd(fd, nanoseconds);
  }
  void Close(int fd) override { real_.Close(fd); }
  int64_t MonotonicNanoseconds() override {
    return real_.MonotonicNanoseconds();
  }
  std::string KernelRelease() override { return real_.KernelRelease(); }
  int DisabledSysctl() override { return real_.DisabledSysctl(); }
  uint64_t MemlockLimit() override { return real_.MemlockLimit(); }

 private:
  IoUringSyscalls& real_ = RealIoUringSyscalls();
  io_uring ring_{};
};

class PortKernelSetupTest : public PortKernelTest {
 protected:
  void SetUp() override {}
};
INSTANTIATE_TEST_SUITE_P(One, PortKernelSetupTest,
                         testing::Values(RingKind::kDefault));

// Twelve completions and a wake for a queue of eight.
TEST_P(PortKernelSetupTest, OverflowingCompletionsAllArriveInOrder_U27) {
  OpenSockets();
  IoUringOptions options;
  options.entries = 6;
  options.completion_factor = 1;
  Open(options);
  std::vector<OperationId> ids;
  for (int i = 0; i < 6; ++i) {
    const Operation poll = MakePoll(sockets_[0], kPollReadable);
    ids.push_back(poll.id);
    Submit(poll);
  }
  EXPECT_EQ(Reaped(Wait::None()), 0);
  for (OperationId id : ids) port_->Cancel(id);
  port_->Wake();
  for (OperationId id : ids) {
    const Completion completion = ReapOne();
    EXPECT_EQ(completion.id, id);
    EXPECT_EQ(completion.result, Negated(Error::kCancelled));
  }
}

TEST_P(PortKernelSetupTest, RestrictionsAreTheKernelsOwn) {
  OpenSockets();
  IoUringOptions options;
  options.allowed_opcodes = uint64_t{1} << static_cast<int>(Opcode::kNop) |
                            uint64_t{1} << static_cast<int>(Opcode::kRead);
  Open(options);
  EXPECT_FALSE(port_->Capabilities().Has(Opcode::kWrite));
  EXPECT_FALSE(port_->Capabilities().Has(Opcode::kPoll));
  char text[] = "x";
  EXPECT_EQ(Run(Make(Opcode::kWrite, file_, text, 1, 0)).result,
            Negated(Error::kAccessDenied));
  EXPECT_EQ(FileSize(), 0);
  EXPECT_LT(Run(MakePoll(sockets_[0], kPollWritable)).result, 0);
  EXPECT_EQ(Run(Make(Opcode::kRead, file_, text, 1, 0)).result, 0);
  port_->Wake();
  EXPECT_EQ(Reaped(Wait::Forever()), 0);
}

TEST_P(PortKernelSetupTest, AnyResultIsPassedOn) {
  InjectingSyscalls syscalls;
  IoUringOptions options;
  Open(options, syscalls);
  struct Row {
    int32_t injected;
    int64_t expected;
  };
  for (Row row : {Row{4096, 4096}, Row{-EIO, Negated(Error::kIo)},
                  Row{-EAGAIN, Negated(Error::kWouldBlock)},
                  Row{-EINTR, Negated(Error::kInterrupted)},
                  Row{-512, Negated(Error::kInterrupted)},
                  Row{-ECANCELED, Negated(Error::kCancelled)},
                  Row{-133, Negated(Error::kUnknown)}}) {
    syscalls.result = row.injected;
    const Completion completion = Run(Make(Opcode::kNop, -1));
    EXPECT_EQ(completion.result, row.expected) << row.injected;
    EXPECT_EQ(completion.native_error, row.injected < 0 ? -row.injected : 0);
  }
  port_.reset();
}

TEST_P(PortKernelSetupTest, PollingRingOpensOrSaysWhy) {
  IoUringOptions options;
  options.io_poll = true;
  auto port = IoUringPort::Open(options);
  ASSERT_TRUE(port.ok()) << port.status();
  port_ = *std::move(port);
  EXPECT_EQ(Run(Make(Opcode::kNop, -1)).result, 0);
  // A buffered file cannot be polled for.
  char byte = 0;
  EXPECT_LT(Run(Make(Opcode::kRead, file_, &byte, 1, 0)).result, 0);
  port_->Wake();
  EXPECT_EQ(Reaped(Wait::Forever()), 0);
}

TEST_P(PortKernelSetupTest, ManyCancelledReceivesAllComeBack) {
  IoUringOptions options;
  options.entries = 500;
  Open(options);
  OpenSockets();
  std::vector<OperationId> ids;
  std::vector<char> bytes(500);
  for (char& byte : bytes) {
    Operation receive = Make(Opcode::kReceive, sockets_[0], &byte, 1);
    receive.id.value += ids.size() * 7919 % 100'000;  // colliding indexes too
    ids.push_back(receive.id);
    Submit(receive);
  }
  Reaped(Wait::None());
  for (OperationId id : ids) port_->Cancel(id);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ASSERT_EQ(ReapOne().result, Negated(Error::kCancelled)) << i;
  }
}

TEST_P(PortKernelSetupTest, CloseBringsBackMany) {
  IoUringOptions options;
  options.entries = 300;
  Open(options);
  OpenSockets();
  for (int i = 0; i < 300; ++i) Submit(MakePoll(sockets_[0], kPollReadable));
  Reaped(Wait::None());
  const Time start = port_->Now();
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_LT(port_->Now() - start, std::chrono::seconds(4));
}

}  // namespace
}  // namespace wharf
