// ObservingPort: a port that shows everything that crosses the seam to an
// observer, so that properties are judged by what the engine really asks of a
// kernel. It can also have less than the port underneath (smaller operations,
// fewer features), and report what no correct port would: completions of
// operations that are over.

#ifndef WHARF_TESTS_PROPERTY_OBSERVING_PORT_H_
#define WHARF_TESTS_PROPERTY_OBSERVING_PORT_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/port.h"

namespace wharf::property {

// Told about each call of the port, on the loop thread; Wake on the caller's.
class PortObserver {
 public:
  virtual ~PortObserver() = default;
  // The port took the first `accepted` of `operations`.
  virtual void OnSubmit(std::span<const Operation> operations,
                        std::size_t accepted) = 0;
  virtual void OnCancel(OperationId id) = 0;
  // Before the port looks for completions, and after.
  virtual void OnReapBegin(Wait wait) = 0;
  virtual void OnReapEnd(bool ok, std::span<const Completion> completions) = 0;
  virtual void OnWake() = 0;
  // True if the port is to die: the test is over, and nothing shall go on.
  virtual bool GivesUp() = 0;
  virtual void OnCloseBegin() = 0;
  virtual void OnCloseEnd(const CloseReport& report) = 0;
};

// Borrows the observer, which outlives it.
class ObservingPort final : public CompletionPort {
 public:
  // `capabilities`: what is said to be there, at most what `port` has.
  ObservingPort(std::unique_ptr<CompletionPort> port,
                const PortCapabilities& capabilities, PortObserver* observer)
      : port_(std::move(port)),
        capabilities_(capabilities),
        observer_(observer) {}

  // The next Reap with room reports this in front of everything else.
  void Inject(const Completion& completion) { injected_.push_back(completion); }

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }
  std::size_t Submit(std::span<const Operation> operations) override {
    const std::size_t accepted = port_->Submit(operations);
    observer_->OnSubmit(operations, accepted);
    return accepted;
  }
  void Cancel(OperationId id) override {
    observer_->OnCancel(id);
    port_->Cancel(id);
  }
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override {
    if (observer_->GivesUp()) {
      observer_->OnReapEnd(false, {});
      return absl::AbortedError("the test is over");
    }
    observer_->OnReapBegin(wait);
    const std::size_t lies = std::min(injected_.size(), completions.size());
    std::copy_n(injected_.begin(), lies, completions.begin());
    injected_.erase(injected_.begin(),
                    injected_.begin() + static_cast<std::ptrdiff_t>(lies));
    absl::StatusOr<std::size_t> reaped =
        port_->Reap(completions.subspan(lies), lies > 0 ? Wait::None() : wait);
    if (reaped.ok()) *reaped += lies;
    observer_->OnReapEnd(reaped.ok(),
                         completions.first(reaped.ok() ? *reaped : 0));
    return reaped;
  }
  void Wake() override {
    observer_->OnWake();
    port_->Wake();
  }
  Time Now() override { return port_->Now(); }
  CloseReport Close() override {
    observer_->OnCloseBegin();
    CloseReport report = port_->Close();
    observer_->OnCloseEnd(report);
    return report;
  }

 private:
  std::unique_ptr<CompletionPort> port_;
  PortCapabilities capabilities_;
  PortObserver* observer_;
  std::vector<Completion> injected_;
};

}  // namespace wharf::property

#endif  // WHARF_TESTS_PROPERTY_OBSERVING_PORT_H_
