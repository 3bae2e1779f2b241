#include "sim/scenario/shrink.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace wharf::sim {
namespace {

class Shrinker {
 public:
  Shrinker(std::vector<uint32_t> choices, uint64_t max_runs,
           const StillFails& still_fails)
      : best_(std::move(choices)),
        runs_left_(max_runs),
        still_fails_(still_fails) {}

  std::vector<uint32_t> Run() {
    DropTrailingZeros();
    for (bool better = true; better && runs_left_ > 0;) {
      better = Truncate();
      for (std::size_t size = best_.size() / 2; size >= 1; size /= 2) {
        better |= OverBlocks(size, &Shrinker::Zero);
        better |= OverBlocks(size, &Shrinker::Delete);
      }
      better |= Reduce();
    }
    return best_;
  }

 private:
  void DropTrailingZeros() {
    while (!best_.empty() && best_.back() == 0) best_.pop_back();
  }

  bool Try(std::vector<uint32_t> candidate) {
    if (runs_left_ == 0) return false;
    --runs_left_;
    if (!still_fails_(candidate)) return false;
    best_ = std::move(candidate);
    DropTrailingZeros();
    return true;
  }

  bool Truncate() {
    bool better = false;
    for (std::size_t cut = best_.size() / 2; cut >= 1; cut /= 2) {
      while (cut <= best_.size() &&
             Try({best_.begin(),
                  best_.end() - static_cast<std::ptrdiff_t>(cut)})) {
        better = true;
      }
    }
    return better;
  }

  using Step = bool (Shrinker::*)(std::size_t begin, std::size_t end);

  // From the end: what came later depends on what came before.
  bool OverBlocks(std::size_t size, Step step) {
    bool better = false;
    for (std::size_t end = best_.size(); end > 0 && runs_left_ > 0;) {
      const std::size_t begin = end > size ? end - size : 0;
      better |= (this->*step)(begin, end);
      end = std::min(begin, best_.size());
    }
    return better;
  }

  bool Zero(std::size_t begin, std::size_t end) {
    const auto from = best_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to = best_.begin() + static_cast<std::ptrdiff_t>(end);
    if (std::all_of(from, to, [](uint32_t choice) { return choice == 0; })) {
      return false;
    }
    std::vector<uint32_t> candidate = best_;
    std::fill(candidate.begin() + static_cast<std::ptrdiff_t>(begin),
              candidate.begin() + static_cast<std::ptrdiff_t>(end), 0u);
    return Try(std::move(candidate));
  }

  bool Delete(std::size_t begin, std::size_t end) {
    std::vector<uint32_t> candidate = best_;
    candidate.erase(candidate.begin() + static_cast<std::ptrdiff_t>(begin),
                    candidate.begin() + static_cast<std::ptrdiff_t>(end));
    return Try(std::move(candidate));
  }

  bool Reduce() {
    bool better = false;
    for (std::size_t i = 0; i < best_.size() && runs_left_ > 0; ++i) {
      for (uint32_t step = best_[i]; step > 0; step /= 2) {
        while (i < best_.size() && best_[i] > step) {
          std::vector<uint32_t> candidate = best_;
          candidate[i] -= step;
          if (!Try(std::move(candidate))) break;
          better = true;
        }
      }
    }
    return better;
  }

  std::vector<uint32_t> best_;
  uint64_t runs_left_;
  const StillFails& still_fails_;
};

}  // namespace

std::vector<uint32_t> Shrink(std::vector<uint32_t> choices, uint64_t max_runs,
                             const StillFails& still_fails) {
  return Shrinker(std::move(choices), max_runs, still_fails).Run();
}

}  // namespace wharf::sim
