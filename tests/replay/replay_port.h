// ReplayPort: the port of a run that is repeated on a real ring. Everything is
// asked of two ports: of the simulated one, which moves the bytes, the handles
// and the clock as it did the first time, and of an io_uring port on a real
// ring. What the engine gets is what comes out of the ring.

#ifndef WHARF_TESTS_REPLAY_REPLAY_PORT_H_
#define WHARF_TESTS_REPLAY_REPLAY_PORT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "backends/io_uring/options.h"
#include "backends/io_uring/port.h"
#include "engine/port.h"
#include "tests/differential/port_log.h"
#include "tests/replay/nop_kernel.h"

namespace wharf::replay {

// What a replay came to, apart from the engine's own trace.
struct ReplayReport {
  // Why it could not follow the log; "" if it could.
  std::string problem;
  // What the ring did.
  NopKernel::Counts ring;
  uint64_t wakes = 0;
  // Reaps of the ring besides those of the log: its own completions (wakes,
  // cancels) take places, too.
  uint64_t extra_reaps = 0;
};

// Everything but Wake belongs to the loop thread.
class ReplayPort final : public CompletionPort {
 public:
  // Takes the simulated port, if there is no error; borrows the log, whose
  // completions are the script, and the report, which is complete after Close.
  // `options` says which ring; its number of entries is the simulated port's.
  // Errors: the ring's.
  static absl::StatusOr<std::unique_ptr<ReplayPort>> Open(
      std::unique_ptr<CompletionPort>& simulated,
      const differential::PortLog* log, IoUringOptions options,
      ReplayReport* report);
  ReplayPort(const ReplayPort&) = delete;
  ReplayPort& operator=(const ReplayPort&) = delete;
  ~ReplayPort() override { Close(); }

  // The simulated port's: with other ones the engine would do other things.
  const PortCapabilities& Capabilities() const override {
    return simulated_->Capabilities();
  }
  // As many as the simulated port takes; the ring must have room for them.
  std::size_t Submit(std::span<const Operation> operations) override;
  void Cancel(OperationId id) override;
  // The log's next Reap, out of the ring. ABORTED if that cannot be: the run
  // has taken another way than the log. A simulated port that fails for good
  // does so here.
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override;
  void Wake() override;
  Time Now() override { return simulated_->Now(); }
  CloseReport Close() override;

 private:
  ReplayPort(const differential::PortLog* log, ReplayReport* report)
      : log_(log), report_(report) {}

  bool SameOperations(std::span<const differential::LoggedCompletion> logged,
                      std::span<const Completion> simulated);
  void Script(std::span<const differential::LoggedCompletion> logged);
  absl::StatusOr<std::size_t> ReapRing(std::span<Completion> completions,
                                       std::size_t want, Wait wait);
  void Lose(std::string why);

  std::unique_ptr<CompletionPort> simulated_;
  const differential::PortLog* log_;
  ReplayReport* report_;
  NopKernel kernel_;
  std::unique_ptr<IoUringPort> ring_;
  std::size_t reap_ = 0;
  std::vector<Completion> buffer_;
  bool closed_ = false;
  CloseReport close_report_;
};

}  // namespace wharf::replay

#endif  // WHARF_TESTS_REPLAY_REPLAY_PORT_H_
