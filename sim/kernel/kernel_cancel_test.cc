#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

// What every kernel has in common, with a stream to wait on and a file whose
// operations take a while.
class KernelCancelTest : public KernelTest {
 protected:
  explicit KernelCancelTest(Personality personality = Personality::kIoUring)
      : KernelTest(personality, {.stream_bytes = 8}),
        file_(*kernel_.OpenFile("f")) {
    std::tie(a_, b_) = kernel_.SocketPair();
  }

  // A receive that waits.
  OperationId Waiting() {
    const OperationId id = Submit(Opcode::kReceive, b_, &memory_);
    EXPECT_EQ(Reap(), 0u);
    return id;
  }
  // A write that takes 1 us.
  OperationId Running() {
    chooser_.Next("operation.latency", 1);
    const OperationId id = Submit(Opcode::kWrite, file_, &memory_);
    EXPECT_EQ(Reap(), 0u);
    return id;
  }
  uint64_t size() { return kernel_.FindFile("f")->size(); }

  Handle file_;
  Handle a_;
  Handle b_;
  Bytes memory_ = Bytes(4, std::byte{'m'});
};

TEST_F(KernelCancelTest, EndsWhatWaits) {
  const OperationId id = Waiting();
  port_->Cancel(id);
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
  EXPECT_EQ(kernel_.rows()[U(3)], 1u);
}

TEST_F(KernelCancelTest, TakesEffectOnlyAtTheNextReap) {
  const OperationId id = Submit(Opcode::kReceive, b_, &memory_);
  port_->Cancel(id);
  EXPECT_FALSE(Ended(id));
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
}

TEST_F(KernelCancelTest, OfWhatIsAboutToEndGivesOneCompletion) {
  const OperationId id = SubmitNop();
  port_->Cancel(id);
  EXPECT_EQ(Reap(), 1u);
  EXPECT_EQ(Result(id), Negated(Error::kCancelled));
  EXPECT_EQ(Reap(), 0u);
}

TEST_F(KernelCancelTest, OfNobodyDoesNothing) {
  const OperationId id = SubmitNop();
  EXPECT_EQ(Finish(id), 0);
  port_->Cancel(id);
  port_->Cancel(OperationId{77});
  EXPECT_EQ(Reap(), 0u);
}

TEST_F(KernelCancelTest, MayComeTooLate) {
  // The nop is done, but a full batch keeps it back.
  const OperationId first = SubmitNop();
  const OperationId second = SubmitNop();
  chooser_.Next("reap.fewer", 1);
  EXPECT_EQ(Reap(), 1u);
  EXPECT_TRUE(Ended(first));
  port_->Cancel(second);
  EXPECT_EQ(Finish(second), 0);
  EXPECT_EQ(kernel_.rows()[U(4)], 1u);
}

TEST_F(KernelCancelTest, MayShowAsAnInterruption) {
  const OperationId id = Waiting();
  chooser_.Next("cancel.waiting", 2);
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kInterrupted));
  EXPECT_EQ(kernel_.rows()[U(8)], 1u);
}

TEST_F(KernelCancelTest, MayTakeItsTimeAndLoseAgainstData) {
  const OperationId id = Waiting();
  chooser_.Next("cancel.waiting", 1);
  chooser_.Next("cancel.late.time", 4);
  port_->Cancel(id);
  EXPECT_EQ(Reap(), 0u);
  Bytes data = Of("xy");
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a_, &data)), 2);
  EXPECT_EQ(Finish(id), 2);
  kernel_.Settle();
}

TEST_F(KernelCancelTest, MayTakeItsTimeAndWin) {
  const OperationId id = Waiting();
  chooser_.Next("cancel.waiting", 1);
  chooser_.Next("cancel.late.time", 4);
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
  EXPECT_EQ(kernel_.Now(), After(std::chrono::microseconds(100)));
}

// A sender whose own socket has nothing more to read: io_uring's poll tells it
// so again and again, and a thread that never sleeps looks when it comes to it.
TEST_F(KernelCancelTest, MayTakeLongerWhereThePeerHasEnded) {
  Bytes full = Bytes(8, std::byte{'x'});
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a_, &full)), 8);
  const auto cancel = [&] {
    const OperationId id = Submit(Opcode::kSend, a_, &full);
    EXPECT_EQ(Reap(), 0u);
    const Time begin = kernel_.Now();
    chooser_.Next("cancel.waiting", 1);
    chooser_.Next("cancel.late.time", 4);
    port_->Cancel(id);
    EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
    return kernel_.Now() - begin;
  };
  EXPECT_EQ(cancel(), std::chrono::microseconds(100));
  EXPECT_EQ(Shutdown(b_, ShutdownSide::kSend), 0);
  EXPECT_EQ(cancel(), 20 * std::chrono::microseconds(100));
}

TEST_F(KernelCancelTest, ALateCancelNeverHitsTheNextOccupant) {
  const OperationId id = Waiting();
  chooser_.Next("cancel.waiting", 1);
  chooser_.Next("cancel.late.time", 4);
  port_->Cancel(id);
  Bytes data = Of("xy");
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a_, &data)), 2);
  EXPECT_EQ(Finish(id), 2);
  const OperationId next = Waiting();  // The same slot.
  kernel_.Settle();
  EXPECT_EQ(Reap(), 0u);
  port_->Cancel(next);
  EXPECT_EQ(Finish(next), Negated(Error::kCancelled));
}

TEST_F(KernelCancelTest, OfAPartlyDoneSendGivesTheBytes) {
  chooser_.Next("send.goes_on", 1);
  Bytes data = Of("0123456789");
  const OperationId id = Submit(Opcode::kSend, a_, &data);
  EXPECT_EQ(Reap(), 0u);
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), 8);
  EXPECT_EQ(kernel_.rows()[U(7)], 1u);
}

TEST_F(KernelCancelTest, OfAPartlyDoneSendThatGoesOnGivesTheBytesAsWell) {
  chooser_.Next("send.goes_on", 1);
  Bytes data = Of("0123456789");
  const OperationId id = Submit(Opcode::kSend, a_, &data);
  EXPECT_EQ(Reap(), 0u);
  // Runs again, to find that nothing more can be sent.
  kernel_.ShutdownWrite(a_.native());
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), 8);
  EXPECT_EQ(kernel_.rows()[U(7)], 1u);
}

TEST_F(KernelCancelTest, OfOneWaiterLeavesTheOthersWaiting) {
  Bytes one(1), two(1);
  const OperationId first = Submit(Opcode::kReceive, b_, &one);
  const OperationId second = Submit(Opcode::kReceive, b_, &two);
  Reap();
  port_->Cancel(first);
  EXPECT_EQ(Finish(first), Negated(Error::kCancelled));
  Bytes data = Of("x");
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a_, &data)), 1);
  EXPECT_EQ(Finish(second), 1);
}

TEST_F(KernelCancelTest, OfARunningOperationMayPreventIt) {
  const OperationId id = Running();
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
  kernel_.Settle();
  EXPECT_EQ(size(), 0u);
}

TEST_F(KernelCancelTest, NotFoundDoesNotMeanThatTheOperationIsOver) {
  const OperationId id = Running();
  chooser_.Next("cancel.running", 1);
  port_->Cancel(id);
  port_->Cancel(id);  // The kernel is asked once.
  EXPECT_EQ(Reap(), 0u) << "still in flight";
  EXPECT_EQ(Finish(id), 4);
  EXPECT_EQ(kernel_.rows()[U(5)], 1u);
}

TEST_F(KernelCancelTest, NotFoundIsNotForgottenByWhatWouldWaitForEver) {
  const OperationId id = Submit(Opcode::kReceive, b_, &memory_);
  chooser_.Next("cancel.running", 1);
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
  EXPECT_EQ(kernel_.rows()[U(5)], 1u);
}

TEST_F(KernelCancelTest, AlreadyRunningMeansAnything) {
  OperationId id = Running();
  chooser_.Next("cancel.running", 2);
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), 4);
  id = Running();
  chooser_.Next("cancel.running", 3);
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kInterrupted));
  EXPECT_EQ(kernel_.rows()[U(6)], 2u);
}

TEST_F(KernelCancelTest, AKernelsInternalErrnoMayLeak) {
  const OperationId id = Running();
  chooser_.Next("cancel.running", 4);
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kInterrupted));
  EXPECT_EQ(Native(id), 512);
  EXPECT_EQ(kernel_.rows()[U(9)], 1u);
}

TEST_F(KernelCancelTest, TheTargetMayEndLongAfterTheCancel) {
  const OperationId id = Waiting();
  chooser_.Next("cancel.latency", 6);
  port_->Cancel(id);
  EXPECT_EQ(Reap(), 0u);
  Bytes data = Of("x");
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a_, &data)), 1);
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled))
      << "what came meanwhile is not for it";
  EXPECT_EQ(kernel_.Now(), After(std::chrono::milliseconds(5)));
}

TEST_F(KernelCancelTest, ClosingTheHandleEndsNothingOnLinux) {
  const OperationId id = Waiting();
  b_.Reset();
  ExpectViolations({ViolationKind::kClosedHandle});
  EXPECT_EQ(Reap(), 0u);
  Bytes data = Of("xyz");
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a_, &data)), 3);
  EXPECT_EQ(Finish(id), 3);
  EXPECT_EQ(kernel_.rows()[U(20)], 1u);
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a_, &data)),
            Negated(Error::kBrokenPipe))
      << "now it is gone";
}

class KernelAioCancelTest : public KernelCancelTest {
 protected:
  KernelAioCancelTest() : KernelCancelTest(Personality::kLinuxAio) {}
};

TEST_F(KernelAioCancelTest, OfFileOperationsIsRefused) {
  const OperationId id = Running();
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), 4);
  EXPECT_EQ(kernel_.rows()[A(1)], 1u);
}

TEST_F(KernelAioCancelTest, OfAPollEndsIt) {
  const OperationId id = Submit(Opcode::kPoll, b_, nullptr, 0, kPollReadable);
  Reap();
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
  EXPECT_EQ(kernel_.rows()[A(2)], 1u);
}

TEST_F(KernelAioCancelTest, OfWhatWasNotBegunAlwaysWins) {
  const OperationId write = Submit(Opcode::kWrite, file_, &memory_);
  const OperationId nop = SubmitNop();
  port_->Cancel(nop);
  port_->Cancel(write);
  EXPECT_EQ(Reap(), 2u);
  EXPECT_EQ(Result(write), Negated(Error::kCancelled));
  EXPECT_EQ(order(), (std::vector<OperationId>{nop, write}));
  EXPECT_EQ(size(), 0u);
}

// The port has not heard yet that it can go on.
TEST_F(KernelAioCancelTest, OfWhatWasWokenMayWin) {
  Bytes data = Of("data");
  for (const uint32_t late : {1u, 0u}) {
    const OperationId id = Waiting();
    chooser_.Next("wake.latency", 2);
    Submit(Opcode::kSend, a_, &data);
    Reap();
    EXPECT_FALSE(Ended(id));
    chooser_.Next("cancel.waiting", late);
    port_->Cancel(id);
    EXPECT_EQ(Finish(id), late == 0 ? Negated(Error::kCancelled) : 4);
  }
}

TEST_F(KernelAioCancelTest, OfAConnectThatHangsWins) {
  const Handle listener = *kernel_.Listen("here", 1);
  Handle sockets[2] = {kernel_.Socket(), kernel_.Socket()};
  Bytes address = Of("here");
  Bytes other = Of("here");
  EXPECT_EQ(Finish(Submit(Opcode::kConnect, sockets[0], &address)), 0);
  const OperationId id = Submit(Opcode::kConnect, sockets[1], &other);
  Reap();
  EXPECT_FALSE(Ended(id));
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
}

class KernelIocpCancelTest : public KernelCancelTest {
 protected:
  KernelIocpCancelTest() : KernelCancelTest(Personality::kIocp) {}
};

TEST_F(KernelIocpCancelTest, AbortsOrNotOrFails) {
  OperationId id = Running();
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
  EXPECT_EQ(Native(id), 995);
  id = Running();
  chooser_.Next("cancel.running", 1);
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), 4);
  id = Running();
  chooser_.Next("cancel.running", 2);
  port_->Cancel(id);
  EXPECT_EQ(Finish(id), Negated(Error::kIo));
  EXPECT_EQ(kernel_.rows()[W(5)], 3u);
}

TEST_F(KernelIocpCancelTest, OfWhatWasNotIssuedAlwaysWins) {
  const OperationId write = Submit(Opcode::kWrite, file_, &memory_);
  const OperationId nop = SubmitNop();
  port_->Cancel(nop);
  port_->Cancel(write);
  EXPECT_EQ(Reap(), 2u);
  EXPECT_EQ(Result(write), Negated(Error::kCancelled));
  EXPECT_EQ(Native(write), 995);
  EXPECT_EQ(order(), (std::vector<OperationId>{write, nop}));
  EXPECT_EQ(size(), 0u);
}

TEST_F(KernelIocpCancelTest, ClosingTheHandleAbortsItsOperations) {
  const OperationId id = Waiting();
  b_.Reset();
  ExpectViolations({ViolationKind::kClosedHandle});
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
  EXPECT_EQ(kernel_.rows()[W(8)], 1u);
}

}  // namespace
}  // namespace wharf::sim
