#include "tests/property/focus.h"

#include <string>

namespace wharf::property {
namespace {

using enum Command;
using Kind = RequestKind;

// A life of everything.
const std::vector<Command> kLife = {
    kTurn,   kTurn, kTurn, kSubmit, kSubmit, kSubmit,  kSubmit,   kCancel,
    kCancel, kDrop, kPeer, kPeer,   kRemote, kDisturb, kAwaitRoom};

// What kernels transfer in parts, and what can wait for somebody.
const std::vector<Kind> kTransfers = {Kind::kRead, Kind::kWrite, Kind::kReceive,
                                      Kind::kSend, Kind::kDurableWrite};

std::vector<Focus> MakeFocuses() {
  std::vector<Focus> all;
  const auto add = [&](std::string_view name) -> Focus& {
    Focus& focus = all.emplace_back();
    focus.name = name;
    focus.commands = kLife;
    return focus;
  };

  // Callbacks that act, in turns that end several requests.
  add("G01_EveryRequestHasOneOutcome").callback_in = 2;

  // Operations that outlive what their requests were told.
  {
    Focus& focus = add("G02_MemoryStaysUntilTheCompletion");
    focus.commands = {kTurn, kTurn, kSubmit, kSubmit, kCancel, kDrop, kPeer};
    focus.kinds = kTransfers;
    focus.deadline_in = 2;
    focus.remote = false;
  }

  // Many parts, every ending.
  {
    Focus& focus = add("G03_BuffersAndBytesComeBack");
    focus.commands = {kTurn, kTurn, kSubmit, kSubmit, kCancel, kPeer, kPeer};
    focus.kinds = kTransfers;
    focus.chop_in = 1;
  }

  // The last bytes, and a stop, in one instant.
  {
    Focus& focus = add("G04_CompleteSuccessBeatsDeadline");
    focus.recent = 3;
    focus.commands = {kTurn, kTurn, kSubmit, kSubmit, kCancel, kPeer};
    focus.kinds = {Kind::kRead,    Kind::kWrite, Kind::kDurableWrite,
                   Kind::kReceive, Kind::kSend,  Kind::kNop};
    focus.deadline_in = 2;
    focus.remote = false;
  }

  // Stops in the middle of what takes several operations.
  {
    Focus& focus = add("G05_NothingIsIssuedAfterAStop");
    focus.recent = 4;
    focus.commands = {kTurn,   kTurn,   kTurn,   kSubmit,
                      kSubmit, kCancel, kCancel, kPeer};
    focus.kinds = kTransfers;
    focus.chop_in = 1;
    focus.deadline_in = 2;
  }

  // Nearly everything has a deadline, in every tick.
  {
    Focus& focus = add("G06_DeadlinesAreInTime");
    focus.commands = {kTurn, kTurn, kSubmit, kSubmit, kCancel, kPeer, kRemote};
    focus.kinds = {Kind::kSleep, Kind::kSleep, Kind::kReceive, Kind::kRead,
                   Kind::kPoll,  Kind::kNop,   Kind::kWrite};
    focus.deadline_in = 1;
  }

  // Everything is full all the time.
  {
    Focus& focus = add("G07_FullIsVisible");
    focus.commands = {kTurn, kSubmit, kSubmit, kSubmit,    kCancel,   kDrop,
                      kPeer, kRemote, kRemote, kAwaitRoom, kAwaitRoom};
    focus.capacities = {1, 2, 3};
    focus.live_limits = {1, 2, 3};
    focus.remote_limits = {1, 2};
    focus.callback_in = 3;
  }

  // Continuing, fresh, local and remote ones compete for few places.
  {
    Focus& focus = add("G08_OrderOfStaging");
    focus.commands = {kTurn,   kTurn, kSubmit, kSubmit, kSubmit,
                      kCancel, kPeer, kRemote, kBulk};
    focus.capacities = {1, 2, 3, 4, 40, 300};
    focus.live_limits = {64, 8, 16, 500};
    focus.chop_in = 1;
    focus.callback_in = 3;
  }

  // Identities are kept for long, and slots are used again at once.
  {
    Focus& focus = add("G09_StaleIdentitiesTouchNobody");
    focus.commands = {kTurn,   kTurn, kSubmit, kSubmit, kCancel,
                      kCancel, kDrop, kLie,    kLie,    kRemote};
    focus.live_limits = {1, 2, 3};
    focus.deadline_in = 2;
  }

  // Other threads act at every point of the loop.
  {
    Focus& focus = add("G10_NoWakeUpIsLost");
    focus.commands = {kTurn, kTurn, kSubmit, kRemote, kRemote, kRemote};
    focus.remote_limits = {1, 2, 4};
    focus.ending = Ending::kRun;
    focus.callback_in = 3;
  }

  // Kernels that interrupt, refuse for now, and die.
  {
    Focus& focus = add("G11_TransientAnswersStayInside");
    focus.profile = "storm";
    focus.commands = {kTurn, kTurn, kTurn,   kSubmit, kSubmit, kSubmit,
                      kPeer, kPeer, kRemote, kCancel, kCrash};
    focus.kinds = {Kind::kReceive, Kind::kSend,     Kind::kReceive,
                   Kind::kSend,    Kind::kRead,     Kind::kWrite,
                   Kind::kAccept,  Kind::kConnect,  Kind::kDurableWrite,
                   Kind::kSync,    Kind::kAllocate, Kind::kOpen,
                   Kind::kClose,   Kind::kPoll};
    focus.chop_in = 1;
    focus.may_fail = true;
    focus.may_crash = true;
  }

  // Ends in the middle of everything.
  {
    Focus& focus = add("G12_ShutdownIsBounded");
    focus.commands = {kTurn, kSubmit, kSubmit, kSubmit, kRemote, kPeer, kDrop};
    focus.ending = Ending::kShutdown;
    focus.kinds = {Kind::kSleep,        Kind::kSleep, Kind::kRead,
                   Kind::kWrite,        Kind::kSend,  Kind::kReceive,
                   Kind::kAccept,       Kind::kClose, Kind::kConnect,
                   Kind::kDurableWrite, Kind::kPoll};
    focus.steps = 16;
    focus.may_fail = true;
  }

  // Cancels that come too late, or from the kernel.
  {
    Focus& focus = add("G13_OnlyTheAskedForIsCancelled");
    focus.recent = 3;
    focus.profile = "storm";
    focus.commands = {kTurn, kTurn, kSubmit, kSubmit, kCancel, kCancel, kPeer};
    focus.kinds = {Kind::kRead,   Kind::kWrite,   Kind::kReceive, Kind::kSend,
                   Kind::kAccept, Kind::kConnect, Kind::kPoll,    Kind::kClose};
    focus.remote = false;
  }

  // Durable writes in parts, on kernels with and without a flag for them.
  {
    Focus& focus = add("G14_SyncFollowsTheLastByte");
    focus.chop_in = 4;
    focus.profile = "storm";
    focus.commands = {kTurn, kTurn, kSubmit, kSubmit, kCancel, kDisturb};
    focus.kinds = {Kind::kDurableWrite, Kind::kDurableWrite,
                   Kind::kDurableWrite, Kind::kDurableWrite,
                   Kind::kWrite,        Kind::kSync};
    focus.remote = false;
    focus.may_crash = true;
  }

  // Nothing to do, and streams that end.
  {
    Focus& focus = add("G15_ZeroLengthAndEndOfStream");
    focus.commands = {kTurn,   kTurn, kSubmit, kSubmit,
                      kSubmit, kPeer, kPeer,   kCancel};
    focus.kinds = {Kind::kRead,         Kind::kWrite,   Kind::kReceive,
                   Kind::kSend,         Kind::kReceive, Kind::kRead,
                   Kind::kDurableWrite, Kind::kAllocate};
    focus.empty_in = 2;
    focus.callback_in = 3;
  }

  // Callers go away, from every kind of request.
  {
    Focus& focus = add("G16_DroppedCallers");
    focus.commands = {kTurn, kTurn, kSubmit, kSubmit,
                      kDrop, kDrop, kPeer,   kRemote};
    focus.policy_in = 2;
    focus.callback_in = 3;
  }

  // Reads hold all places, and what feeds them stands behind them.
  {
    Focus& focus = add("G17_EverythingEnds");
    focus.commands = {kTurn, kSubmit, kSubmit, kSubmit, kCancel, kRemote};
    focus.kinds = {Kind::kReceive, Kind::kReceive, Kind::kSend,   Kind::kRead,
                   Kind::kPoll,    Kind::kAccept,  Kind::kConnect};
    focus.capacities = {2, 1, 3};
    focus.deadline_in = 2;
    focus.feeds_itself = true;
    focus.ending = Ending::kQuiet;
  }

  // Everything, twice.
  {
    Focus& focus = add("G18_TheSameChoicesGiveTheSameRun");
    focus.twice = true;
    focus.may_crash = true;
    focus.may_fail = true;
    focus.steps = 20;
  }
  return all;
}

}  // namespace

std::span<const Focus> AllFocuses() {
  static const std::vector<Focus>& all = *new std::vector<Focus>(MakeFocuses());
  return all;
}

const Focus* FindFocus(std::string_view name) {
  for (const Focus& focus : AllFocuses()) {
    if (focus.name == name ||
        (!name.empty() && focus.name.starts_with(std::string(name) + "_"))) {
      return &focus;
    }
  }
  return nullptr;
}

}  // namespace wharf::property
