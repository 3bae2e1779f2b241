#include "backends/io_uring/port.h"

#include <utility>

#include "backends/io_uring/prepare.h"
#include "backends/posix/fd.h"

namespace wharf {

using uring::WakeSource;

IoUringPort::IoUringPort(const IoUringOptions& options,
                         IoUringSyscalls& syscalls)
    : syscalls_(syscalls),
      options_(options),
      in_flight_(options.entries),
      messages_(std::make_unique<uring::MessagePool>()),
      wake_(syscalls),
      loop_thread_(std::this_thread::get_id()) {
  queued_cancels_.reserve(options.entries);
  again_.reserve(options.entries);
}

IoUringPort::~IoUringPort() { Close(); }

absl::StatusOr<std::unique_ptr<IoUringPort>> IoUringPort::Open(
    const IoUringOptions& options, IoUringSyscalls& syscalls) {
  if (absl::Status status = ValidateIoUringOptions(options); !status.ok()) {
    return status;
  }
  std::unique_ptr<IoUringPort> port(new IoUringPort(options, syscalls));
  if (absl::Status status = port->Initialize(); !status.ok()) return status;
  return port;
}

absl::Status IoUringPort::Initialize() {
  absl::StatusOr<uring::Ring> ring = uring::OpenRing(options_, syscalls_);
  if (!ring.ok()) {
    state_ = State::kClosed;
    return ring.status();
  }
  ring_ = *std::move(ring);
  const io_uring_sq& sq = ring_.memory.sq;
  const io_uring_cq& cq = ring_.memory.cq;
  sqes_ = sq.sqes;
  sq_head_ = sq.khead;
  sq_shared_tail_ = sq.ktail;
  sq_flags_ = sq.kflags;
  sq_mask_ = *sq.kring_mask;
  sq_entries_ = *sq.kring_entries;
  sq_tail_ = *sq.ktail;
  cqes_ = cq.cqes;
  cq_head_ = cq.khead;
  cq_tail_ = cq.ktail;
  cq_mask_ = *cq.kring_mask;

  // An IOPOLL ring cannot poll an eventfd. The multishot poll came with the
  // release that has IORING_FEAT_RSRC_TAGS (5.13).
  WakeSource::Mode mode = WakeSource::Mode::kOneShot;
  if (Has(IORING_SETUP_IOPOLL)) {
    mode = WakeSource::Mode::kFlagOnly;
  } else if ((ring_.features & IORING_FEAT_RSRC_TAGS) != 0) {
    mode = WakeSource::Mode::kMultishot;
  }
  if (absl::Status status = wake_.Open(mode); !status.ok()) return status;
  polling_ = mode == WakeSource::Mode::kFlagOnly;
  urgent_ = wake_.NeedsArm();
  DescribeCapabilities();
  return absl::OkStatus();
}

void IoUringPort::DescribeCapabilities() {
  capabilities_.name = "io_uring";
  capabilities_.max_vectors = posix::kMaxVectors;
  capabilities_.max_operation_bytes = posix::kMaxTransferBytes;
  capabilities_.max_in_flight = options_.entries;
  capabilities_.closer = &CloseFd;
  capabilities_.opcodes = ring_.opcodes;
  if (Has(IORING_SETUP_IOPOLL)) {
    PortCapabilities polled;
    for (Opcode opcode : {Opcode::kNop, Opcode::kRead, Opcode::kReadVectored,
                          Opcode::kWrite, Opcode::kWriteVectored}) {
      polled.Add(opcode);
    }
    capabilities_.opcodes &= polled.opcodes;
  } else if (ring_.has_cancel) {
    capabilities_.features |= kFeatureCancel;
  }
  if (capabilities_.Has(Opcode::kWrite) ||
      capabilities_.Has(Opcode::kWriteVectored)) {
    capabilities_.features |= kFeatureDurableWrite;
  }
  if (capabilities_.Has(Opcode::kSync)) {
    capabilities_.features |= kFeatureDataSync;
  }
  if (capabilities_.Has(Opcode::kAllocate)) {
    capabilities_.features |= kFeaturePunchHole;
  }
  if ((ring_.features & IORING_FEAT_RW_CUR_POS) != 0) {
    capabilities_.features |= kFeatureCurrentPosition;
  }
}

}  // namespace wharf
