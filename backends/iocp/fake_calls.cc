#include "backends/iocp/fake_calls.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "backends/iocp/handle_table.h"

namespace wharf {
namespace {

constexpr uint32_t kBufferOverflow = 0x80000005;

HANDLE AsHandle(SOCKET socket) { return reinterpret_cast<HANDLE>(socket); }

}  // namespace

void FakeCalls::Mark(OVERLAPPED* overlapped, uint32_t status, uint64_t bytes) {
  overlapped->Internal = status;
  overlapped->InternalHigh = bytes;
}

void FakeCalls::Complete(OVERLAPPED* overlapped, uint32_t status,
                         uint64_t bytes) {
  Mark(overlapped, status, bytes);
  PostPacket(iocp::kHandleKey, overlapped);
}

void FakeCalls::PostPacket(ULONG_PTR key, OVERLAPPED* overlapped) {
  OVERLAPPED_ENTRY entry{};
  entry.lpCompletionKey = key;
  entry.lpOverlapped = overlapped;
  packets.push_back(entry);
}

int FakeCalls::Count(std::string_view name) const {
  return static_cast<int>(
      std::count_if(calls.begin(), calls.end(),
                    [&](const Call& call) { return call.name == name; }));
}

const FakeCalls::Call& FakeCalls::Last(std::string_view name) const {
  for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
    if (call->name == name) return *call;
  }
  std::abort();
}

DWORD FakeCalls::Answer(Call call, DWORD otherwise) {
  std::deque<DWORD>& answers = script_[call.name];
  calls.push_back(std::move(call));
  if (answers.empty()) return otherwise;
  const DWORD code = answers.front();
  answers.pop_front();
  return code;
}

DWORD FakeCalls::Pend(std::string_view name, HANDLE handle, const void* data,
                      uint64_t length, OVERLAPPED* overlapped) {
  const DWORD code = Answer(
      {.name = std::string(name),
       .handle = handle,
       .overlapped = overlapped,
       .data = data,
       .length = length,
       .offset = uint64_t{overlapped->OffsetHigh} << 32 | overlapped->Offset},
      ERROR_IO_PENDING);
  if (code != 0 && code != ERROR_MORE_DATA) return code;
  Mark(overlapped, code == 0 ? 0 : kBufferOverflow, length);
  if (!skipping.contains(handle)) PostPacket(iocp::kHandleKey, overlapped);
  return code;
}

DWORD FakeCalls::MakeHandle(Call call, HANDLE* result) {
  const DWORD code = Answer(std::move(call));
  *result = code == 0 ? AsHandle(next_handle++) : INVALID_HANDLE_VALUE;
  return code;
}

DWORD FakeCalls::MakePort(HANDLE* port) {
  return MakeHandle({.name = "MakePort"}, port);
}

DWORD FakeCalls::Associate(HANDLE, HANDLE handle, ULONG_PTR) {
  const DWORD code = Answer({.name = "Associate", .handle = handle});
  if (code != 0) return code;
  return associated.insert(handle).second ? 0 : ERROR_INVALID_PARAMETER;
}

DWORD FakeCalls::SetNotificationModes(HANDLE handle, UCHAR modes) {
  const DWORD code = Answer(
      {.name = "SetNotificationModes", .handle = handle, .length = modes});
  if (code == 0) skipping.insert(handle);
  return code;
}

DWORD FakeCalls::Dequeue(HANDLE, std::span<OVERLAPPED_ENTRY> entries,
                         ULONG* taken, DWORD milliseconds) {
  waits.push_back(milliseconds);
  *taken = 0;
  if (!dequeues.empty()) {
    const Step step = dequeues.front();
    dequeues.pop_front();
    if (step.effect) step.effect();
    if (step.code != 0) return step.code;
  }
  if (packets.empty() && milliseconds > 0 && when_idle) when_idle();
  if (packets.empty()) {
    now += int64_t{milliseconds} * 1'000'000;
    return WAIT_TIMEOUT;
  }
  const std::size_t count = std::min(packets.size(), entries.size());
  std::copy_n(packets.begin(), count, entries.begin());
  packets.erase(packets.begin(),
                packets.begin() + static_cast<std::ptrdiff_t>(count));
  *taken = static_cast<ULONG>(count);
  return 0;
}

DWORD FakeCalls::Post(HANDLE, ULONG_PTR key, OVERLAPPED* overlapped) {
  const DWORD code = Answer({.name = "Post", .overlapped = overlapped});
  if (code == 0) PostPacket(key, overlapped);
  return code;
}

DWORD FakeCalls::Cancel(HANDLE handle, OVERLAPPED* overlapped) {
  return Answer({.name = "Cancel", .handle = handle, .overlapped = overlapped});
}

IocpHandleKind FakeCalls::KindOf(HANDLE handle) {
  const auto found = kinds.find(handle);
  return found == kinds.end() ? IocpHandleKind::kDisk : found->second;
}

DWORD FakeCalls::Read(HANDLE handle, void* data, DWORD length,
                      OVERLAPPED* overlapped) {
  return Pend("Read", handle, data, length, overlapped);
}

DWORD FakeCalls::Write(HANDLE handle, const void* data, DWORD length,
                       OVERLAPPED* overlapped) {
  return Pend("Write", handle, data, length, overlapped);
}

DWORD FakeCalls::Receive(SOCKET socket, WSABUF* buffer,
                         OVERLAPPED* overlapped) {
  return Pend("Receive", AsHandle(socket), buffer->buf, buffer->len,
              overlapped);
}

DWORD FakeCalls::Send(SOCKET socket, std::span<WSABUF> buffers,
                      OVERLAPPED* overlapped) {
  uint64_t length = 0;
  for (const WSABUF& buffer : buffers) length += buffer.len;
  return Pend("Send", AsHandle(socket), buffers[0].buf, length, overlapped);
}

DWORD FakeCalls::ConnectPipe(HANDLE pipe, OVERLAPPED* overlapped) {
  return Pend("ConnectPipe", pipe, nullptr, 0, overlapped);
}

DWORD FakeCalls::Accept(SOCKET listener, SOCKET, std::span<std::byte> addresses,
                        OVERLAPPED* overlapped) {
  return Pend("Accept", AsHandle(listener), addresses.data(), addresses.size(),
              overlapped);
}

DWORD FakeCalls::Connect(SOCKET socket, const void* address, int length,
                         OVERLAPPED* overlapped) {
  return Pend("Connect", AsHandle(socket), address,
              static_cast<uint64_t>(length), overlapped);
}

DWORD FakeCalls::SocketLike(SOCKET listener, SOCKET* result) {
  HANDLE handle = nullptr;
  const DWORD code =
      MakeHandle({.name = "SocketLike", .handle = AsHandle(listener)}, &handle);
  *result = reinterpret_cast<SOCKET>(handle);
  return code;
}

DWORD FakeCalls::BindAny(SOCKET socket, const void*, int) {
  return Answer({.name = "BindAny", .handle = AsHandle(socket)});
}

DWORD FakeCalls::UpdateAccepted(SOCKET accepted, SOCKET) {
  return Answer({.name = "UpdateAccepted", .handle = AsHandle(accepted)});
}

DWORD FakeCalls::UpdateConnected(SOCKET socket) {
  return Answer({.name = "UpdateConnected", .handle = AsHandle(socket)});
}

DWORD FakeCalls::Duplicate(HANDLE handle, HANDLE* result) {
  const DWORD code =
      MakeHandle({.name = "Duplicate", .handle = handle}, result);
  // An association belongs to the open file, not to its handle.
  if (code == 0 && associated.contains(handle)) associated.insert(*result);
  return code;
}

DWORD FakeCalls::OpenPath(const wchar_t* path,
                          const IocpOpenArguments& arguments, HANDLE* result) {
  paths.emplace_back(path);
  opens.push_back(arguments);
  return MakeHandle({.name = "OpenPath"}, result);
}

DWORD FakeCalls::ReOpen(HANDLE handle, const IocpOpenArguments& arguments,
                        HANDLE* result) {
  opens.push_back(arguments);
  return MakeHandle({.name = "ReOpen", .handle = handle}, result);
}

DWORD FakeCalls::Widen(const char* text, std::size_t length,
                       std::wstring* result) {
  result->assign(text, text + length);
  return Answer({.name = "Widen"});
}

DWORD FakeCalls::Flush(HANDLE handle) {
  return Answer({.name = "Flush", .handle = handle});
}

DWORD FakeCalls::ShutDown(SOCKET socket, int how) {
  return Answer({.name = "ShutDown",
                 .handle = AsHandle(socket),
                 .length = static_cast<uint64_t>(how)});
}

DWORD FakeCalls::CloseAny(HANDLE handle) {
  closed.push_back(handle);
  associated.erase(handle);
  skipping.erase(handle);
  return Answer({.name = "CloseAny", .handle = handle});
}

DWORD FakeCalls::ErrorFromStatus(uint32_t status) {
  switch (status) {
    case kBufferOverflow:
      return ERROR_MORE_DATA;
    case 0xC0000011:  // END_OF_FILE
      return ERROR_HANDLE_EOF;
    case 0xC0000120:  // CANCELLED
      return ERROR_OPERATION_ABORTED;
    case 0xC000014B:  // PIPE_BROKEN
      return ERROR_BROKEN_PIPE;
    default:
      return ERROR_MR_MID_NOT_FOUND;
  }
}

}  // namespace wharf
