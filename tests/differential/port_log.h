// PortLog: everything that crossed one completion port in a run, in order: the
// observation that the simulated kernel has to admit, and the script that a
// replay follows.

#ifndef WHARF_TESTS_DIFFERENTIAL_PORT_LOG_H_
#define WHARF_TESTS_DIFFERENTIAL_PORT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/operation.h"
#include "engine/time.h"

namespace wharf::differential {

// When a cancel of the operation was asked for first.
enum class CancelPhase : uint8_t {
  kNever,
  kWithIt,  // before the Reap that flushed the operation: both go together
  kLater,   // after at least one Reap, while it was in flight
};

// One accepted operation. Its memory is not named: that may be gone.
struct LoggedOperation {
  Operation operation;
  // Bytes in all pieces of a transfer.
  uint64_t bytes = 0;
  // Reaps before it was accepted.
  uint32_t after_reaps = 0;
  CancelPhase cancel = CancelPhase::kNever;
};

// One completion.
struct LoggedCompletion {
  Completion completion;
  // Index of its operation in `operations`.
  uint32_t operation = 0;
  // Number of the Reap that brought it.
  uint32_t reap = 0;
  // What it read, in `bytes`.
  std::size_t bytes_at = 0;
  std::size_t bytes_length = 0;
};

// What happened, for reading a log in order.
enum class LogEvent : uint8_t {
  kAccepted,   // index in operations
  kCancel,     // index in cancels
  kCompleted,  // index in completions
  kReaped,     // number of the Reap, which is over
};
struct LogEntry {
  LogEvent event = LogEvent::kAccepted;
  uint32_t index = 0;
  friend bool operator==(const LogEntry&, const LogEntry&) = default;
};

// Plain data; written by RecordingPort.
struct PortLog {
  std::vector<LogEntry> entries;
  std::vector<LoggedOperation> operations;
  std::vector<OperationId> cancels;
  std::vector<LoggedCompletion> completions;
  // Operations that each Submit took.
  std::vector<uint32_t> accepted;
  // `completions` at the end of each Reap.
  std::vector<uint32_t> reaps;
  // What the clock said each time.
  std::vector<Time> times;
  // What all reads have read.
  std::vector<std::byte> bytes;

  // Forgets everything and keeps the memory.
  void Clear();

  // What a completion read.
  std::span<const std::byte> BytesOf(const LoggedCompletion& completion) const {
    return std::span(bytes).subspan(completion.bytes_at,
                                    completion.bytes_length);
  }
};

// A result for people: "12", "ok handle", "-ConnectionReset".
std::string DescribeResult(Opcode opcode, int64_t result);

// True if two results of such an operation are the same to a program: handles
// have other numbers on every machine.
bool SameResult(Opcode opcode, int64_t one, int64_t other);

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_PORT_LOG_H_
