// RestlessChooser: a simulated kernel that does nothing at once or in order,
// and yet nothing that a program would have to be told of: completions come
// late, in any order and a few at a time, Reap returns for nothing or cannot
// hand anything over, Submit takes a part. For an engine, operations also end
// short, with kInterrupted and with kWouldBlock, which it makes good (G11).

#ifndef WHARF_TESTS_CONFORMANCE_RESTLESS_CHOOSER_H_
#define WHARF_TESTS_CONFORMANCE_RESTLESS_CHOOSER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "sim/chooser.h"
#include "sim/kernel/personality.h"
#include "sim/random_chooser.h"

namespace wharf::conformance {

// Not for concurrent use.
class RestlessChooser final : public sim::Chooser {
 public:
  RestlessChooser(uint64_t seed, sim::Personality personality, bool for_engine)
      : random_(seed, Variety()),
        personality_(personality),
        for_engine_(for_engine) {}

  uint32_t Choose(uint32_t n, std::string_view label) override {
    const std::optional<sim::OperationClass> operation = OutcomeOf(label);
    return operation ? ChooseOutcome(n, *operation) : random_.Choose(n, label);
  }

 private:
  using Class = sim::OperationClass;

  // Everything that it does not list is as plain as can be.
  static sim::Profile Variety() {
    // Of the durations that the simulated kernel draws from.
    const std::vector<uint32_t> kShort = {2, 1, 1, 1, 1, 0};
    return {.name = "restless",
            .labels = {{"*", {}},
                       {"outcome", {7, 1}},
                       {"fault", {1, 1}},
                       {"order.next", {1, 1}},
                       {"operation.latency", kShort},
                       {"stream.delay", kShort},
                       {"completion.later", {4, 1}},
                       {"completion.latency", kShort},
                       {"flush.later", {4, 1}},
                       {"reap.early", {4, 1}},
                       {"reap.fewer", {1, 1}},
                       {"reap.fewer.count", {1, 1}},
                       {"reap.before_deadline", {1, 1}},
                       {"submit.prefix", {4, 1}},
                       {"submit.prefix.left", {1, 1}},
                       {"submit.blocks", {9, 1}},
                       {"cancel.*", {1, 1}},
                       {"cancel.late.time", kShort},
                       {"cancel.latency", kShort},
                       {"submit.blocks.time", kShort},
                       {"receive.bytes", {1, 1}},
                       {"send.bytes", {1, 1}}}};
  }

  static std::optional<Class> OutcomeOf(std::string_view label) {
    static constexpr std::pair<std::string_view, Class> kOutcomes[] = {
        {"read.outcome", Class::kRead},
        {"write.outcome", Class::kWrite},
        {"sync.outcome", Class::kSync},
        {"allocate.outcome", Class::kAllocate},
        {"receive.outcome", Class::kReceive},
        {"send.outcome", Class::kSend},
        {"poll.outcome", Class::kPoll},
        {"open.outcome", Class::kOpen},
        {"close.outcome", Class::kClose},
        {"accept.outcome", Class::kAccept},
        {"connect.outcome", Class::kConnect},
    };
    for (const auto& [name, operation] : kOutcomes) {
      if (name == label) return operation;
    }
    return std::nullopt;
  }

  // Who is outside has a port of another kernel, whose list is another.
  uint32_t ChooseOutcome(uint32_t n, Class operation) {
    std::span<const sim::Fault> faults = FaultsOf(personality_, operation);
    if (faults.size() + 1 != n) {
      faults = FaultsOf(sim::Personality::kIoUring, operation);
    }
    std::vector<uint32_t> harmless;
    for (uint32_t i = 0; for_engine_ && i < faults.size() && i + 1 < n; ++i) {
      const Error error = faults[i].error;
      // A short direct transfer would end in the middle of a sector.
      const bool harmless_part = error == Error::kNone &&
                                 operation != Class::kRead &&
                                 operation != Class::kWrite;
      // A close has happened whatever it says, and says it.
      const bool transient =
          operation != Class::kClose &&
          (error == Error::kInterrupted || error == Error::kWouldBlock);
      if (harmless_part || transient) {
        harmless.push_back(i + 1);
      }
    }
    if (harmless.empty() || random_.Choose(2, "outcome") == 0) return 0;
    return harmless[random_.Choose(static_cast<uint32_t>(harmless.size()),
                                   "fault")];
  }

  sim::RandomChooser random_;
  const sim::Personality personality_;
  const bool for_engine_;
};

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_RESTLESS_CHOOSER_H_
