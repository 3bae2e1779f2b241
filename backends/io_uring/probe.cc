#include "backends/io_uring/probe.h"

#include "absl/strings/str_cat.h"
#include "backends/io_uring/kernel_abi.h"
#include "backends/io_uring/ring.h"
#include "backends/io_uring/setup_error.h"
#include "engine/operation.h"

namespace wharf {
namespace {

constexpr unsigned kTrialEntries = 4;

// Something that shows in io_uring_params::features.
struct FeatureRow {
  const char* name;
  uint32_t bit;
  const char* since;
  const char* good_for;
};

constexpr FeatureRow kFeatures[] = {
    {"nodrop", IORING_FEAT_NODROP, "5.5",
     "completions that do not fit the queue are kept, not lost"},
    {"current_position", IORING_FEAT_RW_CUR_POS, "5.6",
     "reads and writes at the file's current position"},
    {"fast_poll", IORING_FEAT_FAST_POLL, "5.7",
     "sockets wait without a kernel thread"},
    {"ext_arg", IORING_FEAT_EXT_ARG, "5.11",
     "a wait with a deadline in the same system call; without it there is no "
     "port"},
    {"multishot_poll", IORING_FEAT_RSRC_TAGS, "5.13",
     "the wake is armed once; without it, after every wake"},
    {"absolute_timer", uring::kFeatureMinTimeout, "6.12",
     "a wait's deadline is passed as it is; without it, the clock is read "
     "first"},
};

// Something that shows only when a ring is made with the flags.
struct SetupRow {
  const char* name;
  uint32_t flags;
  const char* since;
  const char* good_for;
};

constexpr SetupRow kSetups[] = {
    {"submit_all", IORING_SETUP_SUBMIT_ALL, "5.18",
     "a refused operation does not stop its batch"},
    {"coop_taskrun", IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
     "5.19", "completion work does not interrupt the loop"},
    {"defer_taskrun",
     IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
         IORING_SETUP_TASKRUN_FLAG,
     "6.1", "completion work runs only inside Reap"},
    {"sqpoll", IORING_SETUP_SQPOLL, "5.1 (for everyone since 5.13)",
     "a kernel thread submits (option sq_poll)"},
    {"iopoll", IORING_SETUP_IOPOLL, "5.1",
     "completions are polled for (option io_poll)"},
};

BackendFact Fact(const char* name, bool available, const char* good_for,
                 const char* since) {
  return BackendFact{
      name, available, absl::StrCat(good_for, " (Linux ", since, ")"),
      available ? "" : absl::StrCat("use Linux ", since, " or newer")};
}

// The new ring's descriptor, or a negated errno.
int TrialRing(uint32_t flags, IoUringSyscalls& syscalls,
              io_uring_params* params) {
  *params = {};
  params->flags = flags;
  return syscalls.Setup(kTrialEntries, params);
}

void ProbeSetups(IoUringSyscalls& syscalls, BackendOffer& offer) {
  for (const SetupRow& row : kSetups) {
    io_uring_params params;
    const int fd = TrialRing(row.flags, syscalls, &params);
    if (fd >= 0) syscalls.Close(fd);
    offer.features.push_back(Fact(row.name, fd >= 0, row.good_for, row.since));
  }
}

void ProbeOperations(int fd, IoUringSyscalls& syscalls, BackendOffer& offer) {
  bool has_cancel = false;
  const uint64_t opcodes = uring::ProbeOpcodes(fd, syscalls, &has_cancel);
  for (int i = 0; i < kOpcodeCount; ++i) {
    const std::string_view name = OpcodeName(static_cast<Opcode>(i));
    const bool available = (opcodes >> i & 1) != 0;
    offer.operations.push_back(BackendFact{
        std::string(name), available, "an operation of Wharf's engine",
        available ? "" : "use Linux 5.11 or newer"});
  }
  offer.operations.push_back(
      BackendFact{"Cancel", has_cancel, "ends an operation that waits",
                  has_cancel ? "" : "use Linux 5.11 or newer"});
}

}  // namespace

BackendOffer ProbeIoUring(IoUringSyscalls& syscalls) {
  const uring::KernelFacts facts = uring::GatherKernelFacts(syscalls);
  BackendOffer offer;
  offer.backend = BackendChoice::kIoUring;

  io_uring_params params;
  const int fd = TrialRing(0, syscalls, &params);
  if (fd < 0) {
    uring::Explanation explanation = uring::ExplainSetupError(-fd, facts);
    offer.explanation = explanation.cause;
    offer.way_out = explanation.way_out;
    return offer;
  }
  for (const FeatureRow& row : kFeatures) {
    offer.features.push_back(Fact(row.name, (params.features & row.bit) != 0,
                                  row.good_for, row.since));
  }
  ProbeSetups(syscalls, offer);
  ProbeOperations(fd, syscalls, offer);
  syscalls.Close(fd);

  offer.available = (params.features & IORING_FEAT_EXT_ARG) != 0;
  if (offer.available) {
    offer.explanation = absl::StrCat("io_uring works on Linux ", facts.release);
  } else {
    offer.explanation =
        absl::StrCat("Linux ", facts.release,
                     " has an io_uring without bounded waits (EXT_ARG)");
    offer.way_out =
        absl::StrCat("use Linux ", uring::kKernelFloor, " or newer");
  }
  return offer;
}

}  // namespace wharf
