// FollowingPort: runs a program on the simulated kernel along a log of the same
// program on a real one. Each Reap brings what the logged one brought, no more
// and no less, or ends the run because the simulated kernel went another way;
// Submit takes as many operations as were taken; the clock says what it said.

#ifndef WHARF_TESTS_DIFFERENTIAL_FOLLOWING_PORT_H_
#define WHARF_TESTS_DIFFERENTIAL_FOLLOWING_PORT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/io_vector.h"
#include "engine/port.h"
#include "sim/kernel/kernel.h"
#include "tests/differential/port_log.h"

namespace wharf::differential {

// For each Reap of the log, and one more, the option of a latency with which
// what was begun before it comes due in it, and not before: the longer, the
// more time passes from the beginning of the oldest that it brings. Saturates
// at the longest.
std::vector<uint32_t> LateRanks(const PortLog& log);

// Who steers the simulated kernel along the log.
class Guide {
 public:
  virtual ~Guide() = default;
  // The Reap of that number, from 0, begins.
  virtual void BeginReap(uint32_t reap) = 0;
  // Whether it comes so soon that what is under way is not there yet.
  virtual bool ComesAtOnce() = 0;
  // The simulated kernel has left the log: the run is of no use any more.
  virtual bool lost() = 0;
  // The port has found that so: what is decided from now on decides nothing.
  virtual void Lose() = 0;
};

// Everything but Wake belongs to the loop thread.
class FollowingPort final : public CompletionPort {
 public:
  // Borrows all; `simulated` is a port of `kernel`. With `compare_native` the
  // kernel's own error codes have to be the same as well. `guide`, if not null,
  // is told of each Reap, and may end the run before a wrong completion is
  // reaped.
  FollowingPort(sim::Kernel* kernel, CompletionPort* simulated,
                const PortLog* log, bool compare_native, Guide* guide)
      : kernel_(kernel),
        port_(simulated),
        log_(log),
        compare_native_(compare_native),
        guide_(guide),
        late_ranks_(LateRanks(*log)) {}
  FollowingPort(const FollowingPort&) = delete;
  FollowingPort& operator=(const FollowingPort&) = delete;
  ~FollowingPort() override = default;

  const PortCapabilities& Capabilities() const override {
    return port_->Capabilities();
  }
  std::size_t Submit(std::span<const Operation> operations) override;
  void Cancel(OperationId id) override;
  // ABORTED when the simulated kernel did not follow; see why().
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override;
  void Wake() override { port_->Wake(); }
  Time Now() override;
  CloseReport Close() override { return port_->Close(); }

  // Whether the memory of the operation holds what it read according to the
  // log. True if it does not read.
  bool SameBytes(const LoggedCompletion& expected) const;
  // Why it did not follow; "" while it does.
  const std::string& why() const { return why_; }
  // The Reap, Submit and clock calls so far are all that the log has.
  bool at_end() const {
    return reap_ == log_->reaps.size() && submit_ == log_->accepted.size() &&
           time_ == log_->times.size();
  }

 private:
  struct Pieces {
    OperationId id;
    std::vector<IoVector> pieces;
  };

  bool Matches(const LoggedCompletion& expected, const Completion& actual);
  absl::Status Lost(std::string why);

  sim::Kernel* kernel_;
  CompletionPort* port_;
  const PortLog* log_;
  const bool compare_native_;
  Guide* guide_;
  const std::vector<uint32_t> late_ranks_;
  std::vector<Pieces> reads_;
  std::size_t submit_ = 0;
  std::size_t reap_ = 0;
  std::size_t time_ = 0;
  std::string why_;
};

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_FOLLOWING_PORT_H_
