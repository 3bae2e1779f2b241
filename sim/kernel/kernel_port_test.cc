#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class KernelPortTest : public KernelTest {
 protected:
  explicit KernelPortTest(Personality personality = Personality::kIoUring,
                          KernelOptions options = {})
      : KernelTest(personality, options) {}

  std::vector<Operation> Nops(std::size_t count) {
    std::vector<Operation> nops(count);
    for (std::size_t i = 0; i < count; ++i) {
      nops[i].id = OperationId{100 + i};
    }
    return nops;
  }
};

TEST_F(KernelPortTest, EndsWhatWasSubmittedAtTheNextReap) {
  const OperationId id = SubmitNop();
  EXPECT_FALSE(Ended(id));
  EXPECT_EQ(Reap(), 1u);
  EXPECT_EQ(Result(id), 0);
  EXPECT_EQ(kernel_.live(), 0u);
  EXPECT_EQ(kernel_.delivered(), 1u);
  EXPECT_EQ(kernel_.rows()[U(2)], 1u);
}

TEST_F(KernelPortTest, WhatIsDueMayEndInAnyOrder) {
  const OperationId first = SubmitNop();
  const OperationId second = SubmitNop();
  const OperationId third = SubmitNop();
  chooser_.Next("order.next", 2);
  chooser_.Next("order.next", 1);
  EXPECT_EQ(Reap(), 3u);
  EXPECT_EQ(order(), (std::vector<OperationId>{third, second, first}));
  EXPECT_EQ(kernel_.rows()[U(1)], 2u);
}

TEST_F(KernelPortTest, WhatTakesLongerEndsLater) {
  chooser_.Next("operation.latency", 4);
  chooser_.Next("operation.latency", 1);
  const OperationId slow = SubmitNop();
  const OperationId fast = SubmitNop();
  EXPECT_EQ(Reap(), 0u);
  EXPECT_EQ(Reap(Wait::Forever()), 1u);
  EXPECT_TRUE(Ended(fast));
  EXPECT_EQ(kernel_.Now(), After(microseconds(1)));
  EXPECT_EQ(Reap(Wait::Forever()), 1u);
  EXPECT_TRUE(Ended(slow));
  EXPECT_EQ(kernel_.Now(), After(microseconds(100)));
}

TEST_F(KernelPortTest, ASleepEndsInTime) {
  chooser_.Next("operation.latency", 7);
  SubmitNop();
  EXPECT_EQ(Reap(Wait::Until(After(milliseconds(3)))), 0u);
  EXPECT_EQ(kernel_.Now(), After(milliseconds(3)));
  EXPECT_EQ(kernel_.rows()[U(29)], 1u);
  EXPECT_EQ(Reap(Wait::Until(After(milliseconds(100)))), 1u);
  EXPECT_EQ(kernel_.Now(), After(milliseconds(50)));
}

TEST_F(KernelPortTest, TimeMayJump) {
  chooser_.Next("time.jump", 1);
  chooser_.Next("time.jump.by", 7);
  EXPECT_EQ(Reap(Wait::Until(After(milliseconds(3)))), 0u);
  EXPECT_EQ(kernel_.Now(), After(milliseconds(1003)));
}

TEST_F(KernelPortTest, AReapMayReturnForNothing) {
  const OperationId id = SubmitNop();
  chooser_.Next("reap.early", 1);
  EXPECT_EQ(Reap(Wait::Forever()), 0u);
  EXPECT_EQ(Finish(id), 0);
  EXPECT_EQ(kernel_.rows()[U(28)], 1u);
}

TEST_F(KernelPortTest, TheKernelMayTakeNothingForNow) {
  const OperationId id = SubmitNop();
  chooser_.Next("flush.later", 1);
  EXPECT_EQ(Reap(), 0u);
  EXPECT_EQ(Finish(id), 0);
  EXPECT_EQ(kernel_.rows()[U(26)], 1u);
}

TEST_F(KernelPortTest, AReapDoesNotSleepForLongOnWhatItCouldNotHandOver) {
  const OperationId id = SubmitNop();
  const Time start = kernel_.Now();
  for (const Time until : {kNever, start + std::chrono::hours(1)}) {
    chooser_.Next("flush.later", 1);
    EXPECT_EQ(Reap(Wait::Until(until)), 0u);
  }
  EXPECT_LE(kernel_.Now() - start, milliseconds(2));
  EXPECT_GT(kernel_.Now(), start);
  EXPECT_EQ(Reap(), 1u);
  // Nor longer than it may.
  const Time again = kernel_.Now();
  SubmitNop();
  chooser_.Next("flush.later", 1);
  EXPECT_EQ(Reap(Wait::None()), 0u);
  EXPECT_EQ(kernel_.Now(), again);
  EXPECT_EQ(Finish(id), 0);
}

TEST_F(KernelPortTest, ASubmitMayTakeAPrefixButAtLeastOneWhenEmpty) {
  const std::vector<Operation> nops = Nops(4);
  chooser_.Next("submit.prefix", 1);
  EXPECT_EQ(port_->Submit(nops), 1u);
  chooser_.Next("submit.prefix", 1);
  EXPECT_EQ(port_->Submit(std::span(nops).subspan(1)), 0u);
  chooser_.Next("submit.prefix", 1);
  chooser_.Next("submit.prefix.left", 2);
  EXPECT_EQ(port_->Submit(std::span(nops).subspan(1)), 2u);
  EXPECT_EQ(kernel_.rows()[U(24)], 3u);
  EXPECT_EQ(Reap(), 3u);
}

TEST_F(KernelPortTest, TakesNoMoreThanItsCapacity) {
  auto port = kernel_.OpenPort({.max_in_flight = 2});
  const std::vector<Operation> nops = Nops(4);
  EXPECT_EQ(port->Submit(nops), 2u);
  EXPECT_EQ(port->Submit(std::span(nops).subspan(2)), 0u);
  std::array<Completion, 1> one;
  EXPECT_EQ(*port->Reap(one, Wait::None()), 1u);
  EXPECT_EQ(port->Submit(std::span(nops).subspan(2)), 1u);
  port->Close();
}

TEST_F(KernelPortTest, DeliversNoMoreThanThereIsRoomForAndMaybeFewer) {
  port_->Submit(Nops(4));
  std::array<Completion, 3> three;
  chooser_.Next("reap.fewer", 1);
  chooser_.Next("reap.fewer.count", 1);
  EXPECT_EQ(*port_->Reap(three, Wait::None()), 1u);
  EXPECT_EQ(kernel_.rows()[U(27)], 1u);
  EXPECT_EQ(*port_->Reap({}, Wait::Forever()), 0u);
  EXPECT_EQ(*port_->Reap(three, Wait::None()), 3u);
}

TEST_F(KernelPortTest, AWakeEndsOneSleep) {
  port_->Wake();
  port_->Wake();
  EXPECT_EQ(Reap(Wait::Until(After(milliseconds(1)))), 0u);
  EXPECT_EQ(kernel_.Now(), Time());
  EXPECT_EQ(Reap(Wait::Until(After(milliseconds(1)))), 0u);
  EXPECT_EQ(kernel_.Now(), After(milliseconds(1)));
}

TEST_F(KernelPortTest, AWakeMayComeFromAnotherThread) {
  std::thread thread([this] { port_->Wake(); });
  thread.join();
  EXPECT_EQ(Reap(Wait::Until(After(milliseconds(1)))), 0u);
  EXPECT_EQ(kernel_.Now(), Time());
}

TEST_F(KernelPortTest, AClosedPortReportsWhatTheKernelKeeps) {
  Bytes kept(8), ended(8), waiting(8);
  const Handle file = *kernel_.OpenFile("f");
  auto [a, b] = kernel_.SocketPair();
  WriteDurably(file, "abcdefgh");
  chooser_.Next("operation.latency", 1);
  chooser_.Next("operation.latency", 1);
  const OperationId id = Submit(Opcode::kRead, file, &kept);
  Submit(Opcode::kRead, file, &ended);
  Submit(Opcode::kReceive, b, &waiting);
  Reap();
  chooser_.Next("close.left", 1);
  EXPECT_EQ(port_->Close().operations_left, (std::vector<OperationId>{id}));
  EXPECT_EQ(port_->Close().operations_left.size(), 1u) << "repeats itself";
  EXPECT_EQ(kernel_.live(), 1u);
  EXPECT_NE(Text(kept), "abcdefgh");
  kernel_.Settle();
  EXPECT_EQ(Text(kept), "abcdefgh") << "the kernel wrote after all";
  EXPECT_NE(Text(ended), "abcdefgh");
  EXPECT_EQ(kernel_.live(), 0u);
  EXPECT_EQ(kernel_.rows()[U(31)], 1u);
}

TEST_F(KernelPortTest, CallsAfterCloseAreViolations) {
  port_->Close();
  EXPECT_EQ(port_->Submit(Nops(1)), 0u);
  port_->Cancel(OperationId{1});
  std::array<Completion, 1> one;
  EXPECT_FALSE(port_->Reap(one, Wait::None()).ok());
  ExpectViolations(std::vector<ViolationKind>(3, ViolationKind::kDeadPort));
}

TEST_F(KernelPortTest, TwoPortsShareOneMachine) {
  auto [a, b] = kernel_.SocketPair();
  auto other = kernel_.OpenPort({.personality = Personality::kIocp});
  Bytes out(4);
  Operation receive;
  receive.id = OperationId{1};
  receive.opcode = Opcode::kReceive;
  receive.handle = b.native();
  receive.data = out.data();
  receive.length = 4;
  other->Submit({&receive, 1});
  std::array<Completion, 4> some;
  EXPECT_EQ(*other->Reap(some, Wait::None()), 0u);
  Bytes data = Of("abc");
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a, &data)), 3);
  EXPECT_EQ(*other->Reap(some, Wait::None()), 1u);
  EXPECT_EQ(some[0].result, 3);
  other->Close();
}

TEST_F(KernelPortTest, WhatWaitedWhenItsPortWasClosedIsNotWokenLater) {
  auto [a, b] = kernel_.SocketPair();
  auto other = kernel_.OpenPort();
  Bytes gone(4), still(4);
  Operation receive;
  receive.id = OperationId{1};
  receive.opcode = Opcode::kReceive;
  receive.handle = b.native();
  receive.data = gone.data();
  receive.length = 4;
  other->Submit({&receive, 1});
  std::array<Completion, 4> some;
  EXPECT_EQ(*other->Reap(some, Wait::None()), 0u);
  EXPECT_TRUE(other->Close().operations_left.empty());
  const OperationId second = Submit(Opcode::kReceive, b, &still);
  Bytes data = Of("abc");
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a, &data)), 3);
  EXPECT_EQ(Finish(second), 3);
}

TEST_F(KernelPortTest, TheHistoryOfAnOperationCanBeRead) {
  const OperationId id = SubmitNop();
  SubmitNop();
  Reap();
  EXPECT_EQ(kernel_.History(id),
            "0.000000000 submit #1 0\n"
            "0.000000000 complete #1 0\n"
            "0.000000000 deliver #1 0\n");
}

class KernelHangTest : public KernelPortTest {
 protected:
  KernelHangTest()
      : KernelPortTest(Personality::kIoUring, {.max_stuck_reaps = 3}) {}
};

TEST_F(KernelHangTest, AProgramThatHangsIsTold) {
  EXPECT_EQ(Reap(Wait::Forever()), 0u);
  EXPECT_EQ(Reap(Wait::Forever()), 0u);
  std::array<Completion, 1> one;
  EXPECT_EQ(port_->Reap(one, Wait::Forever()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(port_->Reap(one, Wait::None()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(port_->Submit(Nops(1)), 0u);
}

class KernelFailingPortTest : public KernelPortTest {
 protected:
  KernelFailingPortTest()
      : KernelPortTest(Personality::kIoUring, {.may_fail = true}) {}
};

TEST_F(KernelFailingPortTest, APortMayFailForGood) {
  SubmitNop();
  chooser_.Next("port.fails", 1);
  std::array<Completion, 1> one;
  EXPECT_EQ(port_->Reap(one, Wait::None()).status().code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(port_->Reap(one, Wait::None()).status().code(),
            absl::StatusCode::kInternal);
}

class KernelAioPortTest : public KernelPortTest {
 protected:
  KernelAioPortTest() : KernelPortTest(Personality::kLinuxAio) {}
};

TEST_F(KernelAioPortTest, ClosingMayBlock) {
  const Handle file = *kernel_.OpenFile("f");
  chooser_.Next("operation.latency", 1);
  Submit(Opcode::kSync, file, nullptr);
  Reap();
  chooser_.Next("close.blocks", 6);
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_EQ(kernel_.Now(), After(milliseconds(5)));
  EXPECT_EQ(kernel_.rows()[A(11)], 1u);
}

class KernelIocpPortTest : public KernelPortTest {
 protected:
  KernelIocpPortTest() : KernelPortTest(Personality::kIocp) {}
};

TEST_F(KernelIocpPortTest, AWaitMayEndALittleEarly) {
  chooser_.Next("reap.before_deadline", 1);
  EXPECT_EQ(Reap(Wait::Until(After(milliseconds(10)))), 0u);
  EXPECT_EQ(kernel_.Now(), After(milliseconds(9)));
  EXPECT_EQ(kernel_.rows()[W(10)], 1u);
}

}  // namespace
}  // namespace wharf::sim
