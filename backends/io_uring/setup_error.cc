#include "backends/io_uring/setup_error.h"

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace wharf::uring {
namespace {

Explanation ExplainPermission(const KernelFacts& facts) {
  if (facts.disabled_sysctl == 2) {
    return {"io_uring is disabled: the sysctl kernel.io_uring_disabled is 2",
            "run \"sysctl kernel.io_uring_disabled=0\" as root, or use another "
            "backend"};
  }
  if (facts.disabled_sysctl == 1) {
    return {
        "io_uring is for privileged users: the sysctl "
        "kernel.io_uring_disabled is 1",
        "run with CAP_SYS_ADMIN, join the group named by the sysctl "
        "kernel.io_uring_group, or run \"sysctl "
        "kernel.io_uring_disabled=0\" as root"};
  }
  return {
      "the kernel refuses io_uring to this process, most likely by a "
      "seccomp filter or a security module",
      "allow io_uring_setup, io_uring_enter and io_uring_register in the "
      "container's seccomp profile, or use another backend"};
}

}  // namespace

KernelFacts GatherKernelFacts(IoUringSyscalls& syscalls) {
  return KernelFacts{syscalls.KernelRelease(), syscalls.DisabledSysctl(),
                     syscalls.MemlockLimit()};
}

Explanation ExplainSetupError(int error, const KernelFacts& facts) {
  switch (error) {
    case ENOSYS:
      return {absl::StrCat("the kernel (", facts.release,
                           ") has no io_uring: it is older than 5.1, was built "
                           "without CONFIG_IO_URING, or a seccomp filter hides "
                           "the calls"),
              absl::StrCat("use Linux ", kKernelFloor,
                           " or newer, allow the io_uring calls in the seccomp "
                           "profile, or use another backend")};
    case EPERM:
    case EACCES:
      return ExplainPermission(facts);
    case ENOMEM:
      return {absl::StrCat("no memory for the ring; RLIMIT_MEMLOCK is ",
                           facts.memlock_limit / 1024,
                           " KiB, which bounds rings on kernels before 5.12"),
              "raise the limit (ulimit -l), ask for fewer entries, or free "
              "memory in the control group"};
    case EMFILE:
      return {"this process has no descriptor left for the ring",
              "raise RLIMIT_NOFILE (ulimit -n)"};
    case ENFILE:
      return {"the system has no file left for the ring",
              "raise the sysctl fs.file-max"};
    case EINVAL:
      return {
          "the kernel does not know this combination of ring flags or "
          "sizes",
          "turn io_poll and sq_poll off, or ask for fewer entries"};
    default:
      return {"the kernel did not make a ring",
              "look the errno up in io_uring_setup(2), or use another backend"};
  }
}

absl::Status SetupErrorStatus(int error, const KernelFacts& facts) {
  return posix::SetupFailure("an io_uring", "io_uring_setup", error,
                             ExplainSetupError(error, facts));
}

absl::Status TooOldStatus(const KernelFacts& facts) {
  return absl::FailedPreconditionError(absl::StrCat(
      "cannot open an io_uring: the kernel (", facts.release,
      ") is too old; bounded waits (IORING_FEAT_EXT_ARG) need Linux ",
      kKernelFloor, ". Way out: use a newer kernel, or another backend"));
}

}  // namespace wharf::uring
