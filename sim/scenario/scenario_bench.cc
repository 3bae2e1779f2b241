// How fast a search is: whole scenarios per second, requests per second through
// the engine on the strict simulated kernel in a steady loop, and how much
// simulated time passes in a second of real time.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "benchmark/benchmark.h"
#include "engine/engine.h"
#include "sim/kernel/kernel.h"
#include "sim/profiles.h"
#include "sim/random_chooser.h"
#include "sim/scenario/scenario.h"

namespace wharf::sim {
namespace {

void Scenarios(benchmark::State& state, std::string_view profile,
               uint32_t requests) {
  uint64_t seed = 0;
  uint64_t done = 0;
  RandomChooser chooser(0, *FindProfile(profile));
  for (auto _ : state) {
    chooser.Reseed(seed++);
    const ScenarioResult result = RunScenario({.requests = requests}, &chooser);
    if (!result.ok()) {
      state.SkipWithError(result.failure.c_str());
      break;
    }
    done += result.requests;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  state.counters["requests/s"] = benchmark::Counter(
      static_cast<double>(done), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(Scenarios, Plain10, "plain", 10u);
BENCHMARK_CAPTURE(Scenarios, Rough10, "rough", 10u);
BENCHMARK_CAPTURE(Scenarios, Swarm10, "swarm", 10u);
BENCHMARK_CAPTURE(Scenarios, Storm10, "storm", 10u);
BENCHMARK_CAPTURE(Scenarios, Crash10, "crash", 10u);
BENCHMARK_CAPTURE(Scenarios, Swarm1000, "swarm", 1000u);

// Keeps `depth` reads of one file under way, each one's buffer and callback
// going into the next.
class Loop {
 public:
  Loop(Chooser* chooser, uint32_t depth)
      : kernel_({.chooser = chooser}),
        engine_(*Engine::Create(
            kernel_.OpenPort(),
            {.max_requests = 2 * depth, .max_remote_requests = 0})),
        file_(*kernel_.OpenFile("f")) {
    kernel_.FindFile("f")->Write(0, std::array<std::byte, 4096>{});
    for (uint32_t i = 0; i < depth; ++i) Read(Buffer::Allocate(64));
  }

  void Turn() {
    if (!engine_->Turn(Wait::Forever()).ok()) std::abort();
  }
  uint64_t done() const { return done_; }
  const Kernel& kernel() const { return kernel_; }

 private:
  void Read(Buffer buffer) {
    const absl::StatusOr<RequestId> id =
        engine_->Submit(Request::Read(file_, std::move(buffer), {.offset = 0}),
                        [this](Result&& result) {
                          ++done_;
                          if (!result.buffer.empty()) {
                            Read(std::move(result.buffer));
                          }
                        });
    // The engine ends, and the loop with it.
    if (!id.ok()) return;
  }

  Kernel kernel_;
  std::unique_ptr<Engine> engine_;
  Handle file_;
  uint64_t done_ = 0;
};

void Steady(benchmark::State& state, std::string_view profile) {
  std::optional<RandomChooser> chooser;
  if (!profile.empty()) chooser.emplace(1, *FindProfile(profile));
  Loop loop(chooser.has_value() ? &*chooser : nullptr, 32);
  for (auto _ : state) loop.Turn();
  state.SetItemsProcessed(static_cast<int64_t>(loop.done()));
}
BENCHMARK_CAPTURE(Steady, NoFaults, "");
BENCHMARK_CAPTURE(Steady, Rough, "rough");

// Latencies of 20 us, 100 us, 500 us and 5 ms in turn, as disks and networks
// have; one request after the other.
class Latencies final : public Chooser {
 public:
  uint32_t Choose(uint32_t n, std::string_view label) override {
    if (label != "operation.latency") return 0;
    const uint32_t latency = 3 + next_++ % 4;
    return latency < n ? latency : 0;
  }

 private:
  uint32_t next_ = 0;
};

void SimulatedTime(benchmark::State& state) {
  Latencies chooser;
  Loop loop(&chooser, 1);
  const Time begin = loop.kernel().Now();
  for (auto _ : state) loop.Turn();
  const std::chrono::duration<double> simulated = loop.kernel().Now() - begin;
  state.SetItemsProcessed(static_cast<int64_t>(loop.done()));
  state.counters["simulated_s/s"] =
      benchmark::Counter(simulated.count(), benchmark::Counter::kIsRate);
}
BENCHMARK(SimulatedTime);

}  // namespace
}  // namespace wharf::sim
