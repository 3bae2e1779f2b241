// How fast the simulated kernel is by itself, without an engine: completions
// per second for operations that do nothing, for small reads and writes of a
// file, and for bytes through a socket pair; plain, and with everything that
// the swarm profile decides.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"
#include "sim/kernel/kernel.h"
#include "sim/profiles.h"
#include "sim/random_chooser.h"

namespace wharf::sim {
namespace {

constexpr std::size_t kBatch = 32;
constexpr std::size_t kBytes = 64;

// A kernel, a port and a batch of operations that is submitted again and again.
class Load {
 public:
  Load(Opcode opcode, std::string_view profile, bool strict)
      : chooser_(1, *FindProfile(profile)),
        kernel_({.chooser = profile == "plain" ? nullptr : &chooser_,
                 .strict = strict}),
        port_(kernel_.OpenPort({.max_in_flight = 64})),
        file_(*kernel_.OpenFile("f")) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      memory_[i].resize(kBytes);
      operations_[i].opcode = opcode;
      operations_[i].id = OperationId{i};
      if (opcode == Opcode::kNop) continue;
      operations_[i].handle = file_.native();
      operations_[i].offset = i * kBytes;
      operations_[i].data = memory_[i].data();
      operations_[i].length = kBytes;
    }
    if (opcode == Opcode::kRead) {
      kernel_.FindFile("f")->Write(0, std::vector<std::byte>(kBatch * kBytes));
    }
  }

  // Submits whatever has ended and reaps once; returns how many came.
  std::size_t Round() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      if (busy_[i]) continue;
      operations_[i].id = operations_[i].id.Next();
      if (port_->Submit({&operations_[i], 1}) == 0) break;
      busy_[i] = true;
    }
    const std::size_t count = *port_->Reap(completions_, Wait::Forever());
    for (std::size_t i = 0; i < count; ++i) {
      busy_[completions_[i].id.index()] = false;
    }
    return count;
  }

 private:
  // Outlives the kernel that works on it.
  std::array<std::vector<std::byte>, kBatch> memory_;
  RandomChooser chooser_;
  Kernel kernel_;
  std::unique_ptr<CompletionPort> port_;
  Handle file_;
  std::array<Operation, kBatch> operations_;
  std::array<bool, kBatch> busy_ = {};
  std::array<Completion, kBatch> completions_;
};

void Run(benchmark::State& state, Opcode opcode, std::string_view profile,
         bool strict) {
  Load load(opcode, profile, strict);
  std::size_t completions = 0;
  for (auto _ : state) completions += load.Round();
  state.SetItemsProcessed(static_cast<int64_t>(completions));
}

BENCHMARK_CAPTURE(Run, NopPlain, Opcode::kNop, "plain", false);
BENCHMARK_CAPTURE(Run, NopSwarm, Opcode::kNop, "swarm", false);
BENCHMARK_CAPTURE(Run, NopRough, Opcode::kNop, "rough", false);
BENCHMARK_CAPTURE(Run, ReadPlain, Opcode::kRead, "plain", false);
BENCHMARK_CAPTURE(Run, ReadPlainStrict, Opcode::kRead, "plain", true);
BENCHMARK_CAPTURE(Run, ReadRoughStrict, Opcode::kRead, "rough", true);
BENCHMARK_CAPTURE(Run, WritePlain, Opcode::kWrite, "plain", false);
BENCHMARK_CAPTURE(Run, WriteRoughStrict, Opcode::kWrite, "rough", true);

}  // namespace
}  // namespace wharf::sim
