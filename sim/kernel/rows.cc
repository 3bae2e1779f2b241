#include "sim/kernel/rows.h"

namespace wharf::sim {
namespace {

constexpr std::string_view kNoLinks = "the seam has no linked operations";
constexpr std::string_view kNoMultishot =
    "the seam has no multishot operations";
constexpr std::string_view kNoRegistered =
    "the seam has no registered resources";
constexpr std::string_view kPortSetup = "a matter of opening the port";
constexpr std::string_view kBelow = "below the seam: the same to the engine";

constexpr std::array<RowInfo, kRowCount> kRows = {{
    // io_uring.
    {"completions in any order", "order.next", ""},
    {"completion inside the submitting call", "operation.latency", ""},
    {"cancel won", "cancel.waiting", ""},
    {"cancel too late, target already posted", "cancel.posted", ""},
    {"cancel not found, target in flight all the same", "cancel.running", ""},
    {"cancel refused, target running", "cancel.running", ""},
    {"cancel accepted, target partly done", "cancel.waiting", ""},
    {"cancelled target ends with EINTR", "cancel.waiting", ""},
    {"kernel-internal errno leaks", "cancel.running", ""},
    {"cancel hits another incarnation", "", "identities are unique"},
    {"cancel of many at once", "", "the seam cancels one operation at a time"},
    {"cancelled read has consumed data", "",
     "needs link timeouts (unconfirmed)"},
    {"short transfer", "read.outcome", ""},
    {"end of file or stream", "read.end", ""},
    {"EAGAIN as a result", "receive.outcome", ""},
    {"soft link broken", "", kNoLinks},
    {"hard link continues", "", kNoLinks},
    {"link timeout", "", kNoLinks},
    {"timeout races its removal", "", "deadlines are the engine's own"},
    {"handle closed under an operation", "handle.closed", ""},
    {"multishot ends", "", kNoMultishot},
    {"zero-copy send notifies later", "", "the seam has no zero-copy send"},
    {"provided buffers run out", "", kNoRegistered},
    {"submission stops early", "submit.prefix", ""},
    {"bad handle or opcode", "operation.invalid", ""},
    {"enter fails for now", "flush.later", ""},
    {"completions kept back (queue overflow)", "reap.fewer", ""},
    {"wait interrupted", "reap.early", ""},
    {"wait timed out", "reap.timeout", ""},
    {"wrong thread or ring state", "", kPortSetup},
    {"ring closed with operations pending", "close.left", ""},
    {"kernel thread polls", "", kPortSetup},
    {"registered resource replaced in use", "", kNoRegistered},
    {"device or media error", "write.outcome", ""},
    {"misaligned direct transfer", "operation.misaligned", ""},
    {"opcode unsupported or forbidden", "allocate.outcome", ""},
    {"success not reported", "", "the port always asks for completions"},
    {"drain", "", "the seam has no ordering between operations"},
    {"spurious wake-up", "reap.early", ""},
    // Linux AIO.
    {"cancel of file I/O refused", "cancel.running", ""},
    {"cancelled poll ends with result 0", "cancel.waiting", ""},
    {"cancel of a finished operation", "cancel.posted", ""},
    {"submission stops at a bad operation", "operation.invalid", ""},
    {"queue full", "submit.prefix", ""},
    {"context cannot be made", "", kPortSetup},
    {"submission blocks", "submit.blocks", ""},
    {"EAGAIN as a result", "read.outcome", ""},
    {"completions in any order", "order.next", ""},
    {"wait ends early, or with fewer", "reap.early", ""},
    {"closing cancels what it can and blocks", "close.blocks", ""},
    {"short transfer, end, misalignment", "read.outcome", ""},
    {"handle closed under an operation", "handle.closed", ""},
    {"event descriptor wakes for nothing", "reap.early", ""},
    {"sync refused", "sync.outcome", ""},
    // Windows IOCP.
    {"success at once, packet all the same", "operation.latency", ""},
    {"no packet after success at once", "", kBelow},
    {"failure at once, no packet", "operation.invalid", ""},
    {"asynchronous call done synchronously", "submit.blocks", ""},
    {"cancel requested: aborted, done or failed", "cancel.running", ""},
    {"cancel not found, packet still queued", "cancel.posted", ""},
    {"aborted with bytes", "cancel.waiting", ""},
    {"closing the handle aborts its operations", "handle.closed", ""},
    {"failed packet", "read.outcome", ""},
    {"wait ends a little early", "reap.before_deadline", ""},
    {"wait ended by an alert", "reap.early", ""},
    {"packets in order of completion only", "order.next", ""},
    {"user packet", "wake", ""},
    {"port closed while in use", "close.left", ""},
    {"packet suppressed by the event's low bit", "", kBelow},
    {"aborted because its thread ended", "receive.outcome", ""},
    {"no resources", "write.outcome", ""},
    {"reset reported as network name deleted", "receive.outcome", ""},
    {"datagram cut", "", "the seam has no datagrams"},
}};

}  // namespace

std::string RowName(Row row) {
  char letter = 'U';
  int number = row.index + 1;
  if (number > kIoUringRows + kLinuxAioRows) {
    letter = 'W';
    number -= kIoUringRows + kLinuxAioRows;
  } else if (number > kIoUringRows) {
    letter = 'A';
    number -= kIoUringRows;
  }
  std::string name = {letter, '-'};
  if (number < 10) name += '0';
  return name + std::to_string(number);
}

const RowInfo& Info(Row row) { return kRows[row.index]; }

}  // namespace wharf::sim
