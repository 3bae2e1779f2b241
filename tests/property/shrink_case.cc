// Shrinking a case: whole commands first, then their choices, then the
// machine's (campaign.h).

#include <algorithm>
#include <cstddef>
#include <utility>

#include "sim/scenario/shrink.h"
#include "tests/property/campaign.h"

namespace wharf::property {
namespace {

// The promise's numbers, "(G4)": a shorter case must break the same.
std::string NumbersOf(const std::string& message) {
  const std::size_t begin = message.rfind("(G");
  return begin == std::string::npos ? "" : message.substr(begin);
}

class CaseShrinker {
 public:
  CaseShrinker(const Focus& focus, Case failing, uint32_t runs)
      : focus_(focus), best_(std::move(failing)), runs_left_(runs) {
    numbers_ = NumbersOf(RunCase(focus_, best_));
  }

  Case Run() {
    for (bool better = true; better && runs_left_ > 0;) {
      better = DropCommands();
      better = ShrinkList(&best_.machine) || better;
      for (std::size_t i = 0; i < best_.commands.size(); ++i) {
        better = ShrinkList(&best_.commands[i]) || better;
      }
    }
    return best_;
  }

 private:
  bool StillFails(const Case& candidate) {
    if (runs_left_ == 0) return false;
    --runs_left_;
    const std::string message = RunCase(focus_, candidate);
    return !message.empty() && NumbersOf(message) == numbers_;
  }

  bool DropCommands() {
    bool better = false;
    for (std::size_t size = best_.commands.size() / 2; size >= 1; size /= 2) {
      for (std::size_t end = best_.commands.size(); end > Case::kFirst;) {
        const std::size_t begin =
            std::max(end > size ? end - size : 0, Case::kFirst);
        Case candidate = best_;
        candidate.commands.erase(
            candidate.commands.begin() + static_cast<std::ptrdiff_t>(begin),
            candidate.commands.begin() + static_cast<std::ptrdiff_t>(end));
        if (StillFails(candidate)) {
          best_ = std::move(candidate);
          better = true;
          end = std::min(begin, best_.commands.size());
        } else {
          end = begin;
        }
      }
    }
    return better;
  }

  bool ShrinkList(std::vector<uint32_t>* list) {
    if (runs_left_ == 0 || list->empty()) return false;
    const std::vector<uint32_t> before = *list;
    const uint64_t most = std::min<uint64_t>(runs_left_, 500);
    std::vector<uint32_t> after =
        sim::Shrink(before, most, [&](const std::vector<uint32_t>& candidate) {
          *list = candidate;
          return StillFails(best_);
        });
    *list = std::move(after);
    return *list != before;
  }

  const Focus& focus_;
  Case best_;
  uint32_t runs_left_;
  std::string numbers_;
};

}  // namespace

Case ShrinkCase(const Focus& focus, Case failing, uint32_t runs) {
  return CaseShrinker(focus, std::move(failing), runs).Run();
}

}  // namespace wharf::property
