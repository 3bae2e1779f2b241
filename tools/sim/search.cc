#include "tools/sim/search.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "sim/recorded_chooser.h"
#include "sim/recording_chooser.h"
#include "sim/scenario/shrink.h"

namespace wharf::simulate {
namespace {

using Clock = std::chrono::steady_clock;

// Seeds that a thread takes at once.
constexpr uint64_t kBlock = 32;
constexpr auto kProgressInterval = std::chrono::milliseconds(200);

class Searcher {
 public:
  explicit Searcher(const SearchOptions& options)
      : options_(options), begin_(Clock::now()), next_(options.first) {}

  absl::StatusOr<SearchResult> Run() {
    std::vector<sim::SeedRunner> runners;
    runners.reserve(options_.jobs);
    for (uint32_t i = 0; i < options_.jobs; ++i) {
      absl::StatusOr<sim::SeedRunner> runner = sim::SeedRunner::Create(
          options_.profile, options_.scenario, options_.function);
      if (!runner.ok()) return runner.status();
      runners.push_back(*std::move(runner));
    }
    working_ = options_.jobs;
    std::vector<std::thread> threads;
    threads.reserve(options_.jobs);
    for (sim::SeedRunner& runner : runners) {
      threads.emplace_back([this, &runner] { Work(runner); });
    }
    {
      std::unique_lock lock(mutex_);
      while (!done_.wait_for(lock, kProgressInterval,
                             [this] { return working_ == 0; })) {
        if (options_.progress == nullptr) continue;
        lock.unlock();
        options_.progress(runs_.load(std::memory_order_relaxed));
        lock.lock();
      }
    }
    for (std::thread& thread : threads) thread.join();
    result_.runs = runs_.load(std::memory_order_relaxed);
    result_.elapsed = Clock::now() - begin_;
    return std::move(result_);
  }

 private:
  bool TimeIsUp() const {
    return options_.time.has_value() && Clock::now() - begin_ >= *options_.time;
  }

  void Work(sim::SeedRunner& runner) {
    SearchResult mine;
    uint64_t seed = 0;
    uint64_t count = 0;
    while (Take(seed, count)) {
      for (; count > 0; ++seed, --count) {
        // What failed already may not be the first.
        if (seed > failed_.load(std::memory_order_relaxed)) break;
        const sim::ScenarioResult result = runner.Run(seed);
        runs_.fetch_add(1, std::memory_order_relaxed);
        mine.requests += result.requests;
        mine.virtual_time += result.virtual_time;
        mine.rows.Add(result.rows);
        if (!result.ok()) Failed(seed, result.failure);
      }
    }
    const std::lock_guard lock(mutex_);
    result_.requests += mine.requests;
    result_.virtual_time += mine.virtual_time;
    result_.rows.Add(mine.rows);
    --working_;
    done_.notify_one();
  }

  bool Take(uint64_t& seed, uint64_t& count) {
    const std::lock_guard lock(mutex_);
    if (taken_all_ || TimeIsUp() ||
        next_ > failed_.load(std::memory_order_relaxed)) {
      return false;
    }
    seed = next_;
    count = std::min(kBlock, options_.last - next_ + 1);
    if (count == 0) count = kBlock;  // The range is all there is.
    taken_all_ = options_.last - next_ < count;
    next_ += count;
    return true;
  }

  void Failed(uint64_t seed, const std::string& failure) {
    const std::lock_guard lock(mutex_);
    if (result_.failed_seed.has_value() && *result_.failed_seed < seed) return;
    result_.failed_seed = seed;
    result_.failure = failure;
    failed_.store(seed, std::memory_order_relaxed);
  }

  const SearchOptions& options_;
  const Clock::time_point begin_;
  std::atomic<uint64_t> runs_ = 0;
  std::atomic<uint64_t> failed_ = std::numeric_limits<uint64_t>::max();
  std::mutex mutex_;
  std::condition_variable done_;
  // All of these only with the mutex.
  uint64_t next_;
  bool taken_all_ = false;
  uint32_t working_ = 0;
  SearchResult result_;
};

// A failure's words without its numbers: what two runs of one bug share.
std::string Words(std::string_view failure) {
  std::string words;
  for (const char c : failure) {
    if (c < '0' || c > '9') words += c;
  }
  return words;
}

}  // namespace

absl::StatusOr<SearchResult> Search(const SearchOptions& options) {
  return Searcher(options).Run();
}

sim::SavedRun ShrinkSeed(sim::SeedRunner& runner, uint64_t seed,
                         uint64_t max_runs, sim::ScenarioFunction function) {
  sim::SavedRun saved;
  (void)runner.Record(seed, /*keep_trace=*/false, saved);
  const std::string words = Words(saved.failure);
  const std::vector<uint32_t> choices = sim::Shrink(
      saved.numbers(), max_runs, [&](const std::vector<uint32_t>& candidate) {
        sim::RecordedChooser chooser(candidate);
        return Words(function(saved.options, &chooser).failure) == words;
      });
  // Once more, for the labels.
  sim::RecordedChooser replay(choices);
  sim::RecordingChooser recording(&replay);
  saved.failure = function(saved.options, &recording).failure;
  saved.choices.clear();
  for (const sim::Choice& choice : recording.choices()) {
    if (saved.choices.size() == choices.size()) break;  // The rest is 0.
    saved.choices.push_back(
        {choice.n, choice.chosen, std::string(choice.label)});
  }
  return saved;
}

}  // namespace wharf::simulate
