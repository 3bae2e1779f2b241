// RecordingPort: stands between a program and a port, passes everything on and
// writes it down.

#ifndef WHARF_TESTS_DIFFERENTIAL_RECORDING_PORT_H_
#define WHARF_TESTS_DIFFERENTIAL_RECORDING_PORT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/io_vector.h"
#include "engine/port.h"
#include "sim/forwarding_port.h"
#include "tests/differential/port_log.h"

namespace wharf::differential {

// Everything but Wake belongs to the loop thread.
class RecordingPort final : public sim::ForwardingPort {
 public:
  // Borrows both. Close does not close `port` if nothing is in flight, so that
  // the next program can have it.
  RecordingPort(CompletionPort* port, PortLog* log)
      : ForwardingPort(port), log_(log) {}
  // Takes `port`, and closes it when it is closed; borrows the log.
  RecordingPort(std::unique_ptr<CompletionPort> port, PortLog* log)
      : ForwardingPort(std::move(port)), log_(log) {}

  std::size_t Submit(std::span<const Operation> operations) override;
  void Cancel(OperationId id) override;
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override;
  Time Now() override;
  CloseReport Close() override;

  // Operations accepted and not completed.
  std::size_t in_flight() const { return in_flight_.size(); }

 private:
  // Index in log_->operations, and where its bytes arrive.
  struct InFlight {
    OperationId id;
    uint32_t operation = 0;
    std::vector<IoVector> pieces;
  };

  void KeepBytes(const InFlight& entry, LoggedCompletion& completion);

  PortLog* log_;
  std::vector<InFlight> in_flight_;
  bool closed_ = false;
};

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_RECORDING_PORT_H_
