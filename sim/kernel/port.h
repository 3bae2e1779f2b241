// KernelPort: one completion port onto the simulated machine. Made by
// Kernel::OpenPort; programs see only its CompletionPort.

#ifndef WHARF_SIM_KERNEL_PORT_H_
#define WHARF_SIM_KERNEL_PORT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/port.h"
#include "sim/kernel/id_map.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/personality.h"
#include "sim/kernel/ring_queue.h"

namespace wharf::sim {

// See engine/port.h for the contract. Everything but Wake belongs to the
// machine's one thread.
class KernelPort final : public CompletionPort {
 public:
  // Port number `number` of `kernel`, which it registers with.
  KernelPort(Kernel* kernel, uint32_t number, const PortOptions& options);
  KernelPort(const KernelPort&) = delete;
  KernelPort& operator=(const KernelPort&) = delete;
  ~KernelPort() override;

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }
  std::size_t Submit(std::span<const Operation> operations) override;
  void Cancel(OperationId id) override;
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override;
  void Wake() override;
  Time Now() override { return kernel_->Now(); }
  CloseReport Close() override;

  // Which kernel it behaves like.
  Personality personality() const { return personality_; }

  // The kernel has finished the operation in `slot`.
  void Posted(uint32_t slot, const Completion& completion) {
    completed_.Push({slot, completion});
  }
  // The machine has crashed, or the port fails: every Reap says so.
  void Fail(absl::Status status);
  // Everything in its hands is forgotten.
  void Forget();

 private:
  struct Staged {
    OperationId id;
    uint32_t slot = 0;
    bool cancel = false;
  };
  struct Completed {
    uint32_t slot = 0;
    Completion completion;
  };

  void Accept(const Operation& operation);
  bool IsDead(const char* call);
  void Flush();
  void Sleep(Time until);
  void TouchSome();
  std::size_t Deliver(std::span<Completion> completions);
  void ReportLeft();
  void DropAtClose(uint32_t index, CloseReport& report);

  Kernel* kernel_;
  const uint32_t number_;
  const Personality personality_;
  const PortCapabilities capabilities_;
  const bool has_nop_;
  IdMap ids_;
  RingQueue<Staged> staged_;
  RingQueue<Completed> completed_;
  std::size_t in_flight_ = 0;  // Accepted and not delivered.
  uint32_t touch_next_ = 0;
  uint32_t stuck_in_a_row_ = 0;
  absl::Status fatal_;
  std::optional<CloseReport> report_;
  std::atomic<bool> wake_ = false;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_PORT_H_
