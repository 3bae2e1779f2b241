// The file that the read rows read.

#ifndef WHARF_BENCH_DATA_FILE_H_
#define WHARF_BENCH_DATA_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

namespace wharf::bench {

// A file of real blocks (no holes) that has no name any more, so that it is
// gone with the program, however that ends.
class DataFile {
 public:
  // Writes `size` bytes (a multiple of 1 MiB) in `directory` and waits until
  // they are on the disk. Ends the program if there is not enough room.
  static std::shared_ptr<DataFile> Create(const std::string& directory,
                                          uint64_t size);
  // True if the file system of `directory` gives files with O_DIRECT. Makes a
  // small file without a name.
  static bool TakesDirect(const std::string& directory);

  ~DataFile();
  DataFile(const DataFile&) = delete;
  DataFile& operator=(const DataFile&) = delete;

  // In bytes.
  uint64_t size() const { return size_; }
  // Reads through the page cache.
  int cached_fd() const { return cached_fd_; }
  // Reads past the page cache; -1 if the file system refuses O_DIRECT.
  int direct_fd() const { return direct_fd_; }

  // Reads the whole file into the page cache.
  void Warm() const;
  // Puts the whole file out of the page cache.
  void Cool() const;

 private:
  DataFile() = default;

  uint64_t size_ = 0;
  int cached_fd_ = -1;
  int direct_fd_ = -1;
};

}  // namespace wharf::bench

#endif  // WHARF_BENCH_DATA_FILE_H_
