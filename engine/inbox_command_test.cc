// Commands to requests in the inbox: each reaches its own request once, and
// nobody else's.

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/inbox.h"
#include "engine/inbox_test_util.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using testing::ElementsAre;

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

// As if a producer was held up in the middle of a push: commands of several
// generations of one cell pile up behind it.
TEST_F(InboxTest, CommandThatFindsNoRoomCanBeSentAgain) {
  Inbox inbox(1, &port_);  // room for 4 commands
  for (int generation = 0; generation < 2; ++generation) {
    const RemoteRequestId id = Push(inbox, 1);
    EXPECT_TRUE(inbox.Send(id, RemoteCommand::kCancel));
    EXPECT_TRUE(inbox.Send(id, RemoteCommand::kDrop));
    inbox.Release(0);
  }
  const RemoteRequestId last = Push(inbox, 1);
  EXPECT_FALSE(inbox.Send(last, RemoteCommand::kCancel));
  EXPECT_FALSE(inbox.Send(last, RemoteCommand::kCancel));

  int commands = 0;
  const auto drain = [&] {
    inbox.Drain(
        [](uint32_t, Request&& request, ResultCallback&&) {
          static_cast<void>(Request(std::move(request)));
          return RequestId{kIdGenerationUnit};
        },
        [&](RequestId, RemoteCommand) { ++commands; });
  };
  drain();
  EXPECT_EQ(commands, 0);  // all of them were for those before
  EXPECT_TRUE(inbox.Send(last, RemoteCommand::kCancel));
  EXPECT_FALSE(inbox.Send(last, RemoteCommand::kCancel));
  drain();
  EXPECT_EQ(commands, 1);
}

}  // namespace
}  // namespace wharf
