// ForwardingPort: passes everything on to another port. What stands between an
// engine and its port, to watch or to interfere, derives from it and overrides
// what it is there for.

#ifndef WHARF_SIM_FORWARDING_PORT_H_
#define WHARF_SIM_FORWARDING_PORT_H_

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "engine/operation.h"
#include "engine/port.h"
#include "engine/time.h"

namespace wharf::sim {

// Threads and errors are those of the port underneath.
class ForwardingPort : public CompletionPort {
 public:
  // Borrows `port`, which outlives it.
  explicit ForwardingPort(CompletionPort* port) : port_(port) {}
  // Takes `port`.
  explicit ForwardingPort(std::unique_ptr<CompletionPort> port)
      : owned_(std::move(port)), port_(owned_.get()) {}
  ForwardingPort(const ForwardingPort&) = delete;
  ForwardingPort& operator=(const ForwardingPort&) = delete;

  const PortCapabilities& Capabilities() const override {
    return port_->Capabilities();
  }
  std::size_t Submit(std::span<const Operation> operations) override {
    return port_->Submit(operations);
  }
  void Cancel(OperationId id) override { port_->Cancel(id); }
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override {
    return port_->Reap(completions, wait);
  }
  void Wake() override { port_->Wake(); }
  Time Now() override { return port_->Now(); }
  CloseReport Close() override { return port_->Close(); }

 protected:
  // The port underneath, and whether it was taken.
  CompletionPort& port() { return *port_; }
  bool owns_port() const { return owned_ != nullptr; }

 private:
  const std::unique_ptr<CompletionPort> owned_;
  CompletionPort* const port_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_FORWARDING_PORT_H_
