// InjectingPort: a ScriptedPort that can also lie, for tests of what the engine
// does with completions that no correct port would report; and that counts what
// the engine asks of its clock.

#ifndef WHARF_TESTS_SUPPORT_INJECTING_PORT_H_
#define WHARF_TESTS_SUPPORT_INJECTING_PORT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/port.h"
#include "sim/scripted_port.h"

namespace wharf::testing_support {

// Passes everything on to the scripted port. Loop thread, except Wake.
class InjectingPort final : public CompletionPort {
 public:
  explicit InjectingPort(const sim::ScriptedPortOptions& options)
      : scripted_(options) {}

  // The port underneath.
  sim::ScriptedPort& scripted() { return scripted_; }

  // The next Reap with room reports this in front of everything else, whether
  // or not there is such an operation.
  void Inject(const Completion& completion) { injected_.push_back(completion); }

  // How often the clock was read.
  uint64_t clock_reads() const { return clock_reads_; }

  const PortCapabilities& Capabilities() const override {
    return scripted_.Capabilities();
  }
  std::size_t Submit(std::span<const Operation> operations) override {
    return scripted_.Submit(operations);
  }
  void Cancel(OperationId id) override { scripted_.Cancel(id); }
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override {
    if (injected_.empty()) return scripted_.Reap(completions, wait);
    std::size_t count = 0;
    while (count < injected_.size() && count < completions.size()) {
      completions[count] = injected_[count];
      ++count;
    }
    injected_.erase(injected_.begin(),
                    injected_.begin() + static_cast<std::ptrdiff_t>(count));
    absl::StatusOr<std::size_t> more =
        scripted_.Reap(completions.subspan(count), Wait::None());
    if (!more.ok()) return more;
    return count + *more;
  }
  void Wake() override { scripted_.Wake(); }
  Time Now() override {
    ++clock_reads_;
    return scripted_.Now();
  }
  CloseReport Close() override { return scripted_.Close(); }

 private:
  sim::ScriptedPort scripted_;
  std::vector<Completion> injected_;
  uint64_t clock_reads_ = 0;
};

}  // namespace wharf::testing_support

#endif  // WHARF_TESTS_SUPPORT_INJECTING_PORT_H_
