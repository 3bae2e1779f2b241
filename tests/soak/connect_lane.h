// ConnectLane: connections through a listener on the loopback interface. Each
// client says who it is; the server reads that, and closes.

#ifndef WHARF_TESTS_SOAK_CONNECT_LANE_H_
#define WHARF_TESTS_SOAK_CONNECT_LANE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/soak/traffic.h"

namespace wharf::soak {

// One client and one server at a time. A client may give up at any point; its
// connection may be accepted all the same, and then ends without a greeting.
class ConnectLane final : public Lane {
 public:
  explicit ConnectLane(Traffic& traffic);

  std::string_view name() const override { return "connect"; }
  void Step() override;
  void OnEnd(int slot, Result&& result) override;
  void OnDropped(int slot) override;

  // Greetings that arrived whole.
  uint64_t greetings() const { return greetings_; }

 private:
  enum Slot { kConnect, kGreet, kAccept, kHear, kClose, kSlots };

  void StartClient();
  void EndClient();
  void OnConnected(const Outcome& outcome);
  void OnAccepted(Result&& result);
  void OnHeard(const Result& result);
  void EndServer();
  bool TrySubmit(int slot, Request&& request, uint32_t fates);

  Traffic& traffic_;
  Handle listener_;
  std::string address_;
  Handle client_;
  Handle server_;
  Time next_client_ = Time::min();
  uint64_t salt_;
  uint64_t greetings_ = 0;
  bool busy_[kSlots] = {};
};

}  // namespace wharf::soak

#endif  // WHARF_TESTS_SOAK_CONNECT_LANE_H_
