// The kinds of request that need little: nops, sleeps, polls, opens and closes.

#ifndef WHARF_TESTS_SOAK_SMALL_LANES_H_
#define WHARF_TESTS_SOAK_SMALL_LANES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/soak/traffic.h"

namespace wharf::soak {

// Nops and sleeps, a few at a time.
class TimeLane final : public Lane {
 public:
  explicit TimeLane(Traffic& traffic) : traffic_(traffic) {}

  std::string_view name() const override { return "time"; }
  void Step() override;
  void OnEnd(int slot, Result&& result) override;
  void OnDropped(int slot) override { busy_[slot] = false; }

 private:
  static constexpr int kSlots = 4;

  Traffic& traffic_;
  bool busy_[kSlots] = {};
  // For sleeps; the earliest Time for nops.
  Time until_[kSlots];
};

// Polls of a socket that has a byte to read, or has none and must be stopped.
class PollLane final : public Lane {
 public:
  explicit PollLane(Traffic& traffic);

  std::string_view name() const override { return "poll"; }
  void Step() override;
  void OnEnd(int slot, Result&& result) override;
  void OnDropped(int) override { busy_ = false; }

 private:
  Traffic& traffic_;
  Handle near_;
  Handle far_;
  bool busy_ = false;
  bool readable_ = false;
};

// Opens: of a file that is there, of a new one, of one that is not there. What
// is opened is closed by a request, or by dropping it.
class OpenLane final : public Lane {
 public:
  OpenLane(Traffic& traffic, const std::string& folder);
  ~OpenLane() override;

  std::string_view name() const override { return "open"; }
  void Step() override;
  void OnEnd(int slot, Result&& result) override;
  void OnDropped(int) override { busy_ = false; }

 private:
  enum class Doing : uint8_t { kOpening, kMissing, kClosing };

  Traffic& traffic_;
  const std::string path_;
  const std::string missing_;
  Doing doing_ = Doing::kOpening;
  bool busy_ = false;
  Handle file_;
};

}  // namespace wharf::soak

#endif  // WHARF_TESTS_SOAK_SMALL_LANES_H_
