// FaultyPort: a completion port for tests that does what it is asked on real
// descriptors, one operation after the other, except where the test says
// otherwise.
//
// Supported: Read, Write, Sync, Poll; any result instead of the real one,
// operations that never end until they are cancelled, reversed order, a fatal
// Reap, virtual time. Rejected: everything else (Error::kNotSupported).
// Divergence from a real kernel: nothing runs between two Reaps, and a Reap
// that would sleep for ever is fatal, so that a test ends.

#ifndef WHARF_TOOLS_CP_FAULTY_PORT_H_
#define WHARF_TOOLS_CP_FAULTY_PORT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/error.h"
#include "engine/port.h"

namespace wharf::cp {

// What becomes of one operation.
struct Fault {
  // Ends with this error; nothing is transferred.
  std::optional<Error> error = std::nullopt;
  // Transfers no more than this.
  uint64_t at_most = ~uint64_t{0};
  // Does not end before it is cancelled.
  bool hang = false;
  // Writes something else than what is there.
  bool corrupt = false;
};

// What the test watches and decides with; shared by the test and the port.
struct FaultyKernel {
  // Decides about each operation, when the kernel gets to it; `path` is that of
  // its descriptor. May do anything to the files. Empty: no faults.
  std::function<Fault(const Operation& operation, const std::string& path)>
      decide;
  // The last operation staged is done first.
  bool reverse = false;
  // When set, the next Reap is fatal.
  bool die = false;

  // What happened so far.
  std::size_t most_in_flight = 0;
  std::size_t cancels = 0;
  // "Read", "Sync", ... with the base name of the file, in order of execution.
  std::vector<std::string> log;
};

// The port. `kernel` is borrowed and outlives it.
class FaultyPort final : public CompletionPort {
 public:
  explicit FaultyPort(FaultyKernel* kernel);

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }
  std::size_t Submit(std::span<const Operation> operations) override;
  void Cancel(OperationId id) override;
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override;
  void Wake() override {}
  Time Now() override { return now_; }
  CloseReport Close() override { return {}; }

 private:
  Completion Execute(const Operation& operation, const Fault& fault);

  FaultyKernel* const kernel_;
  PortCapabilities capabilities_;
  std::vector<Operation> staged_;
  std::vector<Operation> hanging_;
  std::vector<Completion> ready_;
  Time now_{};
};

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_FAULTY_PORT_H_
