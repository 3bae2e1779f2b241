#include "backends/iocp/errors.h"

namespace wharf::iocp {
namespace {

// Win32 codes with a rule of their own; the rest is in the tables.
constexpr uint32_t kHandleEof = 38;
constexpr uint32_t kBrokenPipe = 109;
constexpr uint32_t kMoreData = 234;
constexpr uint32_t kOperationAborted = 995;
constexpr uint32_t kWsaMessageSize = 10040;
constexpr uint32_t kWsaDisconnected = 10101;

bool IsInput(Opcode opcode) {
  return opcode == Opcode::kRead || opcode == Opcode::kReadVectored ||
         opcode == Opcode::kReceive;
}

bool IsOutput(Opcode opcode) {
  return opcode == Opcode::kWrite || opcode == Opcode::kWriteVectored ||
         opcode == Opcode::kSend || opcode == Opcode::kSendVectored;
}

// Files, pipes and the system (winerror.h).
Error ErrorFromSystemCode(uint32_t code) {
  switch (code) {
    case 2:    // FILE_NOT_FOUND
    case 3:    // PATH_NOT_FOUND
    case 15:   // INVALID_DRIVE
    case 53:   // BAD_NETPATH
    case 67:   // BAD_NET_NAME
    case 161:  // BAD_PATHNAME
      return Error::kNotFound;
    case 4:  // TOO_MANY_OPEN_FILES
      return Error::kTooManyFiles;
    case 5:  // ACCESS_DENIED
      return Error::kAccessDenied;
    case 6:    // INVALID_HANDLE
    case 735:  // ABANDONED_WAIT_0
      return Error::kBadHandle;
    case 8:     // NOT_ENOUGH_MEMORY
    case 14:    // OUTOFMEMORY
    case 1453:  // WORKING_SET_QUOTA
    case 1455:  // COMMITMENT_LIMIT
      return Error::kNoMemory;
    case 1450:  // NO_SYSTEM_RESOURCES
    case 1784:  // INVALID_USER_BUFFER: too much in flight (ReadFile)
    case 1816:  // NOT_ENOUGH_QUOTA
      return Error::kNoBuffers;
    case 17:  // NOT_SAME_DEVICE
      return Error::kCrossDevice;
    case 19:  // WRITE_PROTECT
      return Error::kReadOnly;
    case 20:    // BAD_UNIT
    case 21:    // NOT_READY
    case 55:    // DEV_NOT_EXIST
    case 433:   // NO_SUCH_DEVICE
    case 1110:  // MEDIA_CHANGED
    case 1112:  // NO_MEDIA_IN_DRIVE
    case 1167:  // DEVICE_NOT_CONNECTED
      return Error::kNoDevice;
    case 23:    // CRC
    case 27:    // SECTOR_NOT_FOUND
    case 29:    // WRITE_FAULT
    case 30:    // READ_FAULT
    case 31:    // GEN_FAILURE
    case 483:   // DEVICE_HARDWARE_ERROR
    case 996:   // IO_INCOMPLETE
    case 1117:  // IO_DEVICE
    case 1392:  // FILE_CORRUPT
    case 1393:  // DISK_CORRUPT
      return Error::kIo;
    case 24:    // BAD_LENGTH
    case 87:    // INVALID_PARAMETER
    case 123:   // INVALID_NAME
    case 131:   // NEGATIVE_SEEK
    case 1113:  // NO_UNICODE_TRANSLATION
      return Error::kInvalidArgument;
    case 32:    // SHARING_VIOLATION
    case 33:    // LOCK_VIOLATION
    case 170:   // BUSY
    case 231:   // PIPE_BUSY
    case 1224:  // USER_MAPPED_FILE
      return Error::kBusy;
    case 39:   // HANDLE_DISK_FULL
    case 112:  // DISK_FULL
      return Error::kNoSpace;
    case 1:    // INVALID_FUNCTION
    case 50:   // NOT_SUPPORTED
    case 120:  // CALL_NOT_IMPLEMENTED
      return Error::kNotSupported;
    case 64:   // NETNAME_DELETED: a reset connection (W-18)
    case 240:  // VC_DISCONNECTED
      return Error::kConnectionReset;
    case 1236:  // CONNECTION_ABORTED
      return Error::kConnectionAborted;
    case 80:   // FILE_EXISTS
    case 183:  // ALREADY_EXISTS
      return Error::kExists;
    case 109:  // BROKEN_PIPE
    case 232:  // NO_DATA: the pipe is being closed
      return Error::kBrokenPipe;
    case 121:   // SEM_TIMEOUT
    case 1460:  // TIMEOUT
      return Error::kTimedOut;
    case 145:  // DIR_NOT_EMPTY
      return Error::kNotEmpty;
    case 206:  // FILENAME_EXCED_RANGE
    case 111:  // BUFFER_OVERFLOW: of a name
      return Error::kNameTooLong;
    case 223:  // FILE_TOO_LARGE
      return Error::kFileTooLarge;
    case 230:  // BAD_PIPE
    case 233:  // PIPE_NOT_CONNECTED
    case 536:  // PIPE_LISTENING
      return Error::kNotConnected;
    case 122:  // INSUFFICIENT_BUFFER
      return Error::kOverflow;
    case 234:  // MORE_DATA
      return Error::kMessageTooLong;
    case 267:  // DIRECTORY: the name is of something else
      return Error::kNotDirectory;
    case 336:  // DIRECTORY_NOT_SUPPORTED
      return Error::kIsDirectory;
    case 995:  // OPERATION_ABORTED
      return Error::kCancelled;
    case 997:  // IO_PENDING
      return Error::kInProgress;
    case 998:  // NOACCESS
      return Error::kBadAddress;
    case 1214:  // INVALID_NETNAME: an invalid address
      return Error::kAddressNotAvailable;
    case 1225:  // CONNECTION_REFUSED
      return Error::kConnectionRefused;
    case 1226:  // GRACEFUL_DISCONNECT
      return Error::kNotConnected;
    case 1227:  // ADDRESS_ALREADY_ASSOCIATED
      return Error::kAddressInUse;
    case 1229:  // CONNECTION_INVALID
      return Error::kNotConnected;
    case 1231:  // NETWORK_UNREACHABLE
      return Error::kNetworkUnreachable;
    case 1232:  // HOST_UNREACHABLE
      return Error::kHostUnreachable;
    case 1234:  // PORT_UNREACHABLE
      return Error::kConnectionRefused;
    case 1295:  // DISK_QUOTA_EXCEEDED
      return Error::kQuotaExceeded;
    case 1314:  // PRIVILEGE_NOT_HELD
      return Error::kNotPermitted;
    case 1920:  // CANT_ACCESS_FILE
      return Error::kAccessDenied;
    case 1921:  // CANT_RESOLVE_FILENAME
      return Error::kLoop;
    default:
      return Error::kUnknown;
  }
}

// Sockets (winsock2.h).
Error ErrorFromSocketCode(uint32_t code) {
  switch (code) {
    case 10004:  // WSAEINTR
      return Error::kInterrupted;
    case 10009:  // WSAEBADF
      return Error::kBadHandle;
    case 10013:  // WSAEACCES
      return Error::kAccessDenied;
    case 10014:  // WSAEFAULT
      return Error::kBadAddress;
    case 10022:  // WSAEINVAL
    case 10039:  // WSAEDESTADDRREQ
    case 10070:  // WSAESTALE
    case 10071:  // WSAEREMOTE
      return Error::kInvalidArgument;
    case 10024:  // WSAEMFILE
      return Error::kTooManyFiles;
    case 10035:  // WSAEWOULDBLOCK
      return Error::kWouldBlock;
    case 10036:  // WSAEINPROGRESS
      return Error::kInProgress;
    case 10037:  // WSAEALREADY
      return Error::kAlready;
    case 10038:  // WSAENOTSOCK
      return Error::kNotSocket;
    case 10040:  // WSAEMSGSIZE
      return Error::kMessageTooLong;
    case 10041:  // WSAEPROTOTYPE
      return Error::kProtocol;
    case 10042:  // WSAENOPROTOOPT
    case 10043:  // WSAEPROTONOSUPPORT
    case 10044:  // WSAESOCKTNOSUPPORT
    case 10045:  // WSAEOPNOTSUPP
    case 10046:  // WSAEPFNOSUPPORT
    case 10047:  // WSAEAFNOSUPPORT
      return Error::kNotSupported;
    case 10048:  // WSAEADDRINUSE
      return Error::kAddressInUse;
    case 10049:  // WSAEADDRNOTAVAIL
      return Error::kAddressNotAvailable;
    case 10050:  // WSAENETDOWN
      return Error::kNetworkDown;
    case 10051:  // WSAENETUNREACH
      return Error::kNetworkUnreachable;
    case 10052:  // WSAENETRESET
    case 10054:  // WSAECONNRESET
      return Error::kConnectionReset;
    case 10053:  // WSAECONNABORTED
      return Error::kConnectionAborted;
    case 10055:  // WSAENOBUFS
      return Error::kNoBuffers;
    case 10056:  // WSAEISCONN
      return Error::kAlreadyConnected;
    case 10057:  // WSAENOTCONN
    case 10101:  // WSAEDISCON
      return Error::kNotConnected;
    case 10058:  // WSAESHUTDOWN
      return Error::kShutDown;
    case 10060:  // WSAETIMEDOUT
      return Error::kTimedOut;
    case 10061:  // WSAECONNREFUSED
      return Error::kConnectionRefused;
    case 10062:  // WSAELOOP
      return Error::kLoop;
    case 10063:  // WSAENAMETOOLONG
      return Error::kNameTooLong;
    case 10064:  // WSAEHOSTDOWN
    case 10065:  // WSAEHOSTUNREACH
      return Error::kHostUnreachable;
    case 10066:  // WSAENOTEMPTY
      return Error::kNotEmpty;
    case 10067:  // WSAEPROCLIM
    case 10068:  // WSAEUSERS
      return Error::kNoMemory;
    case 10069:  // WSAEDQUOT
      return Error::kQuotaExceeded;
    case 10091:  // WSASYSNOTREADY
    case 10092:  // WSAVERNOTSUPPORTED
    case 10093:  // WSANOTINITIALISED
      return Error::kNoDevice;
    case 10103:  // WSAECANCELLED
    case 10111:  // WSA_E_CANCELLED
      return Error::kCancelled;
    default:
      return Error::kUnknown;
  }
}

}  // namespace

Error ErrorFromWin32(uint32_t code) {
  return code >= 10000 && code < 12000 ? ErrorFromSocketCode(code)
                                       : ErrorFromSystemCode(code);
}

uint32_t SocketErrorFromStatus(uint32_t status) {
  switch (status) {
    case 0x8000000A:  // HANDLES_CLOSED (Wine)
      return kOperationAborted;
    case 0xC000009A:  // INSUFFICIENT_RESOURCES
      return 10055;   // WSAENOBUFS
    case 0xC00000B5:  // IO_TIMEOUT
      return 10060;   // WSAETIMEDOUT
    case 0xC000013B:  // LOCAL_DISCONNECT
    case 0xC0000241:  // CONNECTION_ABORTED
      return 10053;   // WSAECONNABORTED
    case 0xC000013C:  // REMOTE_DISCONNECT
    case 0xC000020D:  // CONNECTION_RESET
      return 10054;   // WSAECONNRESET
    case 0xC0000207:  // INVALID_ADDRESS_COMPONENT
      return 10049;   // WSAEADDRNOTAVAIL
    case 0xC000020A:  // ADDRESS_ALREADY_EXISTS
      return 10048;   // WSAEADDRINUSE
    case 0xC000020C:  // CONNECTION_DISCONNECTED
    case 0xC0000140:  // INVALID_CONNECTION
      return 10057;   // WSAENOTCONN
    case 0xC0000236:  // CONNECTION_REFUSED
      return 10061;   // WSAECONNREFUSED
    case 0xC000023C:  // NETWORK_UNREACHABLE
      return 10051;   // WSAENETUNREACH
    case 0xC000023D:  // HOST_UNREACHABLE
      return 10065;   // WSAEHOSTUNREACH
    case 0xC000023F:  // PORT_UNREACHABLE
      return 10061;   // WSAECONNREFUSED: nobody listens there
    default:
      return 0;
  }
}

Answer AnswerFor(Opcode opcode, uint32_t code, uint64_t bytes) {
  const bool input = IsInput(opcode);
  const bool transfer = input || IsOutput(opcode);
  const auto count = static_cast<int64_t>(bytes);
  if (code == 0) return {.result = transfer ? count : 0};
  if (transfer && bytes > 0 &&
      (code == kOperationAborted ||
       (input && (code == kMoreData || code == kWsaMessageSize)))) {
    return {.result = count};
  }
  if (input &&
      (code == kHandleEof || code == kBrokenPipe || code == kWsaDisconnected)) {
    return {};
  }
  return {.result = -static_cast<int64_t>(ErrorFromWin32(code)),
          .native_error = static_cast<int32_t>(code)};
}

}  // namespace wharf::iocp
