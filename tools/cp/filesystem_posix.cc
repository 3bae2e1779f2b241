#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "backends/posix/fd.h"
#include "tools/cp/errors.h"
#include "tools/cp/filesystem.h"

namespace wharf::cp {
namespace {

// Where the kernel does not tell (before Linux 6.1): right for every disk.
constexpr uint64_t kUsualAlignment = 4096;

FileFacts Facts(const struct stat& info) {
  FileFacts facts;
  facts.identity = {.device = info.st_dev, .inode = info.st_ino};
  facts.mode = info.st_mode & 07777;
  facts.size = static_cast<uint64_t>(info.st_size);
  facts.allocated = static_cast<uint64_t>(info.st_blocks) * 512;
  facts.modified = {.seconds = info.st_mtim.tv_sec,
                    .nanoseconds = static_cast<uint32_t>(info.st_mtim.tv_nsec)};
  switch (info.st_mode & S_IFMT) {
    case S_IFREG:
      facts.kind = FileKind::kRegular;
      facts.kind_name = "a regular file";
      break;
    case S_IFDIR:
      facts.kind = FileKind::kDirectory;
      facts.kind_name = "a directory";
      break;
    case S_IFLNK:
      facts.kind = FileKind::kSymlink;
      facts.kind_name = "a symbolic link";
      break;
    case S_IFIFO:
      facts.kind_name = "a named pipe";
      break;
    case S_IFSOCK:
      facts.kind_name = "a socket";
      break;
    case S_IFBLK:
      facts.kind_name = "a block device";
      break;
    default:
      facts.kind_name = "a character device";
      break;
  }
  return facts;
}

absl::Status Checked(int result, const std::string& path,
                     std::string_view action) {
  return result == 0 ? absl::OkStatus() : SystemError(errno, path, action);
}

// 1 if the file system has no direct I/O for this file.
uint64_t DirectAlignment(int fd) {
#ifdef STATX_DIOALIGN
  struct statx info{};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &info) == 0 &&
      (info.stx_mask & STATX_DIOALIGN) != 0) {
    if (info.stx_dio_offset_align == 0) return 1;
    return std::max<uint64_t>(info.stx_dio_offset_align,
                              info.stx_dio_mem_align);
  }
#else
  static_cast<void>(fd);
#endif
  return kUsualAlignment;
}

// Turns O_DIRECT on only after the file is there, so that a file system that
// refuses it leaves nothing behind.
OpenFile WithDirect(int fd, bool direct) {
  const uint64_t alignment = direct ? DirectAlignment(fd) : 1;
  if (alignment == 1 || ::fcntl(fd, F_SETFL, O_DIRECT) != 0) {
    return {.native = fd};
  }
  return {.native = fd, .alignment = alignment};
}

int Fd(NativeHandle file) { return static_cast<int>(file); }

timespec Spec(FileTime time) {
  return {.tv_sec = time.seconds, .tv_nsec = time.nanoseconds};
}

}  // namespace

std::string NormalizePath(std::string path) { return path; }

std::size_t RootLength(const std::string& path) {
  return path.starts_with('/') ? 1 : 0;
}

absl::StatusOr<FileFacts> Stat(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) {
    return SystemError(errno, path, "cannot look at it");
  }
  return Facts(info);
}

absl::StatusOr<FileFacts> LinkStat(const std::string& path) {
  struct stat info;
  if (::lstat(path.c_str(), &info) != 0) {
    return SystemError(errno, path, "cannot look at it");
  }
  return Facts(info);
}

absl::StatusOr<FileFacts> StatOpen(NativeHandle file, const std::string& path) {
  struct stat info;
  if (::fstat(Fd(file), &info) != 0) {
    return SystemError(errno, path, "cannot look at it");
  }
  return Facts(info);
}

absl::StatusOr<std::vector<std::string>> ListDirectory(
    const std::string& path) {
  const auto close = [](DIR* directory) { ::closedir(directory); };
  const std::unique_ptr<DIR, decltype(close)> directory(::opendir(path.c_str()),
                                                        close);
  if (directory == nullptr) {
    return SystemError(errno, path, "cannot list the directory");
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return SystemError(errno, path, "cannot list the directory");
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::string> RealPath(const std::string& path) {
  const auto release = [](char* text) { std::free(text); };
  const std::unique_ptr<char, decltype(release)> real(
      ::realpath(path.c_str(), nullptr), release);
  if (real == nullptr) return SystemError(errno, path, "cannot find it");
  return std::string(real.get());
}

absl::StatusOr<OpenFile> OpenForReading(const std::string& path, bool direct) {
  const int fd =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return SystemError(errno, path, "cannot open it for reading");
  // Or io_uring answers EAGAIN where it would have to wait for the disk.
  ::fcntl(fd, F_SETFL, 0);
  return WithDirect(fd, direct);
}

absl::StatusOr<OpenFile> CreateNew(const std::string& path,
                                   const std::string& becomes, uint32_t mode,
                                   bool direct) {
  const int fd = ::open(
      path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd >= 0) return WithDirect(fd, direct);
  if (errno == EEXIST) {
    return PathError(absl::StatusCode::kAlreadyExists, path, "exists", "");
  }
  return SystemError(errno, becomes, "cannot create it");
}

bool HasContent(NativeHandle file) {
  char byte = 0;
  return ::pread(Fd(file), &byte, 1, 0) > 0;
}

absl::StatusOr<std::optional<NativeHandle>> OpenDirectory(
    const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return SystemError(errno, path, "cannot open the directory");
  return std::optional<NativeHandle>(fd);
}

Handle AdoptFile(NativeHandle file) { return AdoptFd(Fd(file)); }

int CloseFile(NativeHandle file) { return ::close(Fd(file)) == 0 ? 0 : errno; }

absl::Status Rename(const std::string& from, const std::string& to) {
  return Checked(::rename(from.c_str(), to.c_str()), to,
                 "cannot give the complete copy its name");
}

absl::Status Remove(const std::string& path) {
  return Checked(::unlink(path.c_str()), path, "cannot remove it");
}

absl::StatusOr<bool> MakeDirectory(const std::string& path, uint32_t mode) {
  if (::mkdir(path.c_str(), mode) == 0) return true;
  const int error = errno;
  struct stat info;
  if (error == EEXIST && ::stat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return false;
    return PathError(absl::StatusCode::kAlreadyExists, path,
                     "is a file where a directory is to be",
                     "move it away, or choose another destination");
  }
  return SystemError(error, path, "cannot make the directory");
}

absl::StatusOr<std::string> ReadLink(const std::string& path) {
  std::string content(PATH_MAX, '\0');
  const ssize_t length =
      ::readlink(path.c_str(), content.data(), content.size());
  if (length < 0) return SystemError(errno, path, "cannot read the link");
  content.resize(static_cast<std::size_t>(length));
  return content;
}

absl::Status MakeLink(const std::string& content, const std::string& path) {
  return Checked(::symlink(content.c_str(), path.c_str()), path,
                 "cannot make the symbolic link");
}

absl::Status SetSize(NativeHandle file, uint64_t size,
                     const std::string& path) {
  return Checked(::ftruncate(Fd(file), static_cast<off_t>(size)), path,
                 "cannot set its size");
}

absl::Status SetMode(NativeHandle file, uint32_t mode,
                     const std::string& path) {
  return Checked(::fchmod(Fd(file), mode), path, "cannot set its permissions");
}

absl::Status SetPathMode(const std::string& path, uint32_t mode) {
  return Checked(::chmod(path.c_str(), mode), path,
                 "cannot set its permissions");
}

absl::Status SetModified(NativeHandle file, FileTime time,
                         const std::string& path) {
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, Spec(time)};
  return Checked(::futimens(Fd(file), times), path,
                 "cannot set the time of its last change");
}

absl::Status SetPathModified(const std::string& path, FileTime time) {
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, Spec(time)};
  return Checked(
      ::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), path,
      "cannot set the time of its last change");
}

absl::StatusOr<std::optional<uint64_t>> NextData(NativeHandle file,
                                                 uint64_t offset,
                                                 const std::string& path) {
  const off_t data = ::lseek(Fd(file), static_cast<off_t>(offset), SEEK_DATA);
  if (data >= 0) return std::optional<uint64_t>(data);
  if (errno == ENXIO) return std::optional<uint64_t>();
  if (errno == EINVAL || errno == EOPNOTSUPP) {
    return std::optional<uint64_t>(offset);
  }
  return SystemError(errno, path, "cannot find its data");
}

absl::StatusOr<uint64_t> NextHole(NativeHandle file, uint64_t offset,
                                  uint64_t size, const std::string& path) {
  const off_t hole = ::lseek(Fd(file), static_cast<off_t>(offset), SEEK_HOLE);
  if (hole >= 0) return static_cast<uint64_t>(hole);
  // ENXIO: it has shrunk below `offset`; reading will tell.
  if (errno == EINVAL || errno == EOPNOTSUPP || errno == ENXIO) return size;
  return SystemError(errno, path, "cannot find its holes");
}

void DropCached(NativeHandle file) {
  // Advice: nothing depends on it.
  static_cast<void>(::posix_fadvise(Fd(file), 0, 0, POSIX_FADV_DONTNEED));
}

uint32_t CurrentUmask() {
  const mode_t mask = ::umask(077);
  ::umask(mask);
  return mask;
}

}  // namespace wharf::cp
