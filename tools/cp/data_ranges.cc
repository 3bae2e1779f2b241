#include "tools/cp/data_ranges.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "tools/cp/filesystem.h"

namespace wharf::cp {

DataRanges::DataRanges(NativeHandle file, std::string path, uint64_t size,
                       bool sparse, uint64_t block_size, uint64_t grain)
    : file_(file),
      path_(std::move(path)),
      size_(size),
      sparse_(sparse),
      block_size_(block_size),
      grain_(grain),
      data_end_(sparse ? 0 : size) {
  Advance();
}

void DataRanges::Advance() {
  position_ += next_.length;
  next_ = Range{};
  if (position_ >= data_end_ && sparse_) FindData();
  if (position_ >= data_end_ || !status_.ok()) return;
  next_ = {.offset = position_,
           .length = std::min(block_size_, data_end_ - position_)};
}

void DataRanges::FindData() {
  if (position_ >= size_) return;
  const absl::StatusOr<std::optional<uint64_t>> data =
      NextData(file_, position_, path_);
  if (!data.ok()) {
    status_ = data.status();
    return;
  }
  if (!data->has_value() || **data >= size_) return;
  const absl::StatusOr<uint64_t> hole = NextHole(file_, **data, size_, path_);
  if (!hole.ok()) {
    status_ = hole.status();
    return;
  }
  // Widened to whole grains, but never over what was cut before.
  position_ = std::max(position_, **data & ~(grain_ - 1));
  data_end_ = std::min(size_, (*hole + grain_ - 1) & ~(grain_ - 1));
}

}  // namespace wharf::cp
