// The port on the machine's own kernel: cancel, deadline, wake, close, threads.

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "backends/io_uring/port.h"
#include "backends/io_uring/port_kernel_test_util.h"
#include "engine/error.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;

INSTANTIATE_TEST_SUITE_P(Setups, PortKernelTest, EveryRing(), RingKindName);

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

}  // namespace
}  // namespace wharf
