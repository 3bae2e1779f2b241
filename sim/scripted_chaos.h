// ScriptedChaos: lets a Chooser play the kernel behind a ScriptedPort. Every
// operation in flight ends, in any order, with any result that its kind of
// operation may have; cancels win, lose or come late; Reaps are empty, Submits
// take a prefix. A first small simulated kernel for unit and property tests of
// the engine; sim::Kernel is the one with files, streams and real semantics.
//
//   RandomChooser chooser(seed);
//   ScriptedPort port;
//   ScriptedChaos chaos(&port, &chooser);
//
// Supported: reads and receives give PatternByte data, so that a test can check
// whole-request results byte by byte; what was written or sent can be read
// back; all opcodes end sooner or later when the engine goes on reaping.
// Rejected: nothing.
// Divergence from a real kernel: operations do not see each other (a read never
// gives what a write wrote), data never ends but by choice, and handles are
// only numbers.

#ifndef WHARF_SIM_SCRIPTED_CHAOS_H_
#define WHARF_SIM_SCRIPTED_CHAOS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "sim/chooser.h"
#include "sim/scripted_port.h"

namespace wharf::sim {

// What may go wrong: bits to be combined.
enum ChaosFault : uint32_t {
  kChaosShort = 1,       // transfers of fewer bytes than asked for, not 0
  kChaosTransient = 2,   // Error::kInterrupted, Error::kWouldBlock
  kChaosError = 4,       // an error that the operation may have
  kChaosEnd = 8,         // a transfer of 0 bytes
  kChaosUnasked = 16,    // Error::kCancelled that nobody asked for (G13)
  kChaosEmptyReap = 32,  // Reaps that return 0 at once, three in a row at most
  kChaosBackpressure = 64,  // Submits that take a prefix
  kChaosTime = 128,         // completions that take up to a second
};
inline constexpr uint32_t kAllChaos = 255;

// The byte that a read of `handle` gives at `position` of the file, or a
// receive at `position` of the stream. Fixed.
std::byte PatternByte(NativeHandle handle, uint64_t position);

// Drives a port from its construction to its destruction. Use on the loop
// thread.
class ScriptedChaos final : public ScriptedPortHooks {
 public:
  // Borrows both; becomes the port's hooks. `faults` are ChaosFault bits.
  ScriptedChaos(ScriptedPort* port, Chooser* chooser,
                uint32_t faults = kAllChaos);
  ScriptedChaos(const ScriptedChaos&) = delete;
  ScriptedChaos& operator=(const ScriptedChaos&) = delete;
  ~ScriptedChaos() override;

  // The bytes that sends on `handle` have put on the wire so far, in the order
  // in which they completed.
  const std::vector<std::byte>& Sent(NativeHandle handle) {
    return sent_[handle];
  }

  // The bytes that writes have put into the file so far, zeros between. A write
  // at the current position goes to the end.
  const std::vector<std::byte>& Written(NativeHandle handle) {
    return written_[handle];
  }

  // Bytes that receives and reads at the current position have taken from
  // `handle` so far, whether their completion was delivered or not.
  uint64_t Received(NativeHandle handle) { return received_[handle]; }

  // The handle that the next successful open or accept gives. Counts up.
  NativeHandle next_handle() const { return next_handle_; }

  // ScriptedPortHooks.
  void BeforeSubmit(std::size_t count) override;
  void AfterCancel(OperationId id) override;
  void BeforeReap(Wait wait) override;
  void BeforeSleep(Time until) override;

 private:
  void CompleteOne();
  void Finish(const Operation& operation, bool cancelled);
  void FinishWithBytes(const Operation& operation, uint64_t bytes);
  bool May(ChaosFault fault) const { return (faults_ & fault) != 0; }

  ScriptedPort* port_;
  Chooser* chooser_;
  uint32_t faults_;
  NativeHandle next_handle_ = 1000000;
  int empty_reaps_ = 0;              // In a row.
  std::set<OperationId> cancelled_;  // Asked for, and not settled yet.
  std::map<NativeHandle, std::vector<std::byte>> sent_;
  std::map<NativeHandle, std::vector<std::byte>> written_;
  std::map<NativeHandle, uint64_t> received_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCRIPTED_CHAOS_H_
