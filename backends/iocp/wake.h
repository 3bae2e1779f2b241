// WakeSource: how another thread ends a Reap. A packet without OVERLAPPED is
// posted to the port.
//
// Why no ring is lost: Ring moves the state from idle to rung and posts only if
// it did. The loop takes the packet first and moves the state back to idle
// after, with a read-modify-write too. A Ring before that is answered by the
// Reap that took the packet, and happens before it; a Ring after it finds the
// state idle and posts again. If the system has no memory for a packet the
// state says so, and Reap looks at it before it sleeps; a Reap that sleeps
// already finds it when its sleep, which is bounded, ends.

#ifndef WHARF_BACKENDS_IOCP_WAKE_H_
#define WHARF_BACKENDS_IOCP_WAKE_H_

#include <atomic>
#include <cstdint>

#include "backends/iocp/calls.h"

namespace wharf::iocp {

// The completion key of a wake's packet.
inline constexpr ULONG_PTR kWakeKey = 2;

// Loop thread only, except Ring.
class WakeSource {
 public:
  explicit WakeSource(IocpCalls& calls) : calls_(calls) {}
  // To be called before everything else.
  void set_port(HANDLE port) { port_ = port; }

  // Any thread, never blocks: see the file comment.
  void Ring();
  // The packet has been taken from the port.
  void Acknowledge() { state_.exchange(kIdle, std::memory_order_acq_rel); }
  // True if a ring could not be posted; resets.
  bool TakeUnposted();

 private:
  enum : uint32_t { kIdle, kRung, kUnposted };
  // Attempts to post before the state has to do.
  static constexpr int kAttempts = 16;

  IocpCalls& calls_;
  HANDLE port_ = nullptr;
  // A line of its own: other threads write it.
  alignas(64) std::atomic<uint32_t> state_ = kIdle;
};

}  // namespace wharf::iocp

#endif  // WHARF_BACKENDS_IOCP_WAKE_H_
