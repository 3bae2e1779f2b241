// PortRig: a port without an engine. Every answer is checked against the text
// of engine/port.h as it comes: one terminal completion for each operation that
// was accepted, none for anything else, none inside Submit, never more than
// there is room for, no transient status, a clock that never goes back.

#ifndef WHARF_TESTS_CONFORMANCE_PORT_RIG_H_
#define WHARF_TESTS_CONFORMANCE_PORT_RIG_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "tests/conformance/rig.h"

namespace wharf::conformance {

// See the top of the file. Closes the port when it dies, if the test did not.
class PortRig final : public Rig {
 public:
  explicit PortRig(std::unique_ptr<World> world, uint32_t max_in_flight = 16);
  ~PortRig() override;

  CompletionPort& port() { return *port_; }
  const PortCapabilities& capabilities() const override {
    return port_->Capabilities();
  }

  // An operation with a fresh identity; nothing is submitted.
  Operation Make(Opcode opcode, const Handle& handle = Handle(),
                 void* data = nullptr, uint64_t length = 0, uint64_t offset = 0,
                 uint32_t mode = 0, uint8_t flags = 0);
  // One that ends by itself, with success: a nop, or a read of one byte.
  Operation MakeQuick();
  // One that waits for a byte on a socket of its own. Needs OneOf::kWaiting.
  Operation MakeWaiting();
  // Lets such an operation end, with success.
  void Release(OperationId id);

  // One call. Returns how many were accepted, which are now in flight.
  std::size_t Offer(std::span<const Operation> operations);
  // Offers until all are accepted, with Reaps in between.
  void OfferAll(std::span<const Operation> operations);
  // The same for one.
  void Submit(const Operation& operation) { OfferAll({&operation, 1}); }
  // One call, with room for `room` completions. Returns how many came.
  std::size_t Reap(Wait wait, std::size_t room = 16);
  // One call that asks for the end of an operation.
  void Cancel(OperationId id) { port_->Cancel(id); }

  // Reaps until the operation has ended, and returns how. Fails after
  // kPatience.
  Completion Finish(OperationId id);
  // Submit and Finish.
  Completion Run(const Operation& operation);
  // What was submitted before is in the kernel's hands: something quick that
  // was submitted after it has ended.
  void FlushAll() { Run(MakeQuick()); }
  // Finishes everything that is in flight.
  void FinishAll();

  bool InFlight(OperationId id) const { return in_flight_.contains(id); }
  std::size_t in_flight() const { return in_flight_.size(); }
  // Operations in the order in which they ended.
  const std::vector<OperationId>& ended() const { return order_; }
  // How it ended. Requires that it has.
  const Completion& EndOf(OperationId id) const { return ended_.at(id); }

  // Closes the port and checks its report: only what was in flight is left.
  const CloseReport& Close();
  // Without closing it. Nothing but the rig's end may follow.
  void DestroyPort();

  Time In(Duration delay) { return SaturatingAdd(port_->Now(), delay); }

 private:
  struct Accepted {
    Operation operation;
    uint64_t most_bytes = 0;
  };
  void Check(const Completion& completion);
  void CheckClock();

  std::unique_ptr<CompletionPort> port_;
  OperationId next_id_{0};
  Time last_now_ = Time::min();
  TestFile quick_file_;
  std::map<OperationId, Handle> waiting_;  // Far ends.
  std::map<OperationId, Accepted> in_flight_;
  std::map<OperationId, Completion> ended_;
  std::vector<OperationId> order_;
  bool dead_ = false;
  bool closed_ = false;
  CloseReport report_;
};

// A completion's result for an error, and the reverse: kNone for success.
constexpr int64_t Negated(Error error) { return -static_cast<int64_t>(error); }
inline Error ErrorOf(const Completion& completion) {
  return completion.result < 0 ? ErrorFromValue(-completion.result)
                               : Error::kNone;
}

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_PORT_RIG_H_
