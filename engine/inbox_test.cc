#include "engine/inbox.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/submitter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A port that does nothing but count its wake-ups.
class WakeCounter final : public CompletionPort {
 public:
  WakeCounter() {
    for (int i = 0; i < kOpcodeCount; ++i) {
      capabilities_.Add(static_cast<Opcode>(i));
    }
    capabilities_.name = "wake-counter";
    capabilities_.features = ~uint32_t{0};
  }
  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }
  std::size_t Submit(std::span<const Operation>) override { return 0; }
  void Cancel(OperationId) override {}
  absl::StatusOr<std::size_t> Reap(std::span<Completion>, Wait) override {
    return 0;
  }
  void Wake() override {
    if (closed_) ++late_wakes_;
    ++wakes_;
  }
  Time Now() override { return Time(); }
  CloseReport Close() override {
    closed_ = true;
    return {};
  }

  int wakes() const { return wakes_; }
  // Wakes that came when the port was closed already.
  int late_wakes() const { return late_wakes_; }

 private:
  PortCapabilities capabilities_;
  std::atomic<int> wakes_ = 0;
  std::atomic<int> late_wakes_ = 0;
  std::atomic<bool> closed_ = false;
};

// Plays the loop: admits what a drain brings and notes the commands.
class Loop {
 public:
  struct Admitted {
    uint32_t cell;
    RequestId id;
    uint64_t tag;  // Request::offset, by which a test tells its requests
  };
  struct Command {
    RequestId id;
    RemoteCommand command;
    friend bool operator==(const Command&, const Command&) = default;
  };

  explicit Loop(Inbox& inbox) : inbox_(inbox) {}

  void Drain() {
    inbox_.Drain(
        [this](uint32_t cell, Request&& request, ResultCallback&& callback) {
          Request taken = std::move(request);
          ResultCallback told = std::move(callback);
          const RequestId id{++next_ << kIdIndexBits};
          admitted.push_back({cell, id, taken.offset});
          return id;
        },
        [this](RequestId id, RemoteCommand command) {
          commands.push_back({id, command});
        });
  }

  std::vector<Admitted> admitted;
  std::vector<Command> commands;

 private:
  Inbox& inbox_;
  uint64_t next_ = 0;
};

Request Tagged(uint64_t tag) {
  return Request::Read(Handle::Borrow(3), Buffer::Allocate(8), {.offset = tag});
}

class InboxTest : public testing::Test {
 protected:
  // Pushes a request that a drain will show as `tag`.
  RemoteRequestId Push(Inbox& inbox, uint64_t tag) {
    absl::StatusOr<RemoteRequestId> id =
        inbox.Push(Tagged(tag), [](Result&&) {});
    EXPECT_TRUE(id.ok()) << id.status();
    return id.ok() ? *id : RemoteRequestId{};
  }

  WakeCounter port_;
};

TEST(RemoteRequestIdTest, NextStaysClearOfTheCommandBitsWhenItWraps) {
  const RemoteRequestId last{(kIdMask & ~kIdIndexMask) | 5};
  EXPECT_EQ(last.Next(), RemoteRequestId{kIdGenerationUnit + 5});
  const RemoteRequestId last_of_cell_zero{kIdMask & ~kIdIndexMask};
  EXPECT_EQ(last_of_cell_zero.Next(), RemoteRequestId{kIdGenerationUnit});
  // Also when they are set: a sent command is not the next owner's.
  EXPECT_EQ(
      (RemoteRequestId{(uint64_t{3} << kIdBits) + kIdGenerationUnit}).Next(),
      RemoteRequestId{2 * kIdGenerationUnit});
}

TEST_F(InboxTest, RequestsArriveInOrderWithTheirCells) {
  Inbox inbox(4, &port_);
  Loop loop(inbox);
  for (uint64_t tag : {10, 11, 12}) Push(inbox, tag);
  loop.Drain();
  ASSERT_EQ(loop.admitted.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(loop.admitted[i].tag, 10 + i);
  }
  EXPECT_NE(loop.admitted[0].cell, loop.admitted[1].cell);
  loop.Drain();
  EXPECT_EQ(loop.admitted.size(), 3u);
}

TEST_F(InboxTest, RequestAndCallbackArriveAsTheyWereSent) {
  Inbox inbox(1, &port_);
  Buffer buffer = Buffer::Allocate(100);
  const std::byte* const bytes = buffer.data();
  int told = 0;
  ASSERT_TRUE(inbox
                  .Push(Request::Write(Handle::Borrow(9), std::move(buffer),
                                       {.offset = 5}),
                        [&told](Result&&) { ++told; })
                  .ok());
  inbox.Drain(
      [&](uint32_t, Request&& request, ResultCallback&& callback) {
        EXPECT_EQ(request.kind, RequestKind::kWrite);
        EXPECT_EQ(request.handle.native(), 9);
        EXPECT_EQ(request.buffer.data(), bytes);
        EXPECT_EQ(request.length, 100u) << "validated on the way in";
        Request taken = std::move(request);
        ResultCallback called = std::move(callback);
        called(Result{});
        return RequestId{kIdGenerationUnit};
      },
      [](RequestId, RemoteCommand) { FAIL(); });
  EXPECT_EQ(told, 1);
}

TEST_F(InboxTest, FullInboxLeavesRequestAndCallbackWithTheCaller) {
  Inbox inbox(2, &port_);
  Push(inbox, 1);
  Push(inbox, 2);
  Request request = Tagged(3);
  const std::byte* const bytes = request.buffer.data();
  auto witness = std::make_shared<int>(7);
  ResultCallback callback = [witness](Result&&) { ++*witness; };
  const absl::StatusOr<RemoteRequestId> id =
      inbox.Push(std::move(request), std::move(callback));
  EXPECT_EQ(id.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(id.status().message()),
              HasSubstr("EngineOptions::max_remote_requests"));
  EXPECT_EQ(request.buffer.data(), bytes);
  EXPECT_EQ(request.handle.native(), 3);
  ASSERT_TRUE(callback);
  callback(Result{});
  EXPECT_EQ(*witness, 8);
  // Not even the length is another one: it is the caller's to change again.
  EXPECT_EQ(request.length, TransferOptions::kToBufferEnd);
}

// A cell belongs to its request until the outcome, not until admission (G7).
TEST_F(InboxTest, CellIsTakenUntilItIsReleased) {
  Inbox inbox(1, &port_);
  Loop loop(inbox);
  Push(inbox, 1);
  loop.Drain();
  EXPECT_FALSE(inbox.Push(Tagged(2), [](Result&&) {}).ok());
  inbox.Release(loop.admitted[0].cell);
  Push(inbox, 3);
  loop.Drain();
  EXPECT_EQ(loop.admitted[1].tag, 3u);
}

TEST_F(InboxTest, InvalidRequestStaysWithTheCallerAndTakesNoCell) {
  Inbox inbox(1, &port_);
  Request request = Request::Read(Handle(), Buffer::Allocate(8));
  const std::byte* const bytes = request.buffer.data();
  ResultCallback callback = [](Result&&) {};
  EXPECT_EQ(inbox.Push(std::move(request), std::move(callback)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(request.buffer.data(), bytes);
  EXPECT_TRUE(callback);
  Push(inbox, 1);
}

TEST_F(InboxTest, CommandReachesItsRequest) {
  Inbox inbox(2, &port_);
  Loop loop(inbox);
  Push(inbox, 1);
  const RemoteRequestId id = Push(inbox, 2);
  loop.Drain();
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
  loop.Drain();
  EXPECT_THAT(loop.commands, ElementsAre(Loop::Command{
                                 loop.admitted[1].id, RemoteCommand::kCancel}));
}

TEST_F(InboxTest, CommandBeforeTheFirstDrainComesAfterItsRequest) {
  Inbox inbox(1, &port_);
  Loop loop(inbox);
  const RemoteRequestId id = Push(inbox, 1);
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kDrop));
  loop.Drain();
  ASSERT_EQ(loop.admitted.size(), 1u);
  EXPECT_THAT(loop.commands, ElementsAre(Loop::Command{loop.admitted[0].id,
                                                       RemoteCommand::kDrop}));
}

TEST_F(InboxTest, EachCommandIsTakenOnceForEachRequest) {
  Inbox inbox(1, &port_);
  Loop loop(inbox);
  const RemoteRequestId id = Push(inbox, 1);
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
  EXPECT_FALSE(inbox.Send(id, RemoteCommand::kCancel));
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kDrop));
  EXPECT_FALSE(inbox.Send(id, RemoteCommand::kDrop));
  loop.Drain();
  // Not after they were obeyed either.
  EXPECT_FALSE(inbox.Send(id, RemoteCommand::kCancel));
  EXPECT_FALSE(inbox.Send(id, RemoteCommand::kDrop));
  loop.Drain();
  const RequestId request = loop.admitted[0].id;
  EXPECT_THAT(loop.commands,
              ElementsAre(Loop::Command{request, RemoteCommand::kCancel},
                          Loop::Command{request, RemoteCommand::kDrop}));
}

TEST_F(InboxTest, CommandsOfTheLastOwnerAreNotTheNextOnes) {
  Inbox inbox(1, &port_);
  Loop loop(inbox);
  const RemoteRequestId first = Push(inbox, 1);
  EXPECT_TRUE(inbox.Send(first, RemoteCommand::kCancel));
  loop.Drain();
  inbox.Release(0);
  const RemoteRequestId second = Push(inbox, 2);
  EXPECT_NE(second, first);
  // The second owner's own commands are open again.
  EXPECT_TRUE(inbox.Send(second, RemoteCommand::kCancel));
  loop.Drain();
  EXPECT_EQ(loop.commands.size(), 2u);
  EXPECT_EQ(loop.commands[1].id, loop.admitted[1].id);
}

TEST_F(InboxTest, StaleIdIsRefusedAfterTheRequestsEndAndAfterReuse) {
  Inbox inbox(1, &port_);
  Loop loop(inbox);
  const RemoteRequestId stale = Push(inbox, 1);
  loop.Drain();
  inbox.Release(0);
  EXPECT_FALSE(inbox.Send(stale, RemoteCommand::kCancel));
  Push(inbox, 2);
  EXPECT_FALSE(inbox.Send(stale, RemoteCommand::kCancel));
  EXPECT_FALSE(inbox.Send(stale, RemoteCommand::kDrop));
  loop.Drain();
  EXPECT_TRUE(loop.commands.empty());
}

// A command that was on its way when its request ended (G9).
TEST_F(InboxTest, LateCommandDoesNotTouchTheCellsNextOwner) {
  Inbox inbox(1, &port_);
  Loop loop(inbox);
  const RemoteRequestId first = Push(inbox, 1);
  loop.Drain();
  EXPECT_TRUE(inbox.Send(first, RemoteCommand::kCancel));
  EXPECT_TRUE(inbox.Send(first, RemoteCommand::kDrop));
  inbox.Release(0);
  const RemoteRequestId second = Push(inbox, 2);
  EXPECT_TRUE(inbox.Send(second, RemoteCommand::kCancel));
  EXPECT_TRUE(inbox.Send(second, RemoteCommand::kDrop));
  loop.Drain();
  EXPECT_THAT(
      loop.commands,
      ElementsAre(Loop::Command{loop.admitted[1].id, RemoteCommand::kCancel},
                  Loop::Command{loop.admitted[1].id, RemoteCommand::kDrop}));
}

TEST_F(InboxTest, UnknownIdsAreRefused) {
  Inbox inbox(2, &port_);
  EXPECT_FALSE(inbox.Send(RemoteRequestId{}, RemoteCommand::kCancel));
  EXPECT_FALSE(inbox.Send(RemoteRequestId{kIdGenerationUnit + 2},
                          RemoteCommand::kCancel));
  EXPECT_FALSE(inbox.Send(RemoteRequestId{~uint64_t{0}}, RemoteCommand::kDrop));
}

// Submission and command arrive while a drain is past the submissions: it
// finds the command first. In a cell of their own, and in one that had another
// owner.
TEST_F(InboxTest, CommandThatOvertakesItsSubmissionWaitsForIt) {
  for (const auto& [command, cells] : {std::pair(RemoteCommand::kCancel, 2),
                                       std::pair(RemoteCommand::kDrop, 2),
                                       std::pair(RemoteCommand::kCancel, 1),
                                       std::pair(RemoteCommand::kDrop, 1)}) {
    Inbox inbox(static_cast<uint32_t>(cells), &port_);
    const RemoteRequestId first = Push(inbox, 1);
    ASSERT_TRUE(inbox.Send(first, RemoteCommand::kCancel));

    std::vector<uint64_t> admitted;
    std::vector<Loop::Command> commands;
    bool once = true;
    const auto admit = [&](uint32_t, Request&& request, ResultCallback&&) {
      Request taken = std::move(request);
      admitted.push_back(taken.offset);
      return RequestId{taken.offset << kIdIndexBits};
    };
    const auto obey = [&, command = command, cells = cells](
                          RequestId id, RemoteCommand what) {
      commands.push_back({id, what});
      // Another thread comes in between the two halves of the drain.
      if (std::exchange(once, false)) {
        if (cells == 1) inbox.Release(0);
        EXPECT_TRUE(inbox.Send(Push(inbox, 2), command));
      }
    };
    inbox.Drain(admit, obey);
    EXPECT_THAT(admitted, ElementsAre(1));
    ASSERT_EQ(commands.size(), 1u);
    EXPECT_FALSE(inbox.Arm()) << "the rest must not be slept through";
    inbox.Disarm();

    inbox.Drain(admit, obey);
    EXPECT_THAT(admitted, ElementsAre(1, 2));
    ASSERT_EQ(commands.size(), 2u);
    EXPECT_EQ(commands[1],
              (Loop::Command{RequestId{2 * kIdGenerationUnit}, command}));
    // And only once.
    inbox.Drain(admit, obey);
    EXPECT_EQ(commands.size(), 2u);
  }
}

// Every cell's last and present owner send everything they can in one go.
TEST_F(InboxTest, CommandsOfTwoOwnersOfEveryCellFit) {
  constexpr uint32_t kCells = 4;
  Inbox inbox(kCells, &port_);
  Loop loop(inbox);
  for (int round = 0; round < 10; ++round) {
    std::vector<RemoteRequestId> first;
    for (uint32_t i = 0; i < kCells; ++i) first.push_back(Push(inbox, 1));
    loop.admitted.clear();
    loop.commands.clear();
    loop.Drain();
    for (const RemoteRequestId id : first) {
      EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
      EXPECT_TRUE(inbox.Send(id, RemoteCommand::kDrop));
    }
    for (const Loop::Admitted& admitted : loop.admitted) {
      inbox.Release(admitted.cell);
    }
    loop.admitted.clear();
    for (uint32_t i = 0; i < kCells; ++i) {
      const RemoteRequestId id = Push(inbox, 2);
      EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
      EXPECT_TRUE(inbox.Send(id, RemoteCommand::kDrop));
    }
    loop.Drain();
    EXPECT_EQ(loop.commands.size(), 2 * kCells);
    for (const Loop::Admitted& admitted : loop.admitted) {
      inbox.Release(admitted.cell);
    }
  }
}

TEST_F(InboxTest, WakesThePortOnlyWhileTheLoopSleeps) {
  Inbox inbox(8, &port_);
  Loop loop(inbox);
  Push(inbox, 1);
  EXPECT_EQ(port_.wakes(), 0);
  EXPECT_FALSE(inbox.Arm()) << "something was published since the last drain";
  inbox.Disarm();
  loop.Drain();
  ASSERT_TRUE(inbox.Arm());
  const RemoteRequestId id = Push(inbox, 2);
  EXPECT_EQ(port_.wakes(), 1);
  // One wake-up is enough for all that comes before the loop looks again.
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
  EXPECT_EQ(port_.wakes(), 1);
  inbox.Disarm();
  loop.Drain();
  ASSERT_TRUE(inbox.Arm());
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kDrop));
  EXPECT_EQ(port_.wakes(), 2);
  inbox.Disarm();
}

TEST_F(InboxTest, RefusedRequestsAndCommandsWakeNobody) {
  Inbox inbox(1, &port_);
  Loop loop(inbox);
  const RemoteRequestId id = Push(inbox, 1);
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
  loop.Drain();
  ASSERT_TRUE(inbox.Arm());
  EXPECT_FALSE(inbox.Push(Tagged(2), [](Result&&) {}).ok());
  EXPECT_FALSE(inbox.Send(id, RemoteCommand::kCancel));
  EXPECT_EQ(port_.wakes(), 0);
  inbox.Disarm();
}

TEST_F(InboxTest, LastSubmitterThatGoesWakesTheLoop) {
  auto inbox = std::make_shared<Inbox>(1, &port_);
  Loop loop(*inbox);
  EXPECT_FALSE(inbox->has_submitters());
  auto first = std::make_unique<Submitter>(inbox);
  auto second = std::make_unique<Submitter>(*first);
  EXPECT_TRUE(inbox->has_submitters());
  loop.Drain();
  ASSERT_TRUE(inbox->Arm());
  first.reset();
  EXPECT_TRUE(inbox->has_submitters());
  EXPECT_EQ(port_.wakes(), 0);
  second.reset();
  EXPECT_FALSE(inbox->has_submitters());
  EXPECT_EQ(port_.wakes(), 1);
  inbox->Disarm();
}

TEST_F(InboxTest, MovedSubmitterCountsOnce) {
  auto inbox = std::make_shared<Inbox>(1, &port_);
  {
    Submitter first(inbox);
    Submitter second = std::move(first);
    Submitter third(second);
    third = std::move(second);
    EXPECT_TRUE(inbox->has_submitters());
  }
  EXPECT_FALSE(inbox->has_submitters());
}

TEST_F(InboxTest, ClosedInboxRefusesAndTouchesThePortNoMore) {
  auto inbox = std::make_shared<Inbox>(2, &port_);
  Loop loop(*inbox);
  auto submitter = std::make_unique<Submitter>(inbox);
  const RemoteRequestId id = Push(*inbox, 1);
  loop.Drain();
  ASSERT_TRUE(inbox->Arm());
  inbox->Close();
  port_.Close();

  Request request = Tagged(2);
  const std::byte* const bytes = request.buffer.data();
  ResultCallback callback = [](Result&&) {};
  EXPECT_EQ(
      inbox->Push(std::move(request), std::move(callback)).status().code(),
      absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(request.buffer.data(), bytes);
  EXPECT_TRUE(callback);
  EXPECT_FALSE(inbox->Send(id, RemoteCommand::kCancel));
  submitter.reset();
  EXPECT_FALSE(inbox->has_submitters());
  EXPECT_EQ(port_.wakes(), 0);
}

TEST_F(InboxTest, LastDrainAfterCloseFindsWhatWasPushed) {
  Inbox inbox(2, &port_);
  Loop loop(inbox);
  const RemoteRequestId id = Push(inbox, 1);
  EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
  inbox.Close();
  loop.Drain();
  EXPECT_EQ(loop.admitted.size(), 1u);
  EXPECT_EQ(loop.commands.size(), 1u);
  inbox.Release(loop.admitted[0].cell);
}

// Close comes at any moment while producers push and send: whatever was
// accepted is there for the last drain, and nobody wakes a closed port.
TEST_F(InboxTest, CloseWaitsForTheProducersInside) {
  constexpr int kRounds = 40;
  constexpr int kThreads = 3;
  for (int round = 0; round < kRounds; ++round) {
    WakeCounter port;
    auto inbox = std::make_shared<Inbox>(16, &port);
    Loop loop(*inbox);
    std::atomic<int> accepted = 0;
    std::atomic<int> sent = 0;
    std::atomic<int> started = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, submitter = Submitter(inbox)]() mutable {
        ++started;
        while (true) {
          const absl::StatusOr<RemoteRequestId> id =
              submitter.Submit(Request::Nop(), [](Result&&) {});
          if (id.ok()) {
            ++accepted;
            if (submitter.Cancel(*id)) ++sent;
          } else if (id.status().code() ==
                     absl::StatusCode::kFailedPrecondition) {
            break;
          }
        }
      });
    }
    while (started != kThreads) std::this_thread::yield();
    // A loop that goes to sleep again and again.
    for (int turn = 0; turn < round; ++turn) {
      const std::size_t before = loop.admitted.size();
      loop.Drain();
      for (std::size_t i = before; i < loop.admitted.size(); ++i) {
        // Commands may still be on their way to some of these.
        inbox->Release(loop.admitted[i].cell);
      }
      if (inbox->Arm() && turn + 1 == round) break;
      inbox->Disarm();
    }
    inbox->Close();
    port.Close();
    loop.Drain();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(loop.admitted.size(), static_cast<std::size_t>(accepted.load()));
    EXPECT_LE(loop.commands.size(), static_cast<std::size_t>(sent.load()));
    EXPECT_EQ(port.late_wakes(), 0);
    EXPECT_FALSE(inbox->has_submitters());
  }
}

// Many threads through few cells: every request arrives once, each thread's in
// its order, and no command is lost or reaches another request.
TEST_F(InboxTest, ManyThreadsThroughFewCells) {
  constexpr uint64_t kThreads = 4;
  constexpr uint64_t kPerThread = 400;
  auto inbox = std::make_shared<Inbox>(4, &port_);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([t, submitter = Submitter(inbox)]() mutable {
      for (uint64_t i = 0; i < kPerThread;) {
        const absl::StatusOr<RemoteRequestId> id =
            submitter.Submit(Request::Read(Handle::Borrow(3), Buffer(),
                                           {.offset = t * kPerThread + i}),
                             [](Result&&) {});
        if (!id.ok()) {
          ASSERT_EQ(id.status().code(), absl::StatusCode::kResourceExhausted);
          std::this_thread::yield();
          continue;
        }
        // Every second one is cancelled, and its cell is given back for that.
        if (i % 2 == 1) {
          ASSERT_TRUE(submitter.Cancel(*id));
        }
        ++i;
      }
    });
  }
  std::vector<uint64_t> next(kThreads, 0);
  uint64_t ended = 0;
  uint64_t cancelled = 0;
  std::vector<uint32_t> cell_of(kThreads * kPerThread);
  while (ended < kThreads * kPerThread) {
    std::vector<uint64_t> done;
    inbox->Drain(
        [&](uint32_t cell, Request&& request, ResultCallback&&) {
          Request taken = std::move(request);
          const uint64_t tag = taken.offset;
          EXPECT_EQ(tag % kPerThread, next[tag / kPerThread]++);
          cell_of[tag] = cell;
          if (tag % 2 == 0) done.push_back(tag);
          return RequestId{(tag + 1) << kIdIndexBits};
        },
        [&](RequestId id, RemoteCommand command) {
          EXPECT_EQ(command, RemoteCommand::kCancel);
          const uint64_t tag = (id.value >> kIdIndexBits) - 1;
          EXPECT_EQ(tag % 2, 1u);
          ++cancelled;
          done.push_back(tag);
        });
    for (const uint64_t tag : done) inbox->Release(cell_of[tag]);
    ended += done.size();
    if (done.empty()) std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cancelled, kThreads * kPerThread / 2);
  EXPECT_EQ(next, std::vector<uint64_t>(kThreads, kPerThread));
}

}  // namespace
}  // namespace wharf
