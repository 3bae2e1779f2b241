// Personality: which real kernel the simulated one behaves like, as tables:
// what a port of it has, how an operation may end other than as asked, and
// which native code stands for an error. What cannot be a table (cancels,
// closing, submission) asks for the personality where it happens.

#ifndef WHARF_SIM_KERNEL_PERSONALITY_H_
#define WHARF_SIM_KERNEL_PERSONALITY_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/capabilities.h"
#include "engine/error.h"
#include "engine/operation.h"
#include "sim/kernel/rows.h"

namespace wharf::sim {

// The kernels that can be simulated, each with what its port makes of it: of
// Linux AIO, which has commands for files and polls only, everything else is a
// plain call that the port makes in Reap, if need be after a poll.
enum class Personality : uint8_t { kIoUring, kLinuxAio, kIocp };
inline constexpr int kPersonalityCount = 3;

// "io_uring", "linux_aio", "iocp", as their ports call themselves. Static
// lifetime.
std::string_view PersonalityName(Personality personality);

// What a port of this personality has, with room for `max_in_flight`
// operations.
PortCapabilities CapabilitiesOf(Personality personality,
                                uint32_t max_in_flight);

// The native code that this kernel reports for `error`: an errno, or a Win32
// error for kIocp (W-18: a reset is ERROR_NETNAME_DELETED there). Positive.
int32_t NativeError(Personality personality, Error error);

// One way in which an operation may end other than as asked.
struct Fault {
  // kNone: fewer bytes than asked for (at least one); else this error.
  Error error = Error::kNone;
  Row row = kNoRow;
};

// Groups of opcodes that fail alike.
enum class OperationClass : uint8_t {
  kNop,
  kRead,
  kWrite,
  kSync,
  kAllocate,
  kReceive,
  kSend,
  kPoll,
  kOpen,
  kClose,
  kShutdown,
  kAccept,
  kConnect,
};
inline constexpr int kOperationClassCount = 13;

// The group that the opcode belongs to on a file (`on_stream` false) or on a
// stream.
OperationClass ClassOf(Opcode opcode, bool on_stream);

// How operations of the class may end on this kernel; may be empty.
std::span<const Fault> FaultsOf(Personality personality,
                                OperationClass operation);

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_PERSONALITY_H_
