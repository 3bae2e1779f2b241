// DataRanges: which bytes of a file have to move. Walks a file from front to
// back, skips its holes, and cuts what is left into blocks.

#ifndef WHARF_TOOLS_CP_DATA_RANGES_H_
#define WHARF_TOOLS_CP_DATA_RANGES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "engine/handle.h"

namespace wharf::cp {

// Bytes [offset, offset + length).
struct Range {
  uint64_t offset = 0;
  uint64_t length = 0;

  friend bool operator==(Range, Range) = default;
};

// Looks one block ahead, so that the last one is known to be the last. Asks the
// kernel with lseek(2), which moves the descriptor's position.
class DataRanges {
 public:
  // No bytes.
  DataRanges() = default;

  // The bytes of `file` below `size`; `path` is for messages. With `sparse` the
  // file's holes are skipped, else everything counts as data. Blocks start at
  // multiples of `grain` (a power of two, so data is widened into a hole by
  // less than a grain), and are `block_size` long (a multiple of `grain`) or
  // end where a hole begins.
  DataRanges(NativeHandle file, std::string path, uint64_t size, bool sparse,
             uint64_t block_size, uint64_t grain);

  // True if there is no block left, or an error.
  bool done() const { return next_.length == 0; }
  // The block to move next; empty if done.
  Range next() const { return next_; }
  // Goes on to the block after it.
  void Advance();
  // OK, or why lseek failed; then done.
  const absl::Status& status() const { return status_; }

 private:
  void FindData();

  NativeHandle file_ = kInvalidNativeHandle;
  std::string path_;
  uint64_t size_ = 0;
  bool sparse_ = false;
  uint64_t block_size_ = 0;
  uint64_t grain_ = 1;
  // Where the data being cut ends, and how far it has been cut.
  uint64_t data_end_ = 0;
  uint64_t position_ = 0;
  Range next_;
  absl::Status status_;
};

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_DATA_RANGES_H_
