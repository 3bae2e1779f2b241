#include "sim/kernel/personality.h"

#include <array>
#include <initializer_list>

namespace wharf::sim {
namespace {

// --- io_uring --------------------------------------------------------------

constexpr std::array kUringRead = {
    Fault{Error::kNone, U(13)},         Fault{Error::kWouldBlock, U(15)},
    Fault{Error::kIo, U(34)},           Fault{Error::kNoData, U(34)},
    Fault{Error::kInterrupted, kNoRow}, Fault{Error::kCancelled, kNoRow},
};
constexpr std::array kUringWrite = {
    Fault{Error::kNone, U(13)},
    Fault{Error::kWouldBlock, U(15)},
    Fault{Error::kIo, U(34)},
    Fault{Error::kNoSpace, U(34)},
    Fault{Error::kQuotaExceeded, U(34)},
    Fault{Error::kReadOnly, U(34)},
    Fault{Error::kInterrupted, kNoRow},
    Fault{Error::kCancelled, kNoRow},
};
constexpr std::array kUringSync = {
    Fault{Error::kIo, U(34)},
    Fault{Error::kNoSpace, U(34)},
    Fault{Error::kQuotaExceeded, U(34)},
    Fault{Error::kInterrupted, kNoRow},
};
constexpr std::array kUringAllocate = {
    Fault{Error::kNoSpace, U(34)},
    Fault{Error::kIo, U(34)},
    Fault{Error::kInterrupted, kNoRow},
    Fault{Error::kNotSupported, U(36)},
};
constexpr std::array kUringReceive = {
    Fault{Error::kNone, U(13)},
    Fault{Error::kWouldBlock, U(15)},
    Fault{Error::kConnectionReset, kNoRow},
    Fault{Error::kInterrupted, kNoRow},
    Fault{Error::kNoMemory, U(26)},
    Fault{Error::kCancelled, kNoRow},
};
constexpr std::array kUringSend = {
    Fault{Error::kNone, U(13)},
    Fault{Error::kWouldBlock, U(15)},
    Fault{Error::kConnectionReset, kNoRow},
    Fault{Error::kInterrupted, kNoRow},
    Fault{Error::kNoBuffers, kNoRow},
    Fault{Error::kCancelled, kNoRow},
};
constexpr std::array kUringOpen = {
    Fault{Error::kTooManyFiles, kNoRow}, Fault{Error::kAccessDenied, kNoRow},
    Fault{Error::kNoMemory, U(26)},      Fault{Error::kIo, U(34)},
    Fault{Error::kInterrupted, kNoRow},
};
constexpr std::array kUringClose = {
    Fault{Error::kIo, U(34)},
    Fault{Error::kNoSpace, U(34)},
    Fault{Error::kInterrupted, kNoRow},
};
constexpr std::array kUringAccept = {
    Fault{Error::kTooManyFiles, kNoRow},
    Fault{Error::kConnectionAborted, kNoRow},
    Fault{Error::kInterrupted, kNoRow},
    Fault{Error::kNoMemory, U(26)},
    Fault{Error::kCancelled, kNoRow},
};
constexpr std::array kUringConnect = {
    Fault{Error::kConnectionRefused, kNoRow},
    Fault{Error::kNetworkUnreachable, kNoRow},
    Fault{Error::kAddressNotAvailable, kNoRow},
    Fault{Error::kInterrupted, kNoRow},
    Fault{Error::kCancelled, kNoRow},
};
constexpr std::array kUringPoll = {Fault{Error::kNoMemory, U(26)}};

// --- Linux AIO -------------------------------------------------------------

constexpr std::array kAioRead = {
    Fault{Error::kNone, A(12)},
    Fault{Error::kWouldBlock, A(8)},
    Fault{Error::kIo, kNoRow},
};
constexpr std::array kAioWrite = {
    Fault{Error::kNone, A(12)},
    Fault{Error::kWouldBlock, A(8)},
    Fault{Error::kIo, kNoRow},
    Fault{Error::kNoSpace, kNoRow},
    Fault{Error::kQuotaExceeded, kNoRow},
};
constexpr std::array kAioSync = {
    Fault{Error::kInvalidArgument, A(15)},
    Fault{Error::kIo, kNoRow},
};
// Of calls that never wait: none is interrupted, and "would block" is for the
// port, which waits with a poll.
constexpr std::array kAioReceive = {
    Fault{Error::kNone, A(12)},
    Fault{Error::kConnectionReset, kNoRow},
    Fault{Error::kNoMemory, kNoRow},
};
constexpr std::array kAioSend = {
    Fault{Error::kNone, A(12)},
    Fault{Error::kConnectionReset, kNoRow},
    Fault{Error::kNoBuffers, kNoRow},
};
constexpr std::array kAioAccept = {
    Fault{Error::kTooManyFiles, kNoRow},
    Fault{Error::kConnectionAborted, kNoRow},
    Fault{Error::kNoMemory, kNoRow},
};
constexpr std::array kAioConnect = {
    Fault{Error::kConnectionRefused, kNoRow},
    Fault{Error::kNetworkUnreachable, kNoRow},
    Fault{Error::kAddressNotAvailable, kNoRow},
};
constexpr std::array kAioAllocate = {
    Fault{Error::kNoSpace, kNoRow},
    Fault{Error::kIo, kNoRow},
    Fault{Error::kInterrupted, kNoRow},
    Fault{Error::kNotSupported, kNoRow},
};
constexpr std::array kAioOpen = {
    Fault{Error::kTooManyFiles, kNoRow}, Fault{Error::kAccessDenied, kNoRow},
    Fault{Error::kNoMemory, kNoRow},     Fault{Error::kIo, kNoRow},
    Fault{Error::kInterrupted, kNoRow},
};
constexpr std::array kAioClose = {
    Fault{Error::kIo, kNoRow},
    Fault{Error::kNoSpace, kNoRow},
    Fault{Error::kInterrupted, kNoRow},
};

// --- IOCP ------------------------------------------------------------------

constexpr std::array kIocpRead = {
    Fault{Error::kNoBuffers, W(17)},
    Fault{Error::kIo, W(9)},
    Fault{Error::kCancelled, W(16)},
};
constexpr std::array kIocpWrite = {
    Fault{Error::kNoBuffers, W(17)},
    Fault{Error::kIo, W(9)},
    Fault{Error::kNoSpace, W(9)},
    Fault{Error::kCancelled, W(16)},
};
constexpr std::array kIocpStream = {
    Fault{Error::kNone, kNoRow},
    Fault{Error::kConnectionReset, W(18)},
    Fault{Error::kNoBuffers, W(17)},
    Fault{Error::kCancelled, W(16)},
};

constexpr std::array kIocpAccept = {
    Fault{Error::kConnectionReset, W(18)},
    Fault{Error::kNoBuffers, W(17)},
    Fault{Error::kCancelled, W(16)},
};
constexpr std::array kIocpConnect = {
    Fault{Error::kConnectionRefused, kNoRow},
    Fault{Error::kNetworkUnreachable, kNoRow},
    Fault{Error::kCancelled, W(16)},
};

void AddAll(PortCapabilities& capabilities,
            std::initializer_list<Opcode> opcodes) {
  for (const Opcode opcode : opcodes) capabilities.Add(opcode);
}

}  // namespace

std::string_view PersonalityName(Personality personality) {
  switch (personality) {
    case Personality::kIoUring:
      return "io_uring";
    case Personality::kLinuxAio:
      return "linux_aio";
    case Personality::kIocp:
      return "iocp";
  }
  return "unknown";
}

PortCapabilities CapabilitiesOf(Personality personality,
                                uint32_t max_in_flight) {
  PortCapabilities have;
  have.name = PersonalityName(personality);
  have.max_in_flight = max_in_flight;
  switch (personality) {
    case Personality::kIoUring:
    case Personality::kLinuxAio:
      AddAll(have, {Opcode::kNop, Opcode::kRead, Opcode::kReadVectored,
                    Opcode::kWrite, Opcode::kWriteVectored, Opcode::kSync,
                    Opcode::kAllocate, Opcode::kReceive, Opcode::kSend,
                    Opcode::kSendVectored, Opcode::kPoll, Opcode::kOpen,
                    Opcode::kClose, Opcode::kShutdown, Opcode::kAccept,
                    Opcode::kConnect});
      have.features = kFeatureDurableWrite | kFeatureDataSync | kFeatureCancel |
                      kFeaturePunchHole | kFeatureCurrentPosition;
      have.max_vectors = 1024;
      break;
    case Personality::kIocp:
      AddAll(have, {Opcode::kNop, Opcode::kRead, Opcode::kWrite,
                    Opcode::kReceive, Opcode::kSend, Opcode::kSendVectored,
                    Opcode::kAccept, Opcode::kConnect});
      have.features = kFeatureCancel;
      have.max_vectors = 64;
      break;
  }
  return have;
}

int32_t NativeError(Personality personality, Error error) {
  if (personality != Personality::kIocp) return static_cast<int32_t>(error);
  switch (error) {
    case Error::kCancelled:
      return 995;  // ERROR_OPERATION_ABORTED
    case Error::kConnectionReset:
      return 64;  // ERROR_NETNAME_DELETED
    case Error::kBrokenPipe:
      return 109;  // ERROR_BROKEN_PIPE
    case Error::kAccessDenied:
      return 5;  // ERROR_ACCESS_DENIED
    case Error::kBadHandle:
      return 6;  // ERROR_INVALID_HANDLE
    case Error::kNoSpace:
      return 112;  // ERROR_DISK_FULL
    case Error::kNoBuffers:
      return 1450;  // ERROR_NO_SYSTEM_RESOURCES
    case Error::kIo:
      return 1117;  // ERROR_IO_DEVICE
    case Error::kBadAddress:
      return 998;  // ERROR_NOACCESS
    case Error::kNotSocket:
      return 10038;  // WSAENOTSOCK
    case Error::kNotConnected:
      return 10057;  // WSAENOTCONN
    case Error::kConnectionRefused:
      return 1225;  // ERROR_CONNECTION_REFUSED
    case Error::kNetworkUnreachable:
      return 1231;  // ERROR_NETWORK_UNREACHABLE
    case Error::kTimedOut:
      return 121;  // ERROR_SEM_TIMEOUT
    default:
      return 87;  // ERROR_INVALID_PARAMETER
  }
}

OperationClass ClassOf(Opcode opcode, bool on_stream) {
  switch (opcode) {
    case Opcode::kNop:
      return OperationClass::kNop;
    case Opcode::kRead:
    case Opcode::kReadVectored:
      return on_stream ? OperationClass::kReceive : OperationClass::kRead;
    case Opcode::kWrite:
    case Opcode::kWriteVectored:
      return on_stream ? OperationClass::kSend : OperationClass::kWrite;
    case Opcode::kSync:
      return OperationClass::kSync;
    case Opcode::kAllocate:
      return OperationClass::kAllocate;
    case Opcode::kReceive:
      return OperationClass::kReceive;
    case Opcode::kSend:
    case Opcode::kSendVectored:
      return OperationClass::kSend;
    case Opcode::kOpen:
      return OperationClass::kOpen;
    case Opcode::kClose:
      return OperationClass::kClose;
    case Opcode::kShutdown:
      return OperationClass::kShutdown;
    case Opcode::kAccept:
      return OperationClass::kAccept;
    case Opcode::kConnect:
      return OperationClass::kConnect;
    case Opcode::kPoll:
      break;
  }
  return OperationClass::kPoll;
}

std::span<const Fault> FaultsOf(Personality personality,
                                OperationClass operation) {
  const bool uring = personality == Personality::kIoUring;
  const bool aio = personality == Personality::kLinuxAio;
  switch (operation) {
    case OperationClass::kNop:
      return {};
    case OperationClass::kRead:
      if (uring) return kUringRead;
      if (aio) return kAioRead;
      return kIocpRead;
    case OperationClass::kWrite:
      if (uring) return kUringWrite;
      if (aio) return kAioWrite;
      return kIocpWrite;
    case OperationClass::kSync:
      if (uring) return kUringSync;
      if (aio) return kAioSync;
      return {};
    case OperationClass::kAllocate:
      if (uring) return kUringAllocate;
      if (aio) return kAioAllocate;
      return {};
    case OperationClass::kReceive:
      if (uring) return kUringReceive;
      if (aio) return kAioReceive;
      return kIocpStream;
    case OperationClass::kSend:
      if (uring) return kUringSend;
      if (aio) return kAioSend;
      return kIocpStream;
    case OperationClass::kPoll:
      if (uring) return kUringPoll;
      return {};
    case OperationClass::kShutdown:
      return {};
    case OperationClass::kOpen:
      if (uring) return kUringOpen;
      if (aio) return kAioOpen;
      return {};
    case OperationClass::kClose:
      if (uring) return kUringClose;
      if (aio) return kAioClose;
      return {};
    case OperationClass::kAccept:
      if (uring) return kUringAccept;
      if (aio) return kAioAccept;
      return kIocpAccept;
    case OperationClass::kConnect:
      if (uring) return kUringConnect;
      if (aio) return kAioConnect;
      return kIocpConnect;
  }
  return {};
}

}  // namespace wharf::sim
