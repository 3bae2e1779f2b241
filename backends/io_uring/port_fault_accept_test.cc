// Accepts of one listener: none sleeps beside a connection because the one that
// the kernel told of it was cancelled.

#include <cerrno>
#include <cstdint>
#include <vector>

#include "backends/io_uring/port.h"
#include "backends/io_uring/port_fault_test_util.h"
#include "backends/io_uring/prepare.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using uring::kCancelTag;

constexpr int kListener = 7;
constexpr int kOther = 8;

class PortFaultAcceptTest : public PortFaultTest {
 protected:
  static Operation Accept(uint64_t id, int listener = kListener) {
    return Operation{
        .id = OperationId{id}, .handle = listener, .opcode = Opcode::kAccept};
  }

  // Submits them, and forgets that the kernel has taken them.
  void Begin(std::vector<Operation> operations) {
    ASSERT_EQ(Submit(operations), operations.size());
    EXPECT_TRUE(Reap().empty());
    kernel_.taken.clear();
  }

  // Ends accept 1 by a cancel; its completion is the only one.
  void CancelTheFirst() {
    port_->Cancel(OperationId{1});
    EXPECT_TRUE(Reap().empty());
    kernel_.taken.clear();
    kernel_.Post(1, -ECANCELED);
    const std::vector<Completion> completions = Reap();
    ASSERT_EQ(completions.size(), 1u);
    EXPECT_EQ(completions[0].id, OperationId{1});
  }

  // What the kernel was asked to cancel since then.
  std::vector<uint64_t> Nudged() {
    EXPECT_TRUE(Reap().empty());
    std::vector<uint64_t> ids;
    for (const io_uring_sqe& sqe : kernel_.taken) {
      if (sqe.opcode == IORING_OP_ASYNC_CANCEL) ids.push_back(sqe.addr);
    }
    kernel_.taken.clear();
    return ids;
  }

  // Of two accepts the first is cancelled, and the second asked to look again.
  void NudgeTheSecond() {
    Begin({Accept(1), Accept(2)});
    CancelTheFirst();
    EXPECT_EQ(Nudged(), std::vector<uint64_t>{2});
  }

  // Answers the nudge of accept `id`: the kernel gives it back.
  void GiveBack(uint64_t id) {
    kernel_.Post(kCancelTag | id, 0);
    kernel_.Post(id, -ECANCELED);
    EXPECT_TRUE(Reap().empty());
  }
};

TEST_F(PortFaultAcceptTest, ACancelledOneLetsTheNextLookAgain) {
  OpenArmed();
  Begin({Accept(1), Accept(2, kOther), Accept(3), Accept(4, kOther)});
  CancelTheFirst();
  EXPECT_EQ(Nudged(), std::vector<uint64_t>{3});
  GiveBack(3);
  EXPECT_TRUE(Reap().empty());
  ASSERT_EQ(kernel_.CountTaken(IORING_OP_ACCEPT), 1);
  const io_uring_sqe& sqe = kernel_.taken.back();
  EXPECT_EQ(sqe.user_data, 3u);
  EXPECT_EQ(sqe.fd, kListener);
  EXPECT_EQ(sqe.accept_flags, static_cast<uint32_t>(SOCK_CLOEXEC));
  // It finds nothing, and that is that.
  kernel_.taken.clear();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Reap().empty());
  EXPECT_TRUE(kernel_.taken.empty());
}

// More connections than one may have come meanwhile.
TEST_F(PortFaultAcceptTest, WhoFindsAConnectionPassesOn) {
  OpenArmed();
  Begin({Accept(1), Accept(2), Accept(3)});
  CancelTheFirst();
  const std::vector<uint64_t> first = Nudged();
  ASSERT_EQ(first.size(), 1u);
  const uint64_t last = 5 - first[0];
  GiveBack(first[0]);
  kernel_.Post(first[0], 100);
  EXPECT_EQ(Reap().size(), 1u);
  EXPECT_EQ(Nudged(), std::vector<uint64_t>{last});
  // Before the nudge, a connection has come by itself.
  kernel_.Post(last, 101);
  kernel_.Post(kCancelTag | last, -ENOENT);
  EXPECT_EQ(Reap().size(), 1u);
  EXPECT_TRUE(Nudged().empty());
}

TEST_F(PortFaultAcceptTest, AConnectionAloneConcernsNobodyElse) {
  OpenArmed();
  Begin({Accept(1), Accept(2)});
  kernel_.Post(1, 100);
  EXPECT_EQ(Reap().size(), 1u);
  EXPECT_TRUE(Nudged().empty());
}

// It is looking at this moment, and passes on what it leaves. The port does not
// ask again: nobody wants the accept to end.
TEST_F(PortFaultAcceptTest, ANudgeThatIsRefusedIsNotRepeated) {
  for (const int refusal : {-ENOENT, -EALREADY}) {
    for (const int result : {-ECANCELED, 100}) {
      OpenArmed();
      Begin({Accept(1), Accept(2), Accept(3)});
      CancelTheFirst();
      const std::vector<uint64_t> first = Nudged();
      ASSERT_EQ(first.size(), 1u);
      kernel_.Post(kCancelTag | first[0], refusal);
      EXPECT_TRUE(Reap().empty());
      kernel_.now += 100'000'000;
      EXPECT_TRUE(Nudged().empty());
      // A cancellation from then on is nobody's but the kernel's.
      kernel_.Post(first[0], result);
      EXPECT_EQ(Reap().size(), 1u);
      EXPECT_EQ(Nudged(), std::vector<uint64_t>{5 - first[0]});
      port_.reset();
    }
  }
}

TEST_F(PortFaultAcceptTest, ACancelOfWhatIsNudgedEndsIt) {
  OpenArmed();
  Begin({Accept(1), Accept(2)});
  CancelTheFirst();
  port_->Cancel(OperationId{2});
  // One request for both.
  EXPECT_EQ(Nudged(), std::vector<uint64_t>{2});
  kernel_.Post(2, -ECANCELED);
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].id, OperationId{2});
  EXPECT_EQ(kernel_.CountTaken(IORING_OP_ACCEPT), 0);
}

// The cancel finds the accept out of the kernel's hands, and is not lost.
TEST_F(PortFaultAcceptTest, ACancelOfWhatGoesAgainIsAskedForUntilItEnds) {
  OpenArmed();
  NudgeTheSecond();
  GiveBack(2);
  port_->Cancel(OperationId{2});
  EXPECT_EQ(Nudged(), std::vector<uint64_t>{2});
  kernel_.Post(kCancelTag | 2, -ENOENT);
  EXPECT_TRUE(Reap().empty());
  EXPECT_TRUE(Nudged().empty()) << "at once";
  kernel_.now += 100'000'000;
  EXPECT_EQ(Nudged(), std::vector<uint64_t>{2});
  kernel_.Post(2, -ECANCELED);
  EXPECT_EQ(Reap().size(), 1u);
}

TEST_F(PortFaultAcceptTest, CancelsOfAllNudgeNobody) {
  OpenArmed();
  Begin({Accept(1), Accept(2), Accept(3)});
  for (uint64_t id = 1; id <= 3; ++id) port_->Cancel(OperationId{id});
  EXPECT_EQ(Nudged().size(), 3u);
  for (uint64_t id = 1; id <= 3; ++id) {
    kernel_.Post(id, -ECANCELED);
    EXPECT_EQ(Reap().size(), 1u);
    EXPECT_TRUE(Nudged().empty());
  }
}

// They leave the places free that cancels and the wake are sure of.
TEST_F(PortFaultAcceptTest, AFullQueueDelaysThemAndLosesNone) {
  IoUringOptions options;
  options.entries = 2;  // submission queue of 4
  OpenArmed(options);
  NudgeTheSecond();
  GiveBack(2);
  const uint64_t next = 1 + kIdGenerationUnit;
  ASSERT_EQ(Submit({Nop(next)}), 1u);
  port_->Cancel(OperationId{next});
  kernel_.script.assign(3, {.result = -EAGAIN, .consume = 0});
  kernel_.enters.clear();
  EXPECT_TRUE(Reap(In(Duration(1000))).empty());
  EXPECT_EQ(kernel_.enters[0].to_submit, 2u);
  EXPECT_TRUE(kernel_.taken.empty());
  kernel_.script.clear();
  EXPECT_TRUE(Reap().empty());
  EXPECT_EQ(kernel_.CountTaken(IORING_OP_ACCEPT), 1);
}

// The kernel has it no longer, so Close does not wait for it.
TEST_F(PortFaultAcceptTest, CloseForgetsWhatWasToGoAgain) {
  OpenArmed();
  NudgeTheSecond();
  GiveBack(2);
  EXPECT_TRUE(port_->Close().operations_left.empty());
}

TEST_F(PortFaultAcceptTest, CloseTakesBackWhatIsNudged) {
  OpenArmed();
  NudgeTheSecond();
  kernel_.Post(2, -ECANCELED);
  EXPECT_TRUE(port_->Close().operations_left.empty());
}

}  // namespace
}  // namespace wharf
