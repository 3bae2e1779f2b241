// Weather: how a test of an example lets the simulated machine misbehave.

#ifndef WHARF_EXAMPLES_WEATHER_H_
#define WHARF_EXAMPLES_WEATHER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "sim/chooser.h"
#include "sim/profiles.h"
#include "sim/random_chooser.h"

namespace wharf::examples {

// Decides by seed and profile (sim/profiles.h), or nothing unusual while the
// weather is fair.
class Weather final : public sim::Chooser {
 public:
  // Decisions of the name `never` always go the usual way.
  Weather(uint64_t seed, std::string_view profile, std::string_view never = "")
      : rough_(seed, *sim::FindProfile(profile)), never_(never) {}

  // Gives what it was before.
  bool SetFair(bool fair) { return std::exchange(fair_, fair); }

  uint32_t Choose(uint32_t n, std::string_view label) override {
    return fair_ || label == never_ ? 0 : rough_.Choose(n, label);
  }

 private:
  sim::RandomChooser rough_;
  const std::string never_;
  bool fair_ = false;
};

}  // namespace wharf::examples

#endif  // WHARF_EXAMPLES_WEATHER_H_
