// LabelledChooser: answers decisions by their label. For tests that want one
// thing to happen and everything else to be plain.
//
//   LabelledChooser chooser;
//   chooser.Next("read.outcome", 1);    // once
//   chooser.Always("order.next", 1);    // from then on

#ifndef WHARF_SIM_LABELLED_CHOOSER_H_
#define WHARF_SIM_LABELLED_CHOOSER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/chooser.h"

namespace wharf::sim {

// Everything that was not said is answered by another chooser, or with 0.
class LabelledChooser final : public Chooser {
 public:
  // Borrows `rest`; null answers 0.
  explicit LabelledChooser(Chooser* rest = nullptr) : rest_(rest) {}

  // The next decision of that label takes `choice`; several calls queue up.
  void Next(std::string_view label, uint32_t choice) {
    plans_[std::string(label)].next.push_back(choice);
  }
  // After all Nexts, decisions of that label take `choice`.
  void Always(std::string_view label, uint32_t choice) {
    plans_[std::string(label)].always = choice;
    plans_[std::string(label)].has_always = true;
  }

  // A choice that is out of range is taken modulo `n`.
  uint32_t Choose(uint32_t n, std::string_view label) override {
    if (n <= 1) return 0;
    const auto found = plans_.find(label);
    if (found == plans_.end()) return Rest(n, label);
    Plan& plan = found->second;
    ++plan.asked;
    if (plan.used < plan.next.size()) return plan.next[plan.used++] % n;
    return plan.has_always ? plan.always % n : Rest(n, label);
  }

  // Nexts that were not asked for yet, of all labels.
  std::size_t unused() const {
    std::size_t unused = 0;
    for (const auto& [label, plan] : plans_) {
      unused += plan.next.size() - plan.used;
    }
    return unused;
  }
  // How often a label with a Next or Always was asked.
  std::size_t asked(std::string_view label) const {
    const auto found = plans_.find(label);
    return found == plans_.end() ? 0 : found->second.asked;
  }

 private:
  struct Plan {
    std::vector<uint32_t> next;
    std::size_t used = 0;
    std::size_t asked = 0;
    uint32_t always = 0;
    bool has_always = false;
  };

  uint32_t Rest(uint32_t n, std::string_view label) {
    return rest_ == nullptr ? 0 : rest_->Choose(n, label);
  }

  Chooser* rest_;
  std::map<std::string, Plan, std::less<>> plans_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_LABELLED_CHOOSER_H_
