// RecordingChooser: remembers what another chooser answers, for replay and for
// people.

#ifndef WHARF_SIM_RECORDING_CHOOSER_H_
#define WHARF_SIM_RECORDING_CHOOSER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/choice.h"
#include "sim/chooser.h"

namespace wharf::sim {

// Passes every decision on and keeps the answer.
class RecordingChooser final : public Chooser {
 public:
  // Borrows `source`. An answer of it that is out of range is a bug of the
  // chooser; it is recorded and passed on as it is.
  explicit RecordingChooser(Chooser* source) : source_(source) {}

  uint32_t Choose(uint32_t n, std::string_view label) override {
    if (n <= 1) return 0;
    const uint32_t chosen = source_->Choose(n, label);
    choices_.push_back({n, chosen, label});
    return chosen;
  }

  // All decisions so far, in order.
  const std::vector<Choice>& choices() const { return choices_; }

  // Only the answers, as RecordedChooser takes them.
  std::vector<uint32_t> numbers() const {
    std::vector<uint32_t> numbers;
    numbers.reserve(choices_.size());
    for (const Choice& choice : choices_) numbers.push_back(choice.chosen);
    return numbers;
  }

  // Forgets what was recorded and keeps the memory.
  void Clear() { choices_.clear(); }

 private:
  Chooser* source_;
  std::vector<Choice> choices_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_RECORDING_CHOOSER_H_
