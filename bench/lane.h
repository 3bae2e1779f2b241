// Lane: one way of doing a piece of work. Row: two lanes that do the same work,
// and how far apart they may be.

#ifndef WHARF_BENCH_LANE_H_
#define WHARF_BENCH_LANE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wharf::bench {

// A loop that is set up and can be run again and again. Everything that is not
// the work (rings, buffers, files, connections) is made by the constructor.
class Lane {
 public:
  virtual ~Lane() = default;
  // Does `operations` (at least 1) operations from the first to the last and
  // returns when all have ended. Always on the thread that made the lane. Ends
  // the program with a message if an operation fails: a time taken with errors
  // in it says nothing.
  virtual void Run(uint64_t operations) = 0;
};

// Makes a lane, on the thread that will run it.
using LaneFactory = std::function<std::unique_ptr<Lane>()>;

// One line of the report.
struct Row {
  // What is done, as the report calls it: "nop, depth 32".
  std::string name;
  // What `subject` is held against. Null: there is nothing to compare with.
  LaneFactory base;
  // What is measured.
  LaneFactory subject;
  // What the base is, if it is not raw liburing.
  std::string base_name = "raw liburing";

  // Most that the subject's time may be in terms of the base's. What --check
  // insists on.
  std::optional<double> max_ratio;
  // What we aim at beyond that, also in nanoseconds and in user instructions
  // per operation.
  std::optional<double> goal_ratio;
  std::optional<double> goal_ns;
  std::optional<double> goal_instructions;

  // Not empty: this machine cannot do it, and this is why.
  std::string skip_reason;
};

}  // namespace wharf::bench

#endif  // WHARF_BENCH_LANE_H_
