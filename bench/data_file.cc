#include "bench/data_file.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/die.h"

namespace wharf::bench {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20;

void RequireRoom(const std::string& directory, uint64_t size) {
  struct statvfs facts{};
  if (statvfs(directory.c_str(), &facts) != 0) Die(directory, errno);
  const uint64_t free = uint64_t{facts.f_bavail} * facts.f_frsize;
  if (free < size + (size / 8)) {
    Die(absl::StrCat(directory, " has ", free >> 20, " MiB free, the file of ",
                     size >> 20, " MiB needs more; try --dir or --file_mib"));
  }
}

void Fill(int fd, uint64_t size) {
  std::vector<uint64_t> chunk(kChunk / sizeof(uint64_t));
  uint64_t value = 1;
  for (uint64_t& word : chunk) {
    value = value * 6364136223846793005ULL + 1442695040888963407ULL;
    word = value;
  }
  for (uint64_t offset = 0; offset < size; offset += kChunk) {
    // No two chunks alike, in case the disk notices.
    for (std::size_t i = 0; i < chunk.size(); i += 512) chunk[i] += offset + 1;
    if (pwrite(fd, chunk.data(), kChunk, static_cast<off_t>(offset)) !=
        static_cast<ssize_t>(kChunk)) {
      Die("cannot write the data file", errno);
    }
  }
  if (fsync(fd) != 0) Die("cannot sync the data file", errno);
}

}  // namespace

std::shared_ptr<DataFile> DataFile::Create(const std::string& directory,
                                           uint64_t size) {
  RequireRoom(directory, size);
  std::string path = absl::StrCat(directory, "/wharf-bench-XXXXXX");
  std::shared_ptr<DataFile> file(new DataFile);
  file->size_ = size;
  file->cached_fd_ = mkostemp(path.data(), O_CLOEXEC);
  if (file->cached_fd_ < 0) Die(path, errno);
  file->direct_fd_ = open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  unlink(path.c_str());
  Fill(file->cached_fd_, size);
  return file;
}

bool DataFile::TakesDirect(const std::string& directory) {
  std::string path = absl::StrCat(directory, "/wharf-bench-XXXXXX");
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) Die(path, errno);
  const int direct = open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  unlink(path.c_str());
  close(fd);
  if (direct >= 0) close(direct);
  return direct >= 0;
}

DataFile::~DataFile() {
  if (cached_fd_ >= 0) close(cached_fd_);
  if (direct_fd_ >= 0) close(direct_fd_);
}

void DataFile::Warm() const {
  std::vector<std::byte> chunk(kChunk);
  for (uint64_t offset = 0; offset < size_; offset += kChunk) {
    if (pread(cached_fd_, chunk.data(), kChunk, static_cast<off_t>(offset)) !=
        static_cast<ssize_t>(kChunk)) {
      Die("cannot read the data file", errno);
    }
  }
}

void DataFile::Cool() const {
  if (posix_fadvise(cached_fd_, 0, 0, POSIX_FADV_DONTNEED) != 0) {
    Die("cannot put the data file out of the page cache", errno);
  }
}

}  // namespace wharf::bench
