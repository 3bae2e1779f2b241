// What the tests of the port on the machine's own completion ports share.

#ifndef WHARF_BACKENDS_IOCP_PORT_KERNEL_TEST_UTIL_H_
#define WHARF_BACKENDS_IOCP_PORT_KERNEL_TEST_UTIL_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/iocp/port.h"
#include "backends/windows/handle.h"
#include "engine/error.h"
#include "gtest/gtest.h"

namespace wharf {

// The ways to open a port.
enum class PortKind { kPlain, kSkip, kTiny };

// The port of the kind that is the parameter, with a file of its own, and
// sockets and pipes on request. Everything is closed, and the file deleted, at
// the end.
class PortKernelTest : public testing::TestWithParam<PortKind> {
 protected:
  PortKernelTest() {
    wchar_t folder[MAX_PATH + 1];
    EXPECT_NE(GetTempPathW(MAX_PATH, folder), 0u);
    wchar_t name[MAX_PATH + 1];
    EXPECT_NE(GetTempFileNameW(folder, L"whf", 0, name), 0u);
    path_ = name;
    file_ = OpenByName(path_, FILE_FLAG_OVERLAPPED | FILE_FLAG_DELETE_ON_CLOSE);
    Open(OptionsOf(GetParam()));
  }
  ~PortKernelTest() override { port_.reset(); }

  static IocpOptions OptionsOf(PortKind kind) {
    IocpOptions options;
    options.skip_on_success = kind == PortKind::kSkip;
    if (kind == PortKind::kTiny) {
      options.max_in_flight = 2;
      options.batch = 1;
    }
    return options;
  }

  void Open(const IocpOptions& options) {
    port_.reset();
    auto port = IocpPort::Open(options);
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
  }

  // Another handle for a file that is there.
  Handle OpenByName(const std::wstring& path, DWORD flags) {
    const HANDLE handle =
        CreateFileW(path.c_str(), GENERIC_READ | GENERIC_WRITE | DELETE,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    nullptr, OPEN_EXISTING, flags, nullptr);
    EXPECT_NE(handle, INVALID_HANDLE_VALUE) << GetLastError();
    return AdoptHandle(handle);
  }
  // A server's instance of a pipe of this process and test.
  Handle MakePipe(DWORD mode = PIPE_TYPE_BYTE) {
    const HANDLE pipe = CreateNamedPipeW(
        PipeName().c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, mode,
        PIPE_UNLIMITED_INSTANCES, 4096, 4096, 0, nullptr);
    EXPECT_NE(pipe, INVALID_HANDLE_VALUE) << GetLastError();
    return AdoptHandle(pipe);
  }
  std::wstring PipeName() const {
    return L"\\\\.\\pipe\\wharf_iocp_" + std::to_wstring(GetCurrentProcessId());
  }
  // Two ends of a pipe that are connected.
  void ConnectPipe(DWORD mode = PIPE_TYPE_BYTE) {
    near_ = MakePipe(mode);
    far_ = OpenByName(PipeName(), FILE_FLAG_OVERLAPPED);
    if ((mode & PIPE_READMODE_MESSAGE) != 0) {
      DWORD read_mode = PIPE_READMODE_MESSAGE;
      EXPECT_TRUE(SetNamedPipeHandleState(AsHandle(far_), &read_mode, nullptr,
                                          nullptr));
    }
  }
  static HANDLE AsHandle(const Handle& handle) {
    return reinterpret_cast<HANDLE>(handle.native());
  }
  static SOCKET AsSocket(const Handle& handle) {
    return static_cast<SOCKET>(handle.native());
  }

  static Handle MakeSocket() {
    const SOCKET made =
        WSASocketW(AF_INET, SOCK_STREAM, 0, nullptr, 0, WSA_FLAG_OVERLAPPED);
    EXPECT_NE(made, INVALID_SOCKET);
    return AdoptSocket(made);
  }
  // A socket that listens on the loopback; its address goes to address_.
  Handle Listen() {
    Handle listener = MakeSocket();
    address_ = {};
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* address = reinterpret_cast<sockaddr*>(&address_);
    int length = sizeof(address_);
    EXPECT_EQ(bind(AsSocket(listener), address, length), 0);
    EXPECT_EQ(listen(AsSocket(listener), 8), 0);
    EXPECT_EQ(getsockname(AsSocket(listener), address, &length), 0);
    return listener;
  }
  // Connects near_ and far_ without the port.
  void ConnectSockets() {
    const Handle listener = Listen();
    near_ = MakeSocket();
    EXPECT_EQ(connect(AsSocket(near_), reinterpret_cast<sockaddr*>(&address_),
                      sizeof(address_)),
              0);
    far_ = AdoptSocket(accept(AsSocket(listener), nullptr, nullptr));
  }

  Operation Make(Opcode opcode, NativeHandle handle, void* data = nullptr,
                 uint64_t length = 0, uint64_t offset = 0) {
    Operation operation;
    operation.id = next_ = OperationId{next_.value + kIdGenerationUnit};
    operation.opcode = opcode;
    operation.handle = handle;
    operation.data = data;
    operation.length = length;
    operation.offset = offset;
    return operation;
  }
  Operation Make(Opcode opcode, const Handle& handle, void* data = nullptr,
                 uint64_t length = 0, uint64_t offset = 0) {
    return Make(opcode, handle.native(), data, length, offset);
  }
  // Submits one operation and has it issued.
  void Submit(const Operation& operation) {
    ASSERT_EQ(port_->Submit({&operation, 1}), 1u);
    ASSERT_TRUE(port_->Reap({}, Wait::None()).ok());
  }
  // The next completion, or one with id 0 after twenty seconds.
  Completion ReapOne() {
    const Time end = port_->Now() + std::chrono::seconds(20);
    Completion completion;
    while (port_->Now() < end) {
      auto count = port_->Reap({&completion, 1}, Wait::Until(end));
      EXPECT_TRUE(count.ok()) << count.status();
      if (!count.ok()) break;
      if (*count == 1) return completion;
    }
    ADD_FAILURE() << "no completion";
    return {};
  }
  // Submits one operation and returns its completion.
  Completion Run(const Operation& operation) {
    EXPECT_EQ(port_->Submit({&operation, 1}), 1u);
    Completion completion = ReapOne();
    EXPECT_EQ(completion.id, operation.id);
    return completion;
  }
  // How many completions there are within `delay`.
  std::size_t ReapFor(Duration delay) {
    const Time end = port_->Now() + delay;
    std::size_t total = 0;
    while (port_->Now() < end) {
      std::array<Completion, 16> completions;
      auto count = port_->Reap(completions, Wait::Until(end));
      EXPECT_TRUE(count.ok()) << count.status();
      if (!count.ok()) break;
      total += *count;
    }
    return total;
  }

  std::unique_ptr<IocpPort> port_;
  OperationId next_{0};
  std::wstring path_;
  Handle file_;
  Handle near_;
  Handle far_;
  sockaddr_in address_{};
};

// The name of a test's port.
inline std::string PortKindName(const testing::TestParamInfo<PortKind>& info) {
  constexpr const char* kNames[] = {"Plain", "Skip", "Tiny"};
  return kNames[static_cast<int>(info.param)];
}

// The result of an operation that ended with `error`.
constexpr int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

}  // namespace wharf

#endif  // WHARF_BACKENDS_IOCP_PORT_KERNEL_TEST_UTIL_H_
