// The port on the machine's own kernel: every opcode on real files, sockets and
// pipes, cancel, wake, overflow, restrictions, close.

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "backends/io_uring/kernel_abi.h"
#include "backends/io_uring/port.h"
#include "engine/error.h"
#include "engine/io_vector.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;

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

// The ways to set a ring up; every test below runs on each.
enum class RingKind { kDefault, kPlain, kSqPoll, kTiny };

class PortKernelTest : public testing::TestWithParam<RingKind> {
 protected:
  PortKernelTest() {
    char path[] = "/tmp/wharf_uring_XXXXXX";
    file_ = mkstemp(path);
    unlink(path);
  }
  ~PortKernelTest() override {
    port_.reset();
    for (int fd : {file_, sockets_[0], sockets_[1], pipe_[0], pipe_[1]}) {
      if (fd >= 0) close(fd);
    }
  }
  void SetUp() override { Open(OptionsOf(GetParam())); }

  static IoUringOptions OptionsOf(RingKind kind) {
    IoUringOptions options;
    switch (kind) {
      case RingKind::kDefault:
        break;
      case RingKind::kPlain:
        options.defer_task_work = false;
        options.register_ring = false;
        break;
      case RingKind::kSqPoll:
        options.sq_poll = true;
        options.sq_poll_idle = milliseconds(1);
        break;
      case RingKind::kTiny:
        options.entries = 1;
        break;
    }
    return options;
  }

  void Open(const IoUringOptions& options,
            IoUringSyscalls& syscalls = RealIoUringSyscalls()) {
    port_.reset();
    auto port = IoUringPort::Open(options, syscalls);
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
  }
  void OpenSockets() {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets_), 0);
  }
  void OpenPipe() { ASSERT_EQ(pipe2(pipe_, O_CLOEXEC), 0); }

  Operation Make(Opcode opcode, int fd, void* data = nullptr,
                 uint64_t length = 0, uint64_t offset = 0) {
    Operation operation;
    operation.id = next_ = OperationId{next_.value + kIdGenerationUnit};
    operation.opcode = opcode;
    operation.handle = fd;
    operation.data = data;
    operation.length = length;
    operation.offset = offset;
    return operation;
  }
  Operation MakePoll(int fd, uint32_t events) {
    Operation operation = Make(Opcode::kPoll, fd);
    operation.mode = events;
    return operation;
  }
  void Submit(const Operation& operation) {
    for (int i = 0; port_->Submit({&operation, 1}) == 0; ++i) {
      ASSERT_LT(i, 1000);
      std::array<Completion, 1> none;
      ASSERT_TRUE(port_->Reap({none.data(), 0}, Wait::None()).ok());
    }
  }
  // The next completion, or one with id 0 after five seconds.
  Completion ReapOne() {
    const Time end = port_->Now() + std::chrono::seconds(5);
    std::array<Completion, 1> completions;
    while (port_->Now() < end) {
      auto count = port_->Reap(completions, Wait::Until(end));
      EXPECT_TRUE(count.ok()) << count.status();
      if (!count.ok()) break;
      if (*count == 1) return completions[0];
    }
    ADD_FAILURE() << "no completion";
    return {};
  }
  // Submits one operation and returns its completion.
  Completion Run(const Operation& operation) {
    Submit(operation);
    Completion completion = ReapOne();
    EXPECT_EQ(completion.id, operation.id);
    return completion;
  }
  int64_t Reaped(Wait wait) {
    std::array<Completion, 16> completions;
    auto count = port_->Reap(completions, wait);
    EXPECT_TRUE(count.ok()) << count.status();
    return count.ok() ? static_cast<int64_t>(*count) : -1;
  }
  int64_t FileSize() const {
    struct stat status;
    EXPECT_EQ(fstat(file_, &status), 0);
    return status.st_size;
  }
  std::string FileContents() const {
    std::string contents(static_cast<std::size_t>(FileSize()), '?');
    EXPECT_EQ(pread(file_, contents.data(), contents.size(), 0),
              static_cast<ssize_t>(contents.size()));
    return contents;
  }

  std::unique_ptr<IoUringPort> port_;
  OperationId next_{0};
  int file_ = -1;
  int sockets_[2] = {-1, -1};
  int pipe_[2] = {-1, -1};
};

std::string RingKindName(const testing::TestParamInfo<RingKind>& info) {
  constexpr const char* kNames[] = {"Default", "Plain", "SqPoll", "Tiny"};
  return kNames[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Setups, PortKernelTest,
                         testing::Values(RingKind::kDefault, RingKind::kPlain,
                                         RingKind::kSqPoll, RingKind::kTiny),
                         RingKindName);

constexpr int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

TEST_P(PortKernelTest, NopCompletes) {
  EXPECT_EQ(Run(Make(Opcode::kNop, -1)).result, 0);
}

TEST_P(PortKernelTest, WritesAndReadsAtAnOffset) {
  char text[] = "abcdef";
  EXPECT_EQ(Run(Make(Opcode::kWrite, file_, text, 6, 2)).result, 6);
  EXPECT_EQ(FileContents(), std::string("\0\0abcdef", 8));
  char back[16] = {};
  EXPECT_EQ(Run(Make(Opcode::kRead, file_, back, 16, 4)).result, 4);
  EXPECT_STREQ(back, "cdef");
  EXPECT_EQ(Run(Make(Opcode::kRead, file_, back, 16, 100)).result, 0);
}

TEST_P(PortKernelTest, CurrentPositionAdvances_R27) {
  char text[] = "abcd";
  EXPECT_EQ(Run(Make(Opcode::kWrite, file_, text, 2, kCurrentPosition)).result,
            2);
  EXPECT_EQ(
      Run(Make(Opcode::kWrite, file_, text + 2, 2, kCurrentPosition)).result,
      2);
  EXPECT_EQ(FileContents(), "abcd");
  EXPECT_EQ(lseek(file_, 0, SEEK_CUR), 4);
}

TEST_P(PortKernelTest, WritesAndReadsVectors) {
  char text[] = "abcdef";
  std::array<IoVector, 2> pieces = {IoVector{text, 2}, IoVector{text + 4, 2}};
  EXPECT_EQ(
      Run(Make(Opcode::kWriteVectored, file_, pieces.data(), 2, 0)).result, 4);
  EXPECT_EQ(FileContents(), "abef");
  char back[6] = {};
  pieces = {IoVector{back + 3, 3}, IoVector{back, 1}};
  EXPECT_EQ(Run(Make(Opcode::kReadVectored, file_, pieces.data(), 2, 0)).result,
            4);
  EXPECT_EQ(std::string_view(back, 6), std::string_view("f\0\0abe", 6));
}

TEST_P(PortKernelTest, DurableWriteAndSyncs) {
  char text[] = "x";
  Operation write = Make(Opcode::kWrite, file_, text, 1, 0);
  write.flags = kOperationDurable;
  EXPECT_EQ(Run(write).result, 1);
  EXPECT_EQ(Run(Make(Opcode::kSync, file_)).result, 0);
  Operation sync = Make(Opcode::kSync, file_);
  sync.flags = kOperationDataOnly;
  EXPECT_EQ(Run(sync).result, 0);
  OpenPipe();
  EXPECT_EQ(Run(Make(Opcode::kSync, pipe_[0])).result,
            Negated(Error::kInvalidArgument));
}

TEST_P(PortKernelTest, AllocateModesDoWhatTheySay) {
  auto allocate = [&](AllocateMode mode, uint64_t offset, uint64_t length) {
    Operation operation =
        Make(Opcode::kAllocate, file_, nullptr, length, offset);
    operation.mode = static_cast<uint32_t>(mode);
    return Run(operation).result;
  };
  EXPECT_EQ(allocate(AllocateMode::kAllocate, 0, 8192), 0);
  EXPECT_EQ(FileSize(), 8192);
  EXPECT_EQ(allocate(AllocateMode::kAllocateKeepSize, 8192, 4096), 0);
  EXPECT_EQ(FileSize(), 8192);
  const std::string text(8192, 'x');
  ASSERT_EQ(pwrite(file_, text.data(), text.size(), 0), 8192);
  EXPECT_EQ(allocate(AllocateMode::kPunchHole, 0, 4096), 0);
  EXPECT_EQ(FileContents(), std::string(4096, '\0') + std::string(4096, 'x'));
  const int64_t zeroed = allocate(AllocateMode::kZeroRange, 4096, 8192);
  if (zeroed != Negated(Error::kNotSupported)) {  // tmpfs has no zero range
    EXPECT_EQ(zeroed, 0);
    EXPECT_EQ(FileContents(), std::string(12288, '\0'));
  }
}

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

TEST_P(PortKernelTest, OpensAndClosesFiles) {
  char path[] = "/tmp/wharf_uring_open_XXXXXX";
  const int made = mkstemp(path);
  ASSERT_GE(made, 0);
  close(made);
  Operation open = Make(Opcode::kOpen, -1, path, std::strlen(path));
  open.mode = kOpenRead | kOpenWrite | kOpenCreate | kOpenExclusive;
  open.offset = 0600;
  EXPECT_EQ(Run(open).result, Negated(Error::kExists));
  unlink(path);
  open.id = open.id.Next();
  Submit(open);
  const int fd = static_cast<int>(ReapOne().result);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  struct stat status;
  ASSERT_EQ(fstat(fd, &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  next_ = open.id;
  EXPECT_EQ(Run(Make(Opcode::kClose, fd)).result, 0);
  EXPECT_LT(fcntl(fd, F_GETFD), 0);
  unlink(path);
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

TEST_P(PortKernelTest, CloseEndsHandlesThatNobodyWillHearOf) {
  char path[] = "/dev/null";
  Operation open = Make(Opcode::kOpen, -1, path, std::strlen(path));
  open.mode = kOpenRead;
  const int next = dup(file_);  // the number that the kernel will give
  close(next);
  Submit(open);
  std::array<Completion, 1> none;
  ASSERT_TRUE(port_->Reap({none.data(), 0}, Wait::None()).ok());
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_LT(fcntl(next, F_GETFD), 0);
}

TEST_P(PortKernelTest, CloseDoesTheClosesThatWereOnlyStaged) {
  const int fd = dup(file_);
  Submit(Make(Opcode::kClose, fd));
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_LT(fcntl(fd, F_GETFD), 0);
}

TEST_P(PortKernelTest, RefusalsAreCompletions_U25) {
  char byte = 0;
  const Completion closed = Run(Make(Opcode::kRead, 9999, &byte, 1, 0));
  EXPECT_EQ(closed.result, Negated(Error::kBadHandle));
  EXPECT_EQ(closed.native_error, EBADF);
  Operation wide = Make(Opcode::kRead, 0, &byte, 1, 0);
  wide.handle = (int64_t{1} << 32) + file_;
  EXPECT_EQ(Run(wide).result, Negated(Error::kBadHandle));
  Operation unknown = Make(Opcode::kNop, -1);
  unknown.opcode = static_cast<Opcode>(200);
  EXPECT_EQ(Run(unknown).result, Negated(Error::kInvalidArgument));
}

TEST_P(PortKernelTest, ManyOperationsPassThroughAnyQueue) {
  uint64_t submitted = 0;
  uint64_t completed = 0;
  std::array<Completion, 7> completions;
  std::vector<Operation> batch(20);
  while (completed < 3000) {
    for (Operation& operation : batch) operation = Make(Opcode::kNop, -1);
    submitted += port_->Submit(batch);
    auto count = port_->Reap(completions, Wait::Forever());
    ASSERT_TRUE(count.ok()) << count.status();
    completed += *count;
    ASSERT_LE(submitted - completed, port_->Capabilities().max_in_flight);
  }
}

TEST_P(PortKernelTest, CancelEndsAPollAndAReceive) {
  OpenSockets();
  char byte = 'u';
  for (const Operation& operation :
       {MakePoll(sockets_[0], kPollReadable),
        Make(Opcode::kReceive, sockets_[0], &byte, 1)}) {
    Submit(operation);
    EXPECT_EQ(Reaped(Wait::None()), 0);
    port_->Cancel(operation.id);
    port_->Cancel(operation.id);
    const Completion completion = ReapOne();
    EXPECT_EQ(completion.id, operation.id);
    EXPECT_EQ(completion.result, Negated(Error::kCancelled));
  }
  EXPECT_EQ(byte, 'u');
}

TEST_P(PortKernelTest, CancelOfAStagedOperationReachesIt) {
  OpenSockets();
  const Operation poll = MakePoll(sockets_[0], kPollReadable);
  Submit(poll);
  port_->Cancel(poll.id);
  EXPECT_EQ(ReapOne().result, Negated(Error::kCancelled));
}

TEST_P(PortKernelTest, CancelMissesTheSlotsNextOwner_R23) {
  OpenSockets();
  const Operation first = Make(Opcode::kNop, -1);
  Run(first);
  Operation second = MakePoll(sockets_[0], kPollReadable);
  second.id = first.id.Next();
  Submit(second);
  port_->Cancel(first.id);
  const Time end = port_->Now() + milliseconds(20);
  while (port_->Now() < end) EXPECT_EQ(Reaped(Wait::Until(end)), 0);
  port_->Cancel(second.id);
  EXPECT_EQ(ReapOne().result, Negated(Error::kCancelled));
}

TEST_P(PortKernelTest, WaitsUntilTheDeadline) {
  const Time start = port_->Now();
  const Time end = start + milliseconds(30);
  while (port_->Now() < end) EXPECT_EQ(Reaped(Wait::Until(end)), 0);
  EXPECT_LT(port_->Now() - start, milliseconds(3000));
  EXPECT_LT(port_->stats().enters, 20u);
}

TEST_P(PortKernelTest, HugeDeadlineIsNotAnError_R18) {
  port_->Wake();
  EXPECT_EQ(Reaped(Wait::Until(kNever - Duration(1))), 0);
}

TEST_P(PortKernelTest, WakeBeforeReapEndsTheNextOne) {
  for (int i = 0; i < 5; ++i) {
    port_->Wake();
    EXPECT_EQ(Reaped(Wait::Forever()), 0);
  }
}

TEST_P(PortKernelTest, WakeFromAnotherThreadEndsTheReap) {
  // Every ring must be answered: the other thread goes on only then.
  std::atomic<int> rung = 0;
  std::atomic<int> answered = 0;
  std::thread ringer([&] {
    for (int i = 1; i <= 200; ++i) {
      while (answered.load() != i - 1) std::this_thread::yield();
      if (i % 50 == 0) std::this_thread::sleep_for(milliseconds(2));
      rung.store(i);
      port_->Wake();
    }
  });
  while (answered.load() != 200) {
    ASSERT_EQ(Reaped(Wait::Forever()), 0);
    answered.store(rung.load());
  }
  ringer.join();
}

TEST_P(PortKernelTest, CloseCancelsWhatWaitsAndLeavesItsBufferAlone) {
  OpenSockets();
  auto buffer = std::make_unique<char[]>(16);
  std::memset(buffer.get(), 'u', 16);
  Submit(Make(Opcode::kReceive, sockets_[0], buffer.get(), 16));
  EXPECT_EQ(Reaped(Wait::None()), 0);
  EXPECT_TRUE(port_->Close().operations_left.empty());
  ASSERT_EQ(send(sockets_[1], "late", 4, 0), 4);
  std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(std::string_view(buffer.get(), 16), std::string(16, 'u'));
}

TEST_P(PortKernelTest, CloseDropsCompletionsThatNobodyReaped) {
  char text[] = "x";
  Submit(Make(Opcode::kWrite, file_, text, 1, 0));
  std::array<Completion, 1> none;
  ASSERT_TRUE(port_->Reap({none.data(), 0}, Wait::None()).ok());
  EXPECT_TRUE(port_->Close().operations_left.empty());
}

TEST_P(PortKernelTest, AnotherThreadIsAFatalError_U30) {
  Submit(Make(Opcode::kNop, -1));
  absl::Status status;
  std::thread([&] {
    std::array<Completion, 1> completions;
    status = port_->Reap(completions, Wait::Forever()).status();
  }).join();
  // With SQPOLL the completion may be there without entering the ring.
  if (GetParam() == RingKind::kSqPoll && status.ok()) return;
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
}

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
