// Operation: one thing a kernel is asked to do. Completion: its one answer.
// This pair is all that crosses the seam between the engine and a port.

#ifndef WHARF_ENGINE_OPERATION_H_
#define WHARF_ENGINE_OPERATION_H_

#include <cstdint>
#include <string_view>

#include "engine/handle.h"
#include "engine/ids.h"

namespace wharf {

// What the kernel is asked to do. A port advertises the ones it really has in
// PortCapabilities::opcodes.
enum class Opcode : uint8_t {
  kNop,
  kRead,           // data/length = bytes; offset
  kReadVectored,   // data = const IoVector*, length = their number; offset
  kWrite,          // as kRead
  kWriteVectored,  // as kReadVectored
  kSync,           // flag kOperationDataOnly for data without metadata
  kAllocate,       // offset, length, mode = AllocateMode
  kReceive,        // data/length = bytes
  kSend,           // data/length = bytes
  kSendVectored,   // data = const IoVector*, length = their number
  kPoll,           // mode = PollEvents; result = the events that are ready
  kOpen,           // data = path with a final 0, length = bytes before the 0,
                   // mode = OpenFlags, offset = permissions; result = handle
  kClose,          // the handle is gone whatever the result, but for kCancelled
  kShutdown,       // mode = ShutdownSide
  kAccept,         // result = the connection's handle
  kConnect,        // data/length = native socket address
};
inline constexpr int kOpcodeCount = 16;

// True if a successful completion's result is a new native handle. It belongs
// to whoever receives the completion; a port that drops one closes the handle.
constexpr bool MakesHandle(Opcode opcode) {
  return opcode == Opcode::kOpen || opcode == Opcode::kAccept;
}

// The enumerator's name without its "k"; "Unknown" for a value outside the
// enumeration. Static lifetime.
std::string_view OpcodeName(Opcode opcode);

// Operation::offset of a read or write at the handle's current position, which
// the kernel advances.
inline constexpr uint64_t kCurrentPosition = ~uint64_t{0};

// Operation::flags.
// kSync: file data and what is needed to read it back, no other metadata.
inline constexpr uint8_t kOperationDataOnly = 1;
// kWrite, kWriteVectored: the bytes are durable when the operation completes
// (RWF_DSYNC). Needs kFeatureDurableWrite.
inline constexpr uint8_t kOperationDurable = 2;

// Operation::mode of kAllocate. Named after what happens to the range.
enum class AllocateMode : uint32_t {
  kAllocate,  // reserve space; the file grows if the range passes its end
  kAllocateKeepSize,  // reserve space; the size stays
  kPunchHole,         // give the space back; reads give zeros; the size stays
  kZeroRange,         // reads give zeros; the file grows if needed
};

// Operation::mode and the result of kPoll: bits to be combined.
enum PollEvents : uint32_t {
  kPollReadable = 1,
  kPollWritable = 2,
  kPollError = 4,  // result only
  // Result only. The peer is gone; from io_uring also that it has ended its own
  // direction, and may still be sent to.
  kPollHangUp = 8,
};

// Operation::mode of kOpen: bits to be combined; at least one of the first two.
// The new handle is never inherited by child processes.
enum OpenFlags : uint32_t {
  kOpenRead = 1,
  kOpenWrite = 2,
  kOpenCreate = 4,      // make the file if it is missing
  kOpenExclusive = 8,   // with kOpenCreate: Error::kExists if it is there
  kOpenTruncate = 16,   // drop the present content
  kOpenAppend = 32,     // every write goes to the end
  kOpenDirect = 64,     // past the page cache; alignment rules apply (U-35)
  kOpenDirectory = 128  // Error::kNotDirectory if it is anything else
};

// Operation::mode of kShutdown: which side of a connection ends.
enum class ShutdownSide : uint32_t {
  kReceive,
  kSend,  // the peer sees the end of the stream
  kBoth,
};

// One operation. The engine owns the memory behind `data` (bytes, or the vector
// array and all bytes it names) and the handle from Submit until the port has
// returned the terminal Completion with this id; the port only borrows them.
struct Operation {
  OperationId id;
  NativeHandle handle = kInvalidNativeHandle;
  uint64_t offset = 0;
  void* data = nullptr;
  uint64_t length = 0;
  uint32_t mode = 0;
  Opcode opcode = Opcode::kNop;
  uint8_t flags = 0;
  // Always 0. Without padding an Operation is copied in three moves.
  uint16_t reserved = 0;
};
static_assert(sizeof(Operation) == 48);

// Completion::flags: more completions follow for the same operation; this one
// does not end it.
inline constexpr uint32_t kCompletionMore = 1;

// One answer of the kernel.
struct Completion {
  OperationId id;
  // Bytes transferred (ready events for kPoll, the handle for kOpen and
  // kAccept, 0 for the rest), or a negated wharf::Error. Transient answers that
  // concern the operation itself (Error::kInterrupted, Error::kWouldBlock) are
  // passed on as such: the engine reissues.
  int64_t result = 0;
  // The kernel's own code when result < 0, else 0.
  int32_t native_error = 0;
  uint32_t flags = 0;
};
static_assert(sizeof(Completion) == 24);

}  // namespace wharf

#endif  // WHARF_ENGINE_OPERATION_H_
