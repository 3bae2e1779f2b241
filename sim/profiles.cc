#include "sim/profiles.h"

#include <cstdint>

namespace wharf::sim {
namespace {

// Everything that the simulated kernel decides: faults, in `fault` of 1000
// cases, and what is no fault but variety.
Profile Kernel(std::string_view name, uint32_t fault) {
  Profile profile;
  profile.name = name;
  const std::vector<uint32_t> rare = {1000 - fault, fault};
  // Once per operation: already a choice among many faults.
  for (const char* label :
       {"read.outcome", "write.outcome", "sync.outcome", "allocate.outcome",
        "receive.outcome", "send.outcome", "poll.outcome", "submit.prefix",
        "submit.blocks", "flush.later", "reap.early", "reap.before_deadline",
        "send.into_closed", "open.outcome", "close.outcome", "accept.outcome",
        "connect.outcome"}) {
    profile.labels.push_back({label, rare});
  }
  // A second and more, which hides everything that races within less.
  profile.labels.push_back({"time.jump", {10000 - fault, fault}});
  profile.labels.push_back({"port.fails", {1000, fault == 0 ? 0u : 5u}});
  profile.labels.push_back({"machine.crash", {10000, fault == 0 ? 0u : 10u}});
  // What real kernels do every day.
  profile.labels.push_back({"order.next", {600, 400}});
  profile.labels.push_back({"completion.later", {950, 50}});
  profile.labels.push_back({"send.full", {900, 100}});
  profile.labels.push_back({"wake.latency", {900, 100}});
  profile.labels.push_back({"write.torn", {950, 50}});
  profile.labels.push_back({"transfer.pause", {970, 30}});
  profile.labels.push_back({"reap.fewer", {850, 150}});
  profile.labels.push_back({"operation.latency", {300, 700}});
  profile.labels.push_back({"stream.delay", {500, 500}});
  profile.labels.push_back({"cancel.*", {500, 500}});
  // What a scenario (sim/scenario) draws once, and which then changes all.
  profile.labels.push_back({"program.may_crash", {900, 100}});
  profile.labels.push_back({"program.may_fail", {900, 100}});
  profile.labels.push_back({"program.is_rude", {700, 300}});
  return profile;
}

Profile Plain() {
  Profile profile;
  profile.name = "plain";
  profile.labels = {{"*", {}},
                    {"program.*", {1}},
                    {"program.may_crash", {}},
                    {"program.may_fail", {}},
                    {"program.is_rude", {}}};
  return profile;
}

Profile Swarm(std::string_view name, uint32_t fault) {
  Profile profile = Kernel(name, fault);
  profile.swarm_off_permille = 400;
  return profile;
}

}  // namespace

std::vector<std::string_view> ProfileNames() {
  return {"plain", "calm", "rough", "storm", "swarm", "crash"};
}

std::optional<Profile> FindProfile(std::string_view name) {
  if (name == "plain") return Plain();
  if (name == "calm") return Kernel(name, 2);
  if (name == "rough") return Kernel(name, 50);
  if (name == "storm") return Kernel(name, 330);
  if (name == "swarm") return Swarm(name, 50);
  if (name == "crash") {
    Profile profile = Swarm(name, 50);
    for (LabelWeights& entry : profile.labels) {
      if (entry.label == "machine.crash") entry.weights = {1000, 20};
      if (entry.label == "program.may_crash") entry.weights = {100, 900};
    }
    return profile;
  }
  return std::nullopt;
}

}  // namespace wharf::sim
