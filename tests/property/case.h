// Case: everything that one run was answered, in pieces that can be left out:
// one list of choices for each command of the program, and one for the machine
// and what runs in callbacks. A case with fewer commands and smaller numbers is
// a simpler one; that is what shrinking relies on.

#ifndef WHARF_TESTS_PROPERTY_CASE_H_
#define WHARF_TESTS_PROPERTY_CASE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/chooser.h"

namespace wharf::property {

// The first two commands are none: one sets limits and machine, the other says
// how it all ends.
struct Case {
  static constexpr std::size_t kFirst = 2;
  std::vector<std::vector<uint32_t>> commands = {};
  std::vector<uint32_t> machine = {};

  friend bool operator==(const Case&, const Case&) = default;
};

// A case in one word, for a command line: "0.3.1/5/0.2~0.0.1" is three commands
// and the machine; what ends in zeros is shorter.
std::string FormatCase(const Case& one);
// The case that the word describes; nothing if it describes none.
std::optional<Case> ParseCase(std::string_view word);

// Answers a run from other choosers, and keeps what it answered as a Case; or
// from a Case, where everything behind the end of a list is answered with 0.
// Not for concurrent use.
class CaseChooser {
 public:
  // Borrows both: one for the program, one for the rest.
  CaseChooser(sim::Chooser* program, sim::Chooser* machine)
      : program_source_(program),
        machine_source_(machine),
        program_(this, true),
        machine_(this, false) {}
  explicit CaseChooser(Case replayed)
      : replayed_(std::move(replayed)),
        program_(this, true),
        machine_(this, false) {}
  CaseChooser(const CaseChooser&) = delete;
  CaseChooser& operator=(const CaseChooser&) = delete;

  // For what the program decides in its present command, and for the rest.
  sim::Chooser* program() { return &program_; }
  sim::Chooser* machine() { return &machine_; }

  // The next command begins.
  void NextCommand() {
    command_ = taken_.commands.size();
    used_ = 0;
    taken_.commands.emplace_back();
  }
  // The end begins.
  void LastCommand() {
    command_ = 1;
    used_ = 0;
  }
  // How many commands the case has; `otherwise` if there is none.
  std::size_t CommandsOr(std::size_t otherwise) const {
    if (program_source_ != nullptr) return otherwise;
    const std::size_t size = replayed_.commands.size();
    return size < Case::kFirst ? 0 : size - Case::kFirst;
  }
  // From here on the machine is as plain as can be.
  void StopFaults() { plain_ = true; }

  // All answers so far.
  const Case& taken() const { return taken_; }

 private:
  class Face final : public sim::Chooser {
   public:
    Face(CaseChooser* owner, bool program) : owner_(owner), program_(program) {}
    uint32_t Choose(uint32_t n, std::string_view label) override {
      return n <= 1 ? 0 : owner_->Choose(program_, n, label);
    }

   private:
    CaseChooser* owner_;
    bool program_;
  };

  uint32_t Choose(bool program, uint32_t n, std::string_view label) {
    if (!program && plain_) return 0;
    uint32_t chosen = 0;
    sim::Chooser* source = program ? program_source_ : machine_source_;
    if (source != nullptr) {
      chosen = source->Choose(n, label);
    } else {
      static const std::vector<uint32_t> kNothing;
      const std::vector<uint32_t>& list = !program ? replayed_.machine
                                          : command_ < replayed_.commands.size()
                                              ? replayed_.commands[command_]
                                              : kNothing;
      std::size_t& used = program ? used_ : machine_used_;
      if (used < list.size()) chosen = list[used++] % n;
    }
    (program ? taken_.commands[command_] : taken_.machine).push_back(chosen);
    return chosen;
  }

  sim::Chooser* program_source_ = nullptr;
  sim::Chooser* machine_source_ = nullptr;
  Case replayed_;
  Case taken_ = {.commands = std::vector<std::vector<uint32_t>>(Case::kFirst)};
  Face program_;
  Face machine_;
  std::size_t command_ = 0;
  std::size_t used_ = 0;
  std::size_t machine_used_ = 0;
  bool plain_ = false;
};

}  // namespace wharf::property

#endif  // WHARF_TESTS_PROPERTY_CASE_H_
