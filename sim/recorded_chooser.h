// RecordedChooser: replay. Answers from a list; shrinking is replaying shorter
// lists with smaller numbers while the failure stays.

#ifndef WHARF_SIM_RECORDED_CHOOSER_H_
#define WHARF_SIM_RECORDED_CHOOSER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/chooser.h"

namespace wharf::sim {

// Replays a list of choices, and says whether the list fitted.
class RecordedChooser final : public Chooser {
 public:
  // After the last choice, `fallback` (borrowed) answers; null: always 0.
  explicit RecordedChooser(std::vector<uint32_t> choices,
                           Chooser* fallback = nullptr)
      : choices_(std::move(choices)), fallback_(fallback) {}

  // A recorded choice that is not below `n` is taken modulo `n` and counted,
  // so that any list of numbers is a schedule.
  uint32_t Choose(uint32_t n, std::string_view label) override {
    if (n <= 1) return 0;
    if (used_ == choices_.size()) {
      ++beyond_;
      return fallback_ != nullptr ? fallback_->Choose(n, label) : 0;
    }
    const uint32_t choice = choices_[used_++];
    if (choice < n) return choice;
    ++reduced_;
    return choice % n;
  }

  // Choices taken from the list so far.
  std::size_t used() const { return used_; }
  // Decisions asked after its end.
  std::size_t beyond() const { return beyond_; }
  // Recorded choices that were out of range and reduced.
  std::size_t reduced() const { return reduced_; }
  // True if the list was used up exactly and was never out of range: what an
  // unchanged program makes of its own recording.
  bool exact() const {
    return used_ == choices_.size() && beyond_ == 0 && reduced_ == 0;
  }

 private:
  std::vector<uint32_t> choices_;
  Chooser* fallback_;
  std::size_t used_ = 0;
  std::size_t beyond_ = 0;
  std::size_t reduced_ = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_RECORDED_CHOOSER_H_
