#include "backends/iocp/port.h"

#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "backends/windows/handle.h"

namespace wharf {
namespace {

// As on Linux, so that a transfer is split in the same places everywhere;
// Windows' own limit is 4 GiB - 1.
constexpr uint64_t kMaxTransferBytes = 0x7ffff000;
// Of a send; everything else uses one at a time.
constexpr uint32_t kMaxVectors = 64;

}  // namespace

IocpPort::IocpPort(const IocpOptions& options, IocpCalls& calls)
    : calls_(calls),
      options_(options),
      slab_(std::make_unique<iocp::BlockSlab>(options.max_in_flight)),
      handles_(calls, options.skip_on_success),
      wake_(calls),
      packets_(options.batch) {
  buffers_.reserve(kMaxVectors);
}

IocpPort::~IocpPort() { Close(); }

absl::StatusOr<std::unique_ptr<IocpPort>> IocpPort::Open(
    const IocpOptions& options, IocpCalls& calls) {
  if (absl::Status status = ValidateIocpOptions(options); !status.ok()) {
    return status;
  }
  std::unique_ptr<IocpPort> port(new IocpPort(options, calls));
  if (absl::Status status = port->Initialize(); !status.ok()) return status;
  return port;
}

absl::Status IocpPort::Initialize() {
  state_ = State::kClosed;
  if (const DWORD code = calls_.StartSockets(); code != 0) {
    return absl::UnavailableError(absl::StrCat(
        "Winsock 2.2 does not start: code ", code,
        " (WSAStartup). Way out: repair the system's network stack"));
  }
  if (const DWORD code = calls_.MakePort(&port_); code != 0) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "cannot open a completion port: code ", code,
        " (CreateIoCompletionPort). Way out: close handles, or free memory"));
  }
  state_ = State::kOpen;
  handles_.set_port(port_);
  wake_.set_port(port_);
  DescribeCapabilities();
  return absl::OkStatus();
}

void IocpPort::DescribeCapabilities() {
  capabilities_.name = "iocp";
  capabilities_.max_vectors = kMaxVectors;
  capabilities_.max_operation_bytes = kMaxTransferBytes;
  capabilities_.max_in_flight = options_.max_in_flight;
  capabilities_.closer = &CloseNative;
  capabilities_.features = kFeatureCancel;
  for (Opcode opcode :
       {Opcode::kNop, Opcode::kRead, Opcode::kReadVectored, Opcode::kWrite,
        Opcode::kWriteVectored, Opcode::kSync, Opcode::kReceive, Opcode::kSend,
        Opcode::kSendVectored, Opcode::kOpen, Opcode::kClose, Opcode::kShutdown,
        Opcode::kAccept, Opcode::kConnect}) {
    capabilities_.Add(opcode);
  }
}

}  // namespace wharf
