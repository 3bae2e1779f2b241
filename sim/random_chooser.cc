#include "sim/random_chooser.h"

#include <algorithm>
#include <utility>

namespace wharf::sim {
namespace {

constexpr std::size_t kFirstSlots = 64;  // A power of two.

// How much of `label` the entry matches, or -1 if it does not match.
int MatchLength(std::string_view entry, std::string_view label) {
  if (entry.ends_with('*')) {
    entry.remove_suffix(1);
    return label.starts_with(entry) ? static_cast<int>(entry.size()) : -1;
  }
  // A whole match beats the same text with a star.
  return entry == label ? static_cast<int>(entry.size()) + 1 : -1;
}

std::size_t SlotOf(std::string_view label, std::size_t slots) {
  const auto address = reinterpret_cast<uintptr_t>(label.data());
  return (address * uint64_t{0x9e3779b97f4a7c15} >> 32) & (slots - 1);
}

}  // namespace

RandomChooser::RandomChooser(uint64_t seed, Profile profile)
    : seed_(seed),
      profile_(std::move(profile)),
      random_(seed),
      slots_(kFirstSlots) {}

uint32_t RandomChooser::Choose(uint32_t n, std::string_view label) {
  if (n <= 1) return 0;
  const Resolved& resolved = Find(label);
  if (resolved.even) return random_.Below(n);
  const auto listed =
      std::min(n, static_cast<uint32_t>(resolved.weights.size()));
  uint32_t total = 0;
  for (uint32_t i = 0; i < listed; ++i) total += resolved.weights[i];
  if (total == 0) return 0;
  uint32_t drawn = random_.Below(total);
  for (uint32_t i = 0; i + 1 < listed; ++i) {
    if (drawn < resolved.weights[i]) return i;
    drawn -= resolved.weights[i];
  }
  return listed - 1 + random_.Below(n - listed + 1);
}

void RandomChooser::Reseed(uint64_t seed) {
  seed_ = seed;
  random_ = Random(seed);
  ++run_;
}

const RandomChooser::Resolved& RandomChooser::Find(std::string_view label) {
  std::size_t slot = SlotOf(label, slots_.size());
  for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
    Resolved& resolved = resolved_[slots_[slot] - 1];
    if (resolved.label.data() == label.data() &&
        resolved.label.size() == label.size()) {
      if (resolved.run != run_) DrawForRun(resolved);
      return resolved;
    }
  }
  resolved_.push_back(Match(label));
  DrawForRun(resolved_.back());
  slots_[slot] = static_cast<uint32_t>(resolved_.size());
  if (resolved_.size() * 2 > slots_.size()) Grow();
  return resolved_.back();
}

void RandomChooser::Grow() {
  std::vector<uint32_t> larger(slots_.size() * 2);
  for (uint32_t i = 0; i < resolved_.size(); ++i) {
    std::size_t slot = SlotOf(resolved_[i].label, larger.size());
    while (larger[slot] != 0) slot = (slot + 1) & (larger.size() - 1);
    larger[slot] = i + 1;
  }
  slots_ = std::move(larger);
}

RandomChooser::Resolved RandomChooser::Match(std::string_view label) const {
  Resolved resolved;
  resolved.label = label;
  resolved.hash = HashName(label);
  int best = -1;
  for (const LabelWeights& entry : profile_.labels) {
    const int length = MatchLength(entry.label, label);
    if (length <= best) continue;
    best = length;
    resolved.listed = &entry;
  }
  return resolved;
}

void RandomChooser::DrawForRun(Resolved& resolved) const {
  const bool first = resolved.run == 0;
  resolved.run = run_;
  if (profile_.swarm_off_permille == 0 && !first) return;
  resolved.even = resolved.listed == nullptr;
  if (!resolved.even) resolved.weights = resolved.listed->weights;
  if (profile_.swarm_off_permille == 0) return;

  Random draw(seed_ ^ resolved.hash);
  if (draw.Below(1000) < profile_.swarm_off_permille) {
    resolved.even = false;
    resolved.weights.clear();
    return;
  }
  const uint32_t shift = draw.Below(profile_.swarm_scale_bits + 1);
  const bool rarer = draw.Below(2) == 1;
  for (std::size_t i = 0; i < resolved.weights.size(); ++i) {
    if ((i == 0) == rarer) resolved.weights[i] <<= shift;
  }
}

}  // namespace wharf::sim
