#include "backends/linux_aio/port.h"

#include <cerrno>
#include <utility>

#include "backends/linux_aio/setup_error.h"
#include "backends/posix/fd.h"
#include "backends/posix/modes.h"

namespace wharf {

LinuxAioPort::LinuxAioPort(const LinuxAioOptions& options,
                           LinuxAioSyscalls& syscalls)
    : syscalls_(syscalls),
      options_(options),
      slots_(options.entries),
      wake_(syscalls) {
  staged_.reserve(options.entries);
  // While they are looked at they may be parked again behind themselves.
  parked_.reserve(std::size_t{2} * options.entries);
  batch_.reserve(std::size_t{1} + options.entries);
  ready_.reserve(options.entries);
}

LinuxAioPort::~LinuxAioPort() { Close(); }

absl::StatusOr<std::unique_ptr<LinuxAioPort>> LinuxAioPort::Open(
    const LinuxAioOptions& options, LinuxAioSyscalls& syscalls) {
  if (absl::Status status = ValidateLinuxAioOptions(options); !status.ok()) {
    return status;
  }
  std::unique_ptr<LinuxAioPort> port(new LinuxAioPort(options, syscalls));
  if (absl::Status status = port->Initialize(); !status.ok()) return status;
  return port;
}

absl::Status LinuxAioPort::Initialize() {
  if (absl::Status status = wake_.Open(); !status.ok()) return status;
  const unsigned events = options_.entries + 1;  // the wake's poll
  if (const int error = syscalls_.Setup(events, &context_); error < 0) {
    context_ = nullptr;
    return aio::SetupErrorStatus(-error,
                                 aio::GatherKernelFacts(events, syscalls_));
  }
  // The first poll tells whether this kernel has any.
  BatchWake();
  iocb* controls[] = {&wake_control_};
  const int taken = syscalls_.Submit(context_, controls);
  batch_.clear();
  wake_poll_ = taken == 1 ? WakePoll::kInKernel : WakePoll::kIdle;
  if (taken == -EINVAL) {
    return aio::TooOldStatus(aio::GatherKernelFacts(events, syscalls_));
  }
  DescribeCapabilities();
  return absl::OkStatus();
}

void LinuxAioPort::DescribeCapabilities() {
  capabilities_.name = "linux_aio";
  capabilities_.max_vectors = posix::kMaxVectors;
  capabilities_.max_operation_bytes = posix::kMaxTransferBytes;
  capabilities_.max_in_flight = options_.entries;
  capabilities_.closer = &CloseFd;
  capabilities_.opcodes = (uint64_t{1} << kOpcodeCount) - 1;
  capabilities_.features = kFeatureDurableWrite | kFeatureDataSync |
                           kFeatureCancel | kFeaturePunchHole |
                           kFeatureCurrentPosition;
}

}  // namespace wharf
