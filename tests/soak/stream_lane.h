// StreamLane: one socket pair or pipe after the other. Bytes say where in the
// stream they belong; a cancelled receive must neither lose nor repeat one, and
// the end comes behind the last.

#ifndef WHARF_TESTS_SOAK_STREAM_LANE_H_
#define WHARF_TESTS_SOAK_STREAM_LANE_H_

#include <cstdint>
#include <string_view>
#include <utility>

#include "tests/soak/traffic.h"

namespace wharf::soak {

// Bytes go from one end to the other. Ends in one of three ways: a shutdown (or
// the sender closes), then the end of the stream; or a request is dropped,
// after which nobody knows how many bytes are gone, and both ends are closed.
class StreamLane final : public Lane {
 public:
  StreamLane(Traffic& traffic, bool pipe);

  std::string_view name() const override { return pipe_ ? "pipe" : "stream"; }
  void Step() override;
  void OnEnd(int slot, Result&& result) override;
  void OnDropped(int slot) override;

 private:
  enum Slot { kSender, kReceiver, kEnder, kCloser, kSlots };
  enum class State { kFlowing, kEnding, kOver, kBroken };

  void Open();
  bool Idle() const;
  bool TrySubmit(int slot, Request&& request, uint32_t fates);
  void StepSender();
  void StepReceiver();
  void OnSent(const Result& result);
  void OnReceived(const Result& result);
  void Break();

  Traffic& traffic_;
  const bool pipe_;
  const bool has_vectored_;
  State state_ = State::kOver;
  Handle near_;
  Handle far_;
  uint64_t salt_ = 0;
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
  bool busy_[kSlots] = {};
};

}  // namespace wharf::soak

#endif  // WHARF_TESTS_SOAK_STREAM_LANE_H_
