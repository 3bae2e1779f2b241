// All that is measured. A new row is one entry in rows.cc.

#ifndef WHARF_BENCH_ROWS_H_
#define WHARF_BENCH_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "bench/lane.h"

namespace wharf::bench {

// Where the read rows read.
struct DataOptions {
  // Where the data file is made.
  std::string directory;
  // Its size in bytes, a multiple of 1 MiB.
  uint64_t size = uint64_t{1} << 30;
};

// Every row, in the order of the report. The data file is made when the first
// read lane is, not before.
std::vector<Row> AllRows(const DataOptions& data);

}  // namespace wharf::bench

#endif  // WHARF_BENCH_ROWS_H_
