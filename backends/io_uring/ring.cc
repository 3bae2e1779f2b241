#include "backends/io_uring/ring.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "backends/io_uring/kernel_abi.h"
#include "backends/io_uring/prepare.h"
#include "backends/io_uring/setup_error.h"

namespace wharf::uring {
namespace {

constexpr uint32_t kMaxSubmissionEntries = 4096;
constexpr uint64_t kMaxCompletionEntries = 65536;  // IORING_MAX_CQ_ENTRIES

// From the best to the plainest; the first that the kernel takes is used.
std::vector<uint32_t> FlagLadder(const IoUringOptions& options) {
  uint32_t base = IORING_SETUP_CQSIZE;
  if (options.io_poll) base |= IORING_SETUP_IOPOLL;
  if (options.sq_poll) base |= IORING_SETUP_SQPOLL;
  if (options.allowed_opcodes != 0) base |= IORING_SETUP_R_DISABLED;
  const uint32_t submit_all = base | IORING_SETUP_SUBMIT_ALL;
  const uint32_t flagged = submit_all | IORING_SETUP_TASKRUN_FLAG;

  std::vector<uint32_t> ladder;
  // A kernel thread that submits runs completion work by itself; the kernel
  // refuses both flags next to SQPOLL.
  if (!options.sq_poll) {
    if (options.defer_task_work) {
      const uint32_t deferred =
          flagged | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
      ladder.push_back(deferred | kSetupNoIndexArray);
      ladder.push_back(deferred);
    }
    ladder.push_back(flagged | IORING_SETUP_COOP_TASKRUN);
  }
  ladder.push_back(submit_all);
  ladder.push_back(base);
  return ladder;
}

int SetUpBest(const IoUringOptions& options, IoUringSyscalls& syscalls,
              io_uring_params* params) {
  int fd = -EINVAL;
  for (const uint32_t flags : FlagLadder(options)) {
    *params = {};
    params->flags = flags;
    params->cq_entries = CompletionEntries(options);
    params->sq_thread_idle =
        static_cast<uint32_t>(options.sq_poll_idle.count());
    fd = syscalls.Setup(SubmissionEntries(options), params);
    if (fd != -EINVAL) break;
  }
  return fd;
}

io_uring_restriction AllowOpcode(uint8_t opcode) {
  io_uring_restriction entry{};
  entry.opcode = IORING_RESTRICTION_SQE_OP;
  entry.sqe_op = opcode;
  return entry;
}

io_uring_restriction AllowRegister(uint8_t opcode) {
  io_uring_restriction entry{};
  entry.opcode = IORING_RESTRICTION_REGISTER_OP;
  entry.register_op = opcode;
  return entry;
}

int RestrictAndEnable(int fd, uint64_t allowed, IoUringSyscalls& syscalls) {
  std::vector<io_uring_restriction> list = {
      AllowRegister(IORING_REGISTER_ENABLE_RINGS),
      AllowRegister(IORING_REGISTER_RING_FDS),
      AllowRegister(IORING_UNREGISTER_RING_FDS),
      // The port's own: its wake and its cancel.
      AllowOpcode(IORING_OP_POLL_ADD),
      AllowOpcode(IORING_OP_ASYNC_CANCEL),
  };
  for (int i = 0; i < kOpcodeCount; ++i) {
    if ((allowed >> i & 1) != 0 && kKernelOpcodes[i] != IORING_OP_POLL_ADD) {
      list.push_back(AllowOpcode(kKernelOpcodes[i]));
    }
  }
  const int restricted =
      syscalls.Register(fd, IORING_REGISTER_RESTRICTIONS, list.data(),
                        static_cast<unsigned>(list.size()));
  if (restricted < 0) return restricted;
  return syscalls.Register(fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
}

void RegisterRing(Ring& ring, IoUringSyscalls& syscalls) {
  io_uring_rsrc_update update{};
  update.offset = ~uint32_t{0};  // any free index
  update.data = static_cast<uint64_t>(ring.memory.ring_fd);
  if (syscalls.Register(ring.memory.ring_fd, IORING_REGISTER_RING_FDS, &update,
                        1) != 1) {
    return;  // before Linux 5.18, or no index left: the descriptor does
  }
  ring.enter_fd = static_cast<int>(update.offset);
  ring.enter_flags |= IORING_ENTER_REGISTERED_RING;
}

}  // namespace

uint32_t SubmissionEntries(const IoUringOptions& options) {
  const uint32_t wanted = std::bit_ceil(options.entries + 2);
  return std::clamp<uint32_t>(wanted, 4, kMaxSubmissionEntries);
}

uint32_t CompletionEntries(const IoUringOptions& options) {
  const uint64_t wanted =
      std::bit_ceil(uint64_t{options.entries} * options.completion_factor + 2);
  return static_cast<uint32_t>(std::clamp<uint64_t>(
      wanted, SubmissionEntries(options), kMaxCompletionEntries));
}

uint64_t ProbeOpcodes(int fd, IoUringSyscalls& syscalls, bool* has_cancel) {
  constexpr unsigned kCount = 256;
  alignas(io_uring_probe) unsigned char
      bytes[sizeof(io_uring_probe) + kCount * sizeof(io_uring_probe_op)] = {};
  *has_cancel = false;
  if (syscalls.Register(fd, IORING_REGISTER_PROBE, bytes, kCount) < 0) return 0;
  auto* probe = reinterpret_cast<io_uring_probe*>(bytes);
  *has_cancel = io_uring_opcode_supported(probe, IORING_OP_ASYNC_CANCEL) != 0;
  uint64_t opcodes = 0;
  for (int i = 0; i < kOpcodeCount; ++i) {
    if (io_uring_opcode_supported(probe, kKernelOpcodes[i])) {
      opcodes |= uint64_t{1} << i;
    }
  }
  return opcodes;
}

absl::StatusOr<Ring> OpenRing(const IoUringOptions& options,
                              IoUringSyscalls& syscalls) {
  io_uring_params params;
  const int fd = SetUpBest(options, syscalls, &params);
  if (fd < 0) return SetupErrorStatus(-fd, GatherKernelFacts(syscalls));
  if ((params.features & IORING_FEAT_EXT_ARG) == 0) {
    syscalls.Close(fd);
    return TooOldStatus(GatherKernelFacts(syscalls));
  }

  Ring ring;
  ring.setup_flags = params.flags;
  ring.features = params.features;
  ring.opcodes = ProbeOpcodes(fd, syscalls, &ring.has_cancel);
  if (options.allowed_opcodes != 0) {
    const int result = RestrictAndEnable(fd, options.allowed_opcodes, syscalls);
    if (result < 0) {
      syscalls.Close(fd);
      return absl::FailedPreconditionError(absl::StrCat(
          "the kernel refuses the list of allowed opcodes (errno ", -result,
          "). Way out: leave IoUringOptions::allowed_opcodes 0"));
    }
    ring.opcodes &= options.allowed_opcodes;
  }
  const int mapped = syscalls.Map(fd, &params, &ring.memory);
  if (mapped < 0) {
    syscalls.Close(fd);
    return SetupErrorStatus(-mapped, GatherKernelFacts(syscalls));
  }
  // The index array, where there is one, stays the identity for ever.
  if ((params.flags & kSetupNoIndexArray) == 0) {
    for (uint32_t i = 0; i < params.sq_entries; ++i) {
      ring.memory.sq.array[i] = i;
    }
  }
  ring.enter_fd = fd;
  if (options.register_ring) RegisterRing(ring, syscalls);
  return ring;
}

void CloseRing(Ring& ring, IoUringSyscalls& syscalls) {
  if ((ring.enter_flags & IORING_ENTER_REGISTERED_RING) != 0) {
    io_uring_rsrc_update update{};
    update.offset = static_cast<uint32_t>(ring.enter_fd);
    // Fails on another thread than the one that registered; the index then
    // keeps the ring alive until that thread ends.
    syscalls.Register(ring.memory.ring_fd, IORING_UNREGISTER_RING_FDS, &update,
                      1);
  }
  syscalls.UnmapAndClose(&ring.memory);
}

}  // namespace wharf::uring
