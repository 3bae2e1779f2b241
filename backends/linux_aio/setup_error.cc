#include "backends/linux_aio/setup_error.h"

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"

namespace wharf::aio {
namespace {

Explanation ExplainQuota(const KernelFacts& facts) {
  if (facts.max_nr < 0 || facts.nr < 0) {
    return {absl::StrCat("the system's limit of AIO events leaves no room for ",
                         facts.events),
            "raise the sysctl fs.aio-max-nr as root, or ask for fewer "
            "operations in flight"};
  }
  const int64_t available = std::max<int64_t>(facts.max_nr - facts.nr, 0);
  return {
      absl::StrCat(facts.events, " AIO events are needed, but only ", available,
                   " are available: the sysctl fs.aio-max-nr is ", facts.max_nr,
                   ", and ", facts.nr, " are taken"),
      absl::StrCat("run \"sysctl fs.aio-max-nr=",
                   facts.nr + int64_t{facts.events} + facts.max_nr,
                   "\" as root, or ask for fewer operations in flight")};
}

}  // namespace

KernelFacts GatherKernelFacts(unsigned events, LinuxAioSyscalls& syscalls) {
  return KernelFacts{syscalls.KernelRelease(), syscalls.AioMaxNr(),
                     syscalls.AioNr(), events};
}

Explanation ExplainSetupError(int error, const KernelFacts& facts) {
  switch (error) {
    case ENOSYS:
      return {absl::StrCat("the kernel (", facts.release,
                           ") has no AIO: it was built without CONFIG_AIO, or "
                           "a seccomp filter hides the calls"),
              "allow io_setup, io_submit, io_getevents, io_cancel and "
              "io_destroy in the seccomp profile, or use another backend"};
    case EPERM:
    case EACCES:
      return {
          "the kernel refuses AIO to this process, most likely by a seccomp "
          "filter or a security module",
          "allow io_setup, io_submit, io_getevents, io_cancel and "
          "io_destroy in the seccomp profile, or use another backend"};
    case EAGAIN:
      return ExplainQuota(facts);
    case ENOMEM:
      return {
          absl::StrCat("no memory for a context of ", facts.events, " events"),
          "ask for fewer operations in flight, or free memory in the "
          "control group"};
    default:
      return {"the kernel did not make a context",
              "look the errno up in io_setup(2), or use another backend"};
  }
}

Explanation ExplainTooOld(const KernelFacts& facts) {
  return {absl::StrCat("the kernel (", facts.release,
                       ") is too old: its AIO cannot poll (IOCB_CMD_POLL)"),
          absl::StrCat("use Linux ", kKernelFloor,
                       " or newer, or another backend")};
}

absl::Status SetupErrorStatus(int error, const KernelFacts& facts) {
  return posix::SetupFailure("a Linux AIO context", "io_setup", error,
                             ExplainSetupError(error, facts));
}

absl::Status TooOldStatus(const KernelFacts& facts) {
  const Explanation explanation = ExplainTooOld(facts);
  return absl::FailedPreconditionError(
      absl::StrCat("cannot open a Linux AIO port: ", explanation.cause,
                   ". Way out: ", explanation.way_out));
}

}  // namespace wharf::aio
