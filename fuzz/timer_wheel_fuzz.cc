// The timer wheel against the simplest thing that could be right: a map sorted
// by tick and by the order of Schedule.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/timer_wheel.h"
#include "fuzz/check.h"
#include "fuzz/notes.h"
#include "sim/bytes_chooser.h"

namespace wharf::fuzz {
namespace {

constexpr uint32_t kNodes = 8;

// The wheel and its model, moved together.
class Both {
 public:
  explicit Both(sim::BytesChooser* choose) : choose_(choose) {}

  void Step() {
    switch (choose_->Choose(4, "step")) {
      case 0: {
        const uint64_t tick = Tick();
        Schedule(choose_->Choose(kNodes, "node"), tick);
        break;
      }
      case 1:
        Remove(choose_->Choose(kNodes, "node"));
        break;
      default:
        Advance(Tick());
        break;
    }
    Check(wheel_.size() == model_.size(), "size");
    const uint64_t next = wheel_.NextTick();
    if (model_.empty()) {
      Check(next == TimerWheel::kNoTick, "nothing is scheduled, and yet next");
    } else {
      const uint64_t earliest = model_.begin()->first.first;
      Check(next <= std::max(earliest, now_), "next is after the earliest");
      NoteIf(next < earliest, "looks_before_the_earliest_is_due");
    }
  }

  // What is left fires at its own tick, no matter how far away.
  void Drain() {
    while (!model_.empty()) {
      const uint64_t before = wheel_.NextTick();
      for (int i = 0; i < 12; ++i) {
        Advance(wheel_.NextTick());
        if (model_.empty() || wheel_.NextTick() != before) break;
      }
      if (before == TimerWheel::kNoTick) {
        Advance(before);
        return;
      }
    }
  }

 private:
  // Near and far, before and behind, around the borders of the levels.
  uint64_t Tick() {
    const uint64_t offset = choose_->Choose(256, "offset");
    const uint32_t shift = choose_->Choose(64, "shift");
    const uint64_t distance = (uint64_t{1} << shift) + offset - 128;
    return choose_->Choose(8, "back") == 7 ? now_ - distance : now_ + distance;
  }

  void Schedule(uint32_t node, uint64_t tick) {
    if (place_[node].has_value()) return;
    NoteIf(tick == now_, "due_at_once");
    NoteIf(tick < now_, "due_in_the_past");
    NoteIf(tick > now_ && tick == TimerWheel::kNoTick - 1, "the_last_tick");
    NoteIf(scheduled_once_[node], "node_is_used_again");
    NoteIf(model_.size() + 1 == kNodes, "all_nodes_wait");
    scheduled_once_[node] = true;
    distance_[node] = tick > now_ ? tick - now_ : 0;
    wheel_.Schedule(node, tick);
    // What is due already goes before everything else.
    const Key key{tick <= now_ ? 0 : tick, order_++};
    model_[key] = node;
    place_[node] = key;
    Check(wheel_.IsScheduled(node), "scheduled");
  }

  void Remove(uint32_t node) {
    if (!place_[node].has_value()) return;
    Note(model_.size() == 1 ? "last_node_is_removed"
                            : "removed_while_others_wait");
    wheel_.Remove(node);
    model_.erase(*std::exchange(place_[node], std::nullopt));
    Check(!wheel_.IsScheduled(node), "removed");
  }

  void Advance(uint64_t now) {
    NoteIf(now < now_, "time_does_not_go_back");
    NoteIf(now > now_ && model_.empty(), "time_goes_on_over_nothing");
    std::vector<uint32_t> expected;
    if (now > now_) now_ = now;
    while (!model_.empty() && model_.begin()->first.first <= now_) {
      expected.push_back(model_.begin()->second);
      place_[model_.begin()->second] = std::nullopt;
      model_.erase(model_.begin());
    }
    NoteIf(expected.size() > 1, "several_fire_at_once");
    NoteIf(expected.size() == kNodes, "all_nodes_fire_at_once");
    for (const uint32_t node : expected) {
      // A level holds six binary digits of the distance.
      Note("fires_from_level_" +
           std::to_string((std::bit_width(distance_[node] | 1) - 1) / 6));
    }
    std::vector<uint32_t> fired;
    wheel_.Advance(now, [&](uint32_t node) { fired.push_back(node); });
    Check(fired == expected, "what fired, and in which order");
    Check(wheel_.current() == now_, "current");
  }

  using Key = std::pair<uint64_t, uint64_t>;
  sim::BytesChooser* choose_;
  TimerWheel wheel_{kNodes};
  uint64_t now_ = 0;
  uint64_t order_ = 0;
  std::map<Key, uint32_t> model_;
  std::optional<Key> place_[kNodes];
  // For the notes: scheduled before, and how far ahead.
  bool scheduled_once_[kNodes] = {};
  uint64_t distance_[kNodes] = {};
};

}  // namespace
}  // namespace wharf::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  wharf::sim::BytesChooser choose({data, size});
  wharf::fuzz::Both both(&choose);
  while (!choose.exhausted()) both.Step();
  both.Drain();
  return 0;
}
