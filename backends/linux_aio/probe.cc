#include "backends/linux_aio/probe.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "backends/linux_aio/options.h"
#include "backends/linux_aio/prepare.h"
#include "backends/linux_aio/setup_error.h"
#include "engine/operation.h"

namespace wharf {
namespace {

// What a port with default options asks for.
constexpr unsigned kEvents = LinuxAioOptions{}.entries + 1;

// Where an operation is executed (port.h).
std::string_view WhereItRuns(Opcode opcode) {
  switch (opcode) {
    case Opcode::kRead:
    case Opcode::kReadVectored:
    case Opcode::kWrite:
    case Opcode::kWriteVectored:
      return "in the background with O_DIRECT, else inside Reap; streams wait "
             "in the kernel";
    case Opcode::kSync:
      return "in the background";
    case Opcode::kPoll:
    case Opcode::kReceive:
    case Opcode::kSend:
    case Opcode::kSendVectored:
    case Opcode::kAccept:
    case Opcode::kConnect:
      return "waits in the kernel";
    default:
      return "inside Reap";
  }
}

// Whether a context of this kernel can poll.
bool CanPoll(io_context_t context, LinuxAioSyscalls& syscalls) {
  const int fd = syscalls.OpenEventFd();
  iocb poll;
  aio::PreparePoll(fd, POLLIN, aio::kWakeTag, &poll);
  iocb* controls[] = {&poll};
  const int taken = syscalls.Submit(context, controls);
  if (fd >= 0) syscalls.Close(fd);
  return taken != -EINVAL;
}

void AddFacts(const aio::KernelFacts& facts, BackendOffer& offer) {
  offer.features.push_back(
      {.name = "poll",
       .available = true,
       .explanation =
           absl::StrCat("sockets and pipes wait in the kernel; without it "
                        "there is no port (Linux ",
                        aio::kKernelFloor, ")"),
       .way_out = ""});
  offer.features.push_back(
      {.name = "buffered_in_background",
       .available = false,
       .explanation = "transfers of files in the page cache do not block Reap",
       .way_out = "open files with O_DIRECT, or use io_uring"});
  const int64_t left = std::max<int64_t>(facts.max_nr - facts.nr, 0);
  offer.features.push_back(
      {.name = "quota",
       .available = true,
       .explanation = absl::StrCat(left, " of fs.aio-max-nr = ", facts.max_nr,
                                   " events are free; a port takes one for "
                                   "each operation in flight, and one"),
       .way_out = ""});
  for (int i = 0; i < kOpcodeCount; ++i) {
    const auto opcode = static_cast<Opcode>(i);
    offer.operations.push_back({.name = std::string(OpcodeName(opcode)),
                                .available = true,
                                .explanation = std::string(WhereItRuns(opcode)),
                                .way_out = ""});
  }
}

}  // namespace

BackendOffer ProbeLinuxAio(LinuxAioSyscalls& syscalls) {
  const aio::KernelFacts facts = aio::GatherKernelFacts(kEvents, syscalls);
  BackendOffer offer{.backend = BackendChoice::kLinuxAio,
                     .available = false,
                     .explanation = "",
                     .way_out = "",
                     .features = {},
                     .operations = {}};
  aio::Explanation trouble;
  io_context_t context = nullptr;
  const int error = syscalls.Setup(kEvents, &context);
  if (error < 0) {
    trouble = aio::ExplainSetupError(-error, facts);
  } else {
    offer.available = CanPoll(context, syscalls);
    syscalls.Destroy(context);
    if (!offer.available) trouble = aio::ExplainTooOld(facts);
  }
  if (!offer.available) {
    offer.explanation = std::move(trouble.cause);
    offer.way_out = std::move(trouble.way_out);
    return offer;
  }
  offer.explanation = absl::StrCat("Linux AIO works on Linux ", facts.release);
  AddFacts(facts, offer);
  return offer;
}

}  // namespace wharf
