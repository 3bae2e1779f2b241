// What becomes of control blocks that the kernel does not take: refused, not
// yet, or never.

#include <cerrno>
#include <chrono>
#include <vector>

#include "absl/status/status.h"
#include "backends/linux_aio/port.h"
#include "backends/linux_aio/port_fault_test_util.h"
#include "backends/linux_aio/prepare.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(AioPortFaultTest, OneCallTakesAllThatIsStaged) {
  Open();
  ASSERT_EQ(Submit({Read(1), Read(2), Read(3)}), 3u);
  EXPECT_TRUE(kernel_.submits.empty());
  Reap();
  EXPECT_EQ(kernel_.submits, std::vector<std::size_t>{3});
  EXPECT_EQ(kernel_.taken.size(), 3u);
}

TEST_F(AioPortFaultTest, ARefusalIsACompletionAndTheRestGoesOn_A04) {
  Open();
  kernel_.refused = {{2, EBADF}, {3, EINVAL}};
  Submit({Read(1), Read(2), Read(3), Read(4)});
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].id, OperationId{2});
  EXPECT_EQ(completions[0].result, Negated(Error::kBadHandle));
  EXPECT_EQ(completions[0].native_error, EBADF);
  EXPECT_EQ(completions[1].id, OperationId{3});
  EXPECT_EQ(completions[1].result, Negated(Error::kInvalidArgument));
  ASSERT_EQ(kernel_.taken.size(), 2u);
  EXPECT_EQ(aio::DataOf(kernel_.taken[1]), 4u);
  EXPECT_EQ(port_->stats().short_submits, 1u);
}

// The record and the place come back with every failure: many more of them
// than there are places.
TEST_F(AioPortFaultTest, RA02_FailedSubmissionsLoseNoPlace) {
  Open({.entries = 2});
  for (uint64_t id = 1; id <= 20; ++id) {
    kernel_.refused = {{id, EBADF}};
    ASSERT_EQ(Submit({Read(id)}), 1u) << id;
    EXPECT_EQ(ReapOne().result, Negated(Error::kBadHandle));
  }
  kernel_.refused.clear();
  EXPECT_EQ(Submit({Read(30), Read(31), Read(32)}), 2u);
}

// A place is given to whoever asks for it, never to one who waits: there are
// no waiters here that a wake-up could be lost on or granted twice.
TEST_F(AioPortFaultTest, RA04_PlacesAreNeitherLostNorInvented) {
  Open({.entries = 3});
  uint64_t id = 1;
  for (int round = 0; round < 50; ++round) {
    EXPECT_EQ(Submit({Read(id), Receive(id + 1), Read(id + 2), Read(id + 3)}),
              3u);
    EXPECT_EQ(Submit({Read(id + 4)}), 0u);
    if (round % 3 != 0) Reap();
    port_->Cancel(OperationId{id + 1});
    kernel_.Post(id, 8);
    kernel_.Post(id + 1, 0);
    kernel_.Post(id + 2, -EIO);
    std::size_t count = 0;
    for (int i = 0; i < 3; ++i) count += Reap().size();
    // A cancelled receive that never reached the kernel leaves an event that
    // belongs to nobody.
    EXPECT_LE(count, 3u);
    while (count < 3) {
      kernel_.Post(id, 8);
      kernel_.Post(id + 2, 8);
      count += Reap().size();
    }
    id += 10;
  }
}

TEST_F(AioPortFaultTest, RA08_AFullQueueIsOfferedTheRestAgain_A05) {
  Open();
  kernel_.submit_results = {1, -EAGAIN};
  Submit({Read(1), Read(2), Read(3)});
  EXPECT_TRUE(Reap().empty());
  EXPECT_EQ(kernel_.taken.size(), 1u);
  kernel_.Post(1, 8);
  EXPECT_EQ(Reap().size(), 1u);
  ASSERT_EQ(kernel_.taken.size(), 3u);
  EXPECT_EQ(aio::DataOf(kernel_.taken[1]), 2u);
  EXPECT_EQ(aio::DataOf(kernel_.taken[2]), 3u);
}

TEST_F(AioPortFaultTest, ALoopWithUnsubmittedWorkDoesNotSleepForLong) {
  Open();
  kernel_.submit_results = {-EAGAIN, -EINTR, 0};
  Submit({Read(1)});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Reap(Wait::Forever()).empty());
  for (const int64_t wait : kernel_.waits) EXPECT_EQ(wait, 1'000'000);
  EXPECT_EQ(port_->stats().transient_failures, 3u);
  Reap();
  EXPECT_EQ(kernel_.taken.size(), 1u);
}

TEST_F(AioPortFaultTest, AKernelThatNeverTakesAnythingIsFatalInTheEnd) {
  LinuxAioOptions options;
  options.submit_failure_grace = milliseconds(50);
  Open(options);
  Submit({Read(1)});
  kernel_.submit_results.assign(1000, -EAGAIN);
  int reaps = 0;
  absl::Status status;
  while (status.ok() && ++reaps < 1000) status = ReapStatus(Wait::Forever());
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(reaps, 20);
  EXPECT_EQ(ReapStatus(), status);
  EXPECT_EQ(Submit({Read(2)}), 0u);
}

TEST_F(AioPortFaultTest, AFullKernelThatHasWorkIsWaitedForWithoutLimit) {
  LinuxAioOptions options;
  options.submit_failure_grace = milliseconds(50);
  Open(options);
  Submit({Read(1)});
  Reap();
  Submit({Read(2)});
  kernel_.submit_results.assign(200, -EAGAIN);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(ReapStatus(In(seconds(1))).ok());
}

// The file that the number names next must not get the write.
TEST_F(AioPortFaultTest, ACloseWaitsForWhatWasSubmittedBeforeIt) {
  Open();
  kernel_.submit_results = {-EAGAIN};
  kernel_.results["close"] = {0};
  Submit({Read(1), Make(2, Opcode::kClose, kFile), Read(3)});
  EXPECT_TRUE(Reap().empty());
  EXPECT_TRUE(kernel_.calls.empty());
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].id, OperationId{2});
  EXPECT_EQ(kernel_.taken.size(), 2u);
}

TEST_F(AioPortFaultTest, NothingCompletesInsideSubmit) {
  Open();
  kernel_.results["open"] = {9};
  Submit({Make(1, Opcode::kNop, -1), Make(2, Opcode::kOpen, -1)});
  EXPECT_TRUE(kernel_.calls.empty());
  EXPECT_EQ(Reap().size(), 2u);
}

TEST_F(AioPortFaultTest, CompletionsBeyondTheReapersRoomStay) {
  Open({.entries = 4});
  const Operation nop = Make(1, Opcode::kNop, -1);
  Submit({nop, Make(2, Opcode::kNop, -1), Make(3, Opcode::kNop, -1)});
  std::array<Completion, 2> buffer;
  EXPECT_EQ(*port_->Reap(buffer, Wait::Forever()), 2u);
  // One is not reaped, so there are three places.
  EXPECT_EQ(Submit({Make(4, Opcode::kNop, -1), Make(5, Opcode::kNop, -1),
                    Make(6, Opcode::kNop, -1), Make(7, Opcode::kNop, -1)}),
            3u);
  EXPECT_EQ(*port_->Reap(buffer, Wait::Forever()), 2u);
  EXPECT_EQ(buffer[0].id, OperationId{3});
  EXPECT_EQ(buffer[1].id, OperationId{4});
}

}  // namespace
}  // namespace wharf
