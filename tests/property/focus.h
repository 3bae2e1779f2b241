// Focus: where a property looks: which commands a program is made of, and how
// often, which requests, which limits, which faults. Every run checks every
// guarantee; the focus makes runs in which one of them is in danger.

#ifndef WHARF_TESTS_PROPERTY_FOCUS_H_
#define WHARF_TESTS_PROPERTY_FOCUS_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/request.h"

namespace wharf::property {

// What a program may do next.
enum class Command : uint8_t {
  kTurn,
  kSubmit,
  kCancel,
  kDrop,
  kPeer,     // The other end of a stream acts, or somebody fills the disk.
  kRemote,   // Another thread acts, now or when the loop is at some point.
  kDisturb,  // Wake-ups, bad sectors.
  kAwaitRoom,
  kLie,  // The port reports what is long over.
  kCrash,
  kBulk,  // More requests at once than fit into one batch of anything.
};

// How the life of an engine ends.
enum class Ending : uint8_t {
  kAny,
  kQuiet,     // Faults stop, and everything must end in time.
  kRun,       // The same, with Engine::Run and a last Submitter.
  kShutdown,  // In the middle of everything.
};

// Lists are drawn from evenly; an entry may be there more than once.
struct Focus {
  // As the guarantee: "G04_CompleteSuccessBeatsDeadline".
  std::string_view name;
  std::vector<Command> commands;
  // Empty: all kinds.
  std::vector<RequestKind> kinds;
  std::vector<uint32_t> capacities = {16, 1, 2, 3, 64, 4};
  std::vector<uint32_t> live_limits = {64, 1, 2, 3, 8, 16};
  std::vector<uint32_t> remote_limits = {2, 1, 4, 0};
  // A deadline, a drop policy of its own, an act inside the callback, once in
  // so many requests; 0: never.
  uint32_t deadline_in = 3;
  uint32_t policy_in = 4;
  uint32_t callback_in = 6;
  // Transfers are chopped into small operations, once in so many runs.
  uint32_t chop_in = 2;
  // Lengths of 0, once in so many transfers.
  uint32_t empty_in = 10;
  uint32_t steps = 32;
  // Cancels and drops pick one of so many that were asked last.
  uint32_t recent = 12;
  // How rough the kernel is (sim/profiles.h); empty: rotates with the seed.
  std::string_view profile;
  bool may_crash = false;
  bool may_fail = false;
  bool remote = true;
  // Two ends of a pair in the engine's hands, and no peer.
  bool feeds_itself = false;
  // Each case is run twice and must leave the same trace.
  bool twice = false;
  Ending ending = Ending::kAny;
};

// All properties, in the order of their numbers. Static lifetime.
std::span<const Focus> AllFocuses();
// The one whose name is `name`, or begins with `name` and "_"; null if there is
// none.
const Focus* FindFocus(std::string_view name);

}  // namespace wharf::property

#endif  // WHARF_TESTS_PROPERTY_FOCUS_H_
