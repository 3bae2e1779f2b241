// Operations for which Windows has no overlapped form.

#include "backends/iocp/errors.h"
#include "backends/iocp/open_file.h"
#include "backends/iocp/port.h"

namespace wharf {
namespace {

int HowOf(uint32_t mode) {
  switch (static_cast<ShutdownSide>(mode)) {
    case ShutdownSide::kReceive:
      return SD_RECEIVE;
    case ShutdownSide::kSend:
      return SD_SEND;
    default:
      return SD_BOTH;
  }
}

}  // namespace

void IocpPort::RunBlocking(Block& block) {
  const Operation& operation = block.operation;
  const auto handle = reinterpret_cast<HANDLE>(operation.handle);
  switch (operation.opcode) {
    case Opcode::kOpen:
      OpenFile(block);
      return;
    case Opcode::kClose:
      handles_.Forget(handle);
      End(block, calls_.CloseAny(handle), 0);
      return;
    case Opcode::kShutdown:
      End(block, ShutDown(handle, operation.mode), 0);
      return;
    default:
      End(block, Sync(handle), 0);
      return;
  }
}

void IocpPort::OpenFile(Block& block) {
  const Operation& operation = block.operation;
  const iocp::OpenedFile opened = iocp::OpenFileByName(
      calls_, static_cast<const char*>(operation.data), operation.length,
      operation.mode, static_cast<uint32_t>(operation.offset));
  if (opened.error != Error::kNone) {
    EndWith(block, -static_cast<int64_t>(opened.error), opened.code);
    return;
  }
  EndWith(block, reinterpret_cast<NativeHandle>(opened.handle), 0);
}

DWORD IocpPort::ShutDown(HANDLE handle, uint32_t mode) {
  // Wine has another name for it.
  if (calls_.KindOf(handle) != IocpHandleKind::kSocket) return WSAENOTSOCK;
  return calls_.ShutDown(reinterpret_cast<SOCKET>(handle), HowOf(mode));
}

DWORD IocpPort::Sync(HANDLE handle) {
  // Of a pipe it would wait until the other side has read everything.
  if (calls_.KindOf(handle) == IocpHandleKind::kPipe) {
    return ERROR_INVALID_PARAMETER;
  }
  return calls_.Flush(handle);
}

}  // namespace wharf
