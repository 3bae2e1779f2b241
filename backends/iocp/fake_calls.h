// FakeCalls: a Windows in plain memory under the real backend code. It records
// calls and answers them as its script says; a test completes the operations.
// Time moves in every wait.

#ifndef WHARF_BACKENDS_IOCP_FAKE_CALLS_H_
#define WHARF_BACKENDS_IOCP_FAKE_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/iocp/calls.h"

namespace wharf {

// Single-threaded. Public fields are knobs and records for the test.
class FakeCalls final : public IocpCalls {
 public:
  // One call, as seen; fields that it does not have are 0.
  struct Call {
    std::string name;
    HANDLE handle = nullptr;
    OVERLAPPED* overlapped = nullptr;
    const void* data = nullptr;
    uint64_t length = 0;
    // The OVERLAPPED's, at the time of the call.
    uint64_t offset = 0;
  };

  // One scripted answer to Dequeue, before packets are looked at.
  struct Step {
    DWORD code = 0;
    // Runs first (completes operations, moves the clock).
    std::function<void()> effect = nullptr;
  };

  // The next call of this name answers `code`; several are answered in order.
  // Without a script overlapped calls pend, all others succeed. An overlapped
  // call that answers 0 or ERROR_MORE_DATA has transferred everything, and
  // posts its packet unless its handle skips (fault rows W-01, W-02, W-19).
  void Script(std::string_view name, DWORD code) {
    script_[std::string(name)].push_back(code);
  }
  // The operation ends: its OVERLAPPED says so, and a packet is queued.
  void Complete(OVERLAPPED* overlapped, uint32_t status, uint64_t bytes);
  // Only the OVERLAPPED says so.
  static void Mark(OVERLAPPED* overlapped, uint32_t status, uint64_t bytes);
  // A packet out of the blue.
  void PostPacket(ULONG_PTR key, OVERLAPPED* overlapped);
  // Calls of this name so far, and the last of them, which must exist.
  int Count(std::string_view name) const;
  const Call& Last(std::string_view name) const;

  DWORD StartSockets() override { return Answer({.name = "StartSockets"}); }
  DWORD MakePort(HANDLE* port) override;
  DWORD Associate(HANDLE port, HANDLE handle, ULONG_PTR key) override;
  DWORD SetNotificationModes(HANDLE handle, UCHAR modes) override;
  DWORD Dequeue(HANDLE port, std::span<OVERLAPPED_ENTRY> entries, ULONG* taken,
                DWORD milliseconds) override;
  DWORD Post(HANDLE port, ULONG_PTR key, OVERLAPPED* overlapped) override;
  DWORD Cancel(HANDLE handle, OVERLAPPED* overlapped) override;
  IocpHandleKind KindOf(HANDLE handle) override;
  bool HasMessages(HANDLE) override { return has_messages; }
  bool SocketMaySkip(SOCKET) override { return socket_may_skip; }
  DWORD Read(HANDLE handle, void* data, DWORD length,
             OVERLAPPED* overlapped) override;
  DWORD Write(HANDLE handle, const void* data, DWORD length,
              OVERLAPPED* overlapped) override;
  DWORD Receive(SOCKET socket, WSABUF* buffer, OVERLAPPED* overlapped) override;
  DWORD Send(SOCKET socket, std::span<WSABUF> buffers,
             OVERLAPPED* overlapped) override;
  DWORD ConnectPipe(HANDLE pipe, OVERLAPPED* overlapped) override;
  DWORD Accept(SOCKET listener, SOCKET accepted, std::span<std::byte> addresses,
               OVERLAPPED* overlapped) override;
  DWORD Connect(SOCKET socket, const void* address, int length,
                OVERLAPPED* overlapped) override;
  DWORD SocketLike(SOCKET listener, SOCKET* result) override;
  DWORD BindAny(SOCKET socket, const void* address, int length) override;
  DWORD UpdateAccepted(SOCKET accepted, SOCKET listener) override;
  DWORD UpdateConnected(SOCKET socket) override;
  DWORD Duplicate(HANDLE handle, HANDLE* result) override;
  DWORD OpenPath(const wchar_t* path, const IocpOpenArguments& arguments,
                 HANDLE* result) override;
  DWORD ReOpen(HANDLE handle, const IocpOpenArguments& arguments,
               HANDLE* result) override;
  bool IsDirectoryPath(const wchar_t*) override { return is_directory; }
  bool IsDirectory(HANDLE) override { return is_directory; }
  DWORD Widen(const char* text, std::size_t length,
              std::wstring* result) override;
  DWORD Flush(HANDLE handle) override;
  DWORD ShutDown(SOCKET socket, int how) override;
  DWORD CloseAny(HANDLE handle) override;
  // The few that the tests use, as Windows has them.
  DWORD ErrorFromStatus(uint32_t status) override;
  std::string SystemRelease() override { return "10.0-fake"; }
  int64_t MonotonicNanoseconds() override { return now; }

  // Knobs.
  int64_t now = 1'000'000'000;
  // Handles not named are files.
  std::map<HANDLE, IocpHandleKind> kinds;
  bool has_messages = false;
  bool socket_may_skip = true;
  bool is_directory = false;
  std::deque<Step> dequeues;
  // Runs in a Dequeue that waits and has no packet, before it gives up.
  std::function<void()> when_idle;
  // The number of the next handle that a call makes.
  uintptr_t next_handle = 0x1000;

  // Records.
  std::vector<Call> calls;
  std::vector<DWORD> waits;
  std::vector<HANDLE> closed;
  std::vector<std::wstring> paths;
  std::vector<IocpOpenArguments> opens;
  std::vector<OVERLAPPED_ENTRY> packets;
  // What Associate has seen and CloseAny not yet.
  std::set<HANDLE> associated;
  // The same for SetNotificationModes.
  std::set<HANDLE> skipping;

 private:
  // Records `call` and gives its scripted answer, or `otherwise`.
  DWORD Answer(Call call, DWORD otherwise = 0);
  // The same for an overlapped call, which pends.
  DWORD Pend(std::string_view name, HANDLE handle, const void* data,
             uint64_t length, OVERLAPPED* overlapped);
  DWORD MakeHandle(Call call, HANDLE* result);

  std::map<std::string, std::deque<DWORD>> script_;
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_IOCP_FAKE_CALLS_H_
