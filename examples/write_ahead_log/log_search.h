// The search for lost records: lives of a log on a machine that fails, over
// seeds and over every step at which the power can fail. A template, so that
// the same search is shown logs with planted bugs.

#ifndef WHARF_EXAMPLES_WRITE_AHEAD_LOG_LOG_SEARCH_H_
#define WHARF_EXAMPLES_WRITE_AHEAD_LOG_LOG_SEARCH_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/task.h"
#include "examples/weather.h"
#include "sim/kernel/kernel.h"
#include "sim/random.h"

namespace wharf::examples {

// Under which conditions the log lives.
struct Conditions {
  sim::Personality personality = sim::Personality::kIoUring;
  bool write_through = false;
  // How rough the machine is (sim/profiles.h).
  std::string_view profile = "swarm";
  // The program is killed now and then, without a power failure. Syncs do not
  // fail then: what a failed one has lost, only its own process can know.
  bool kills = false;
};

// A few boots of one machine; in each the log is recovered and written to until
// the power fails.
template <class Log>
class LogLife {
 public:
  LogLife(uint64_t seed, const Conditions& conditions,
          uint64_t crash_before_step)
      : conditions_(conditions),
        random_(seed),
        weather_(seed, conditions.profile,
                 conditions.kills ? "sync.outcome" : ""),
        kernel_({.chooser = &weather_,
                 .sector = 64,
                 .crash_before_step = crash_before_step}) {}

  // Lives. Returns what was wrong, or "".
  std::string Go() {
    for (int boot = 0; boot < 3 && complaint_.empty(); ++boot) {
      Start();
      if (RecoverAnew()) AppendSome(boot == 0 ? 8 : 3);
      if (conditions_.kills && !Dead() && random_.Below(2) == 0) {
        Kill();
        Start();
        if (RecoverAnew()) AppendSome(2);
      }
      if (!Dead()) kernel_.Crash();
      Stop();
    }
    // At last everything works, and everything has to be there.
    weather_.SetFair(true);
    do {
      Start();
      if (!RecoverAnew() && !Dead()) Complain("it could not be recovered");
      Stop();
    } while (Dead());
    if (!kernel_.violations().empty()) {
      Complain(Describe(kernel_.violations()));
    }
    return complaint_;
  }

  // Steps of the whole life.
  uint64_t steps() const { return kernel_.steps(); }
  // Records that were acknowledged, and appends that failed under power.
  uint64_t acknowledged() const { return total_acknowledged_; }
  uint64_t failed() const { return total_failed_; }

 private:
  void Start() {
    crashes_ = kernel_.crashes();
    failed_ = false;
    engine_ = *Engine::Create(
        kernel_.OpenPort(
            {.personality = conditions_.personality, .max_in_flight = 4}),
        {.in_flight_capacity = 4,
         .max_requests = 16,
         .max_remote_requests = 0});
    log_ = std::make_unique<Log>(
        *engine_,
        *kernel_.OpenFile("log", {.write_through = conditions_.write_through}),
        conditions_.write_through ? Log::Durability::kWriteThrough
                                  : Log::Durability::kSync);
  }

  // The program ends as it is; what the kernel has of it, the kernel does.
  void Stop() {
    engine_->Shutdown({.budget = Duration(0)});
    log_.reset();
    engine_.reset();
  }
  void Kill() {
    Stop();
    kernel_.Settle();
  }

  // The power has failed since Start.
  bool Dead() const { return kernel_.crashes() > crashes_; }
  bool Turn() { return engine_->Turn(Wait::Forever()).ok(); }

  template <class T>
  T Run(Task<T> task) {
    task.Start();
    while (!task.done()) {
      if (Turn() || task.done()) continue;
      Complain("the program hangs");
      engine_->Shutdown({.budget = Duration(0)});
    }
    return std::move(task.value());
  }

  // True if the log is open; the machine may also have died.
  bool RecoverAnew() {
    for (int attempt = 0; attempt < 5 && !Dead(); ++attempt) {
      const auto records = Run(log_->Recover());
      if (records.ok()) return Check(*records);
      if (records.status().code() == absl::StatusCode::kFailedPrecondition) {
        return false;  // Only a reboot helps.
      }
    }
    if (Dead()) return false;
    // What still cannot be read now never will.
    const bool fair = weather_.SetFair(true);
    const auto records = Run(log_->Recover(Log::Unreadable::kEndsTheLog));
    weather_.SetFair(fair);
    return records.ok() && Check(*records);
  }

  // The log as it has to be: what was there the last time, and of what was
  // appended since a part from the beginning, all that was acknowledged in it.
  bool Check(const std::vector<std::string>& records) {
    const std::size_t old = known_.size();
    known_.insert(known_.end(), appended_.begin(), appended_.end());
    const bool right =
        records.size() <= known_.size() &&
        std::equal(records.begin(), records.end(), known_.begin());
    if (!right) {
      Complain("a record that was never appended, or not there");
    } else if (records.size() < old + acknowledged_) {
      Complain("lost: " + std::to_string(old + acknowledged_ - records.size()) +
               " acknowledged records");
    }
    known_ = records;
    appended_.clear();
    acknowledged_ = 0;
    return complaint_.empty();
  }

  void AppendSome(int count) {
    for (int i = 0; i < count && !Dead() && complaint_.empty(); ++i) {
      AppendOne();
      const uint32_t turns = random_.Below(4);
      for (uint32_t turn = 0; turn < turns && waiting_ > 0; ++turn) Turn();
      if (failed_ && !RecoverInPlace()) return;
    }
    // Often the last ones are still under way when the power fails.
    while (random_.Below(4) > 0 && waiting_ > 0) Turn();
  }

  void AppendOne() {
    std::string record = std::to_string(++last_record_) + ":";
    // Shorter and longer than a sector.
    const uint32_t length = random_.Below(random_.Below(2) == 0 ? 400 : 20);
    record.append(length, static_cast<char>('a' + random_.Below(26)));
    const std::size_t number = appended_.size();
    appended_.push_back(record);
    ++waiting_;
    const absl::Status taken = log_->Append(
        std::as_bytes(std::span(record)),
        [this, number](const absl::Status& status) { Told(number, status); });
    if (!taken.ok()) Complain(std::string(taken.message()));
  }

  void Told(std::size_t number, const absl::Status& status) {
    --waiting_;
    if (!status.ok()) {
      failed_ = true;
      if (!Dead()) ++total_failed_;
      return;
    }
    if (number != acknowledged_) Complain("acknowledged out of order");
    ++acknowledged_;
    ++total_acknowledged_;
  }

  // After a failed append, in the same program. False if the machine is dead.
  bool RecoverInPlace() {
    while (waiting_ > 0) Turn();
    failed_ = false;
    for (int attempt = 0; attempt < 20 && !Dead(); ++attempt) {
      const auto records = Run(log_->Recover());
      if (records.ok()) return Check(*records);
    }
    return false;
  }

  void Complain(std::string what) {
    if (complaint_.empty()) complaint_ = std::move(what);
  }

  const Conditions conditions_;
  sim::Random random_;
  Weather weather_;
  sim::Kernel kernel_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Log> log_;
  uint64_t crashes_ = 0;

  std::vector<std::string> known_;     // At the last recovery.
  std::vector<std::string> appended_;  // Since then.
  std::size_t acknowledged_ = 0;       // Of them.
  uint64_t waiting_ = 0;
  bool failed_ = false;
  uint64_t last_record_ = 0;
  uint64_t total_acknowledged_ = 0;
  uint64_t total_failed_ = 0;
  std::string complaint_;
};

// What a search has seen.
struct SearchReport {
  // The first life that went wrong, and how; "" if none did.
  std::string complaint;
  uint64_t lives = 0;
  uint64_t acknowledged = 0;
  uint64_t failed = 0;
};

// Lives `seeds` lives, and each of them again with a power failure before each
// of its steps.
template <class Log>
SearchReport SearchForLoss(const Conditions& conditions, uint64_t seeds) {
  SearchReport report;
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    uint64_t steps = 0;
    for (uint64_t crash = 0; crash <= steps; ++crash) {
      LogLife<Log> life(seed, conditions, crash);
      report.complaint = life.Go();
      ++report.lives;
      report.acknowledged += life.acknowledged();
      report.failed += life.failed();
      if (!report.complaint.empty()) {
        report.complaint = "seed " + std::to_string(seed) +
                           ", power failure before step " +
                           std::to_string(crash) + ": " + report.complaint;
        return report;
      }
      if (crash == 0) steps = life.steps();
    }
  }
  return report;
}

}  // namespace wharf::examples

#endif  // WHARF_EXAMPLES_WRITE_AHEAD_LOG_LOG_SEARCH_H_
