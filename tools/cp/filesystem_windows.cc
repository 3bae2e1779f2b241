#include <windows.h>
#include <winioctl.h>

#include <algorithm>
#include <utility>

#include "backends/windows/text.h"
#include "tools/cp/errors.h"
#include "tools/cp/filesystem.h"

namespace wharf::cp {
namespace {

// Between 1601, where Windows begins, and 1970.
constexpr int64_t kSecondsTo1970 = 11644473600;
constexpr int64_t kTicksPerSecond = 10000000;
// Whole blocks of this are right for every disk.
constexpr uint64_t kDirectAlignment = 4096;
constexpr DWORD kShareAll =
    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
constexpr uint32_t kWriteBits = 0222;

// A HANDLE that is closed at the end of its scope.
class ScopedHandle {
 public:
  explicit ScopedHandle(HANDLE handle) : handle_(handle) {}
  ~ScopedHandle() {
    if (valid()) ::CloseHandle(handle_);
  }
  ScopedHandle(const ScopedHandle&) = delete;
  ScopedHandle& operator=(const ScopedHandle&) = delete;

  bool valid() const { return handle_ != INVALID_HANDLE_VALUE; }
  HANDLE get() const { return handle_; }

 private:
  HANDLE handle_;
};

HANDLE ToHandle(NativeHandle file) {
  return reinterpret_cast<HANDLE>(static_cast<intptr_t>(file));
}

NativeHandle ToNative(HANDLE handle) {
  return static_cast<NativeHandle>(reinterpret_cast<intptr_t>(handle));
}

absl::Status LastError(const std::string& path, std::string_view action) {
  return SystemError(static_cast<int>(::GetLastError()), path, action);
}

absl::Status Checked(BOOL result, const std::string& path,
                     std::string_view action) {
  return result != 0 ? absl::OkStatus() : LastError(path, action);
}

// With the prefix that lifts the limit of 260 characters.
std::wstring SystemPath(const std::string& path) {
  std::wstring wide = Utf16(path);
  std::replace(wide.begin(), wide.end(), L'/', L'\\');
  const DWORD size = ::GetFullPathNameW(wide.c_str(), 0, nullptr, nullptr);
  if (size == 0) return wide;
  std::wstring full(size, L'\0');
  full.resize(::GetFullPathNameW(wide.c_str(), size, full.data(), nullptr));
  const bool drive = full.size() >= 3 && full[1] == L':' && full[2] == L'\\';
  return drive ? L"\\\\?\\" + full : full;
}

std::string OwnPath(std::wstring wide) {
  constexpr std::wstring_view kLong = L"\\\\?\\";
  constexpr std::wstring_view kShare = L"\\\\?\\UNC\\";
  if (wide.starts_with(kShare)) {
    wide.replace(0, kShare.size(), L"\\\\");
  } else if (wide.starts_with(kLong)) {
    wide.erase(0, kLong.size());
  }
  std::replace(wide.begin(), wide.end(), L'\\', L'/');
  return Utf8(wide);
}

FileTime ToFileTime(FILETIME time) {
  const auto ticks = static_cast<int64_t>(uint64_t{time.dwHighDateTime} << 32 |
                                          time.dwLowDateTime);
  return {.seconds = ticks / kTicksPerSecond - kSecondsTo1970,
          .nanoseconds = static_cast<uint32_t>(ticks % kTicksPerSecond * 100)};
}

FILETIME FromFileTime(FileTime time) {
  const auto ticks =
      static_cast<uint64_t>((time.seconds + kSecondsTo1970) * kTicksPerSecond +
                            time.nanoseconds / 100);
  return {.dwLowDateTime = static_cast<DWORD>(ticks),
          .dwHighDateTime = static_cast<DWORD>(ticks >> 32)};
}

// True if it names another place: a symbolic link or a junction. Other reparse
// points (compressed, deduplicated, in a cloud) are files like any other.
bool IsLink(HANDLE handle) {
  FILE_ATTRIBUTE_TAG_INFO tag = {};
  return ::GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag,
                                        sizeof(tag)) != 0 &&
         (tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
         (tag.ReparseTag == IO_REPARSE_TAG_SYMLINK ||
          tag.ReparseTag == IO_REPARSE_TAG_MOUNT_POINT);
}

absl::StatusOr<FileFacts> Facts(HANDLE handle, const std::string& path) {
  FileFacts facts;
  const DWORD type = ::GetFileType(handle);
  if (type != FILE_TYPE_DISK) {
    facts.kind_name = type == FILE_TYPE_PIPE ? "a named pipe" : "a device";
    return facts;
  }
  BY_HANDLE_FILE_INFORMATION info;
  if (::GetFileInformationByHandle(handle, &info) == 0) {
    return LastError(path, "cannot look at it");
  }
  facts.identity = {
      .device = info.dwVolumeSerialNumber,
      .inode = uint64_t{info.nFileIndexHigh} << 32 | info.nFileIndexLow};
  facts.size = uint64_t{info.nFileSizeHigh} << 32 | info.nFileSizeLow;
  facts.allocated = facts.size;
  facts.modified = ToFileTime(info.ftLastWriteTime);
  facts.mode = 0666;
  if ((info.dwFileAttributes & FILE_ATTRIBUTE_READONLY) != 0) {
    facts.mode &= ~kWriteBits;
  }
  if (IsLink(handle)) {
    facts.kind = FileKind::kSymlink;
    facts.kind_name = "a symbolic link";
  } else if ((info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
    facts.kind = FileKind::kDirectory;
    facts.kind_name = "a directory";
    facts.mode = 0777;
  } else {
    facts.kind = FileKind::kRegular;
    facts.kind_name = "a regular file";
  }
  return facts;
}

absl::StatusOr<FileFacts> StatPath(const std::string& path, DWORD flags) {
  const ScopedHandle handle(::CreateFileW(
      SystemPath(path).c_str(), FILE_READ_ATTRIBUTES, kShareAll, nullptr,
      OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | flags, nullptr));
  if (!handle.valid()) return LastError(path, "cannot look at it");
  return Facts(handle.get(), path);
}

absl::Status NoLinks(const std::string& path) {
  return PathError(absl::StatusCode::kUnimplemented, path,
                   "is a symbolic link, which wharf cp cannot copy on Windows",
                   "copy what it leads to by naming it as SRC");
}

// Overlapped, as the engine needs it.
DWORD OpenFlagsFor(bool direct) {
  return FILE_FLAG_OVERLAPPED | (direct ? FILE_FLAG_NO_BUFFERING : 0);
}

OpenFile Opened(HANDLE handle, bool direct) {
  return {.native = ToNative(handle),
          .alignment = direct ? kDirectAlignment : 1};
}

// Takes the read-only mark away; false if there was none.
bool MakeWritable(const std::wstring& path) {
  const DWORD attributes = ::GetFileAttributesW(path.c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES ||
      (attributes & FILE_ATTRIBUTE_READONLY) == 0) {
    return false;
  }
  return ::SetFileAttributesW(
             path.c_str(), attributes & ~DWORD{FILE_ATTRIBUTE_READONLY}) != 0;
}

}  // namespace

std::string NormalizePath(std::string path) {
  std::replace(path.begin(), path.end(), '\\', '/');
  // "C:name" starts from the drive's own working directory.
  if (path.size() < 2 || path[1] != ':' ||
      (path.size() > 2 && path[2] == '/')) {
    return path;
  }
  return OwnPath(SystemPath(path));
}

std::size_t RootLength(const std::string& path) {
  if (path.size() >= 3 && path[1] == ':' && path[2] == '/') return 3;
  return path.starts_with('/') ? 1 : 0;
}

absl::StatusOr<FileFacts> Stat(const std::string& path) {
  return StatPath(path, 0);
}

absl::StatusOr<FileFacts> LinkStat(const std::string& path) {
  return StatPath(path, FILE_FLAG_OPEN_REPARSE_POINT);
}

absl::StatusOr<FileFacts> StatOpen(NativeHandle file, const std::string& path) {
  return Facts(ToHandle(file), path);
}

absl::StatusOr<std::vector<std::string>> ListDirectory(
    const std::string& path) {
  WIN32_FIND_DATAW entry;
  const HANDLE search =
      ::FindFirstFileW((SystemPath(path) + L"\\*").c_str(), &entry);
  if (search == INVALID_HANDLE_VALUE) {
    return LastError(path, "cannot list the directory");
  }
  std::vector<std::string> names;
  do {
    std::string name = Utf8(entry.cFileName);
    if (name != "." && name != "..") names.push_back(std::move(name));
  } while (::FindNextFileW(search, &entry) != 0);
  const DWORD error = ::GetLastError();
  ::FindClose(search);
  if (error != ERROR_NO_MORE_FILES) {
    return SystemError(static_cast<int>(error), path,
                       "cannot list the directory");
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::string> RealPath(const std::string& path) {
  const ScopedHandle handle(::CreateFileW(
      SystemPath(path).c_str(), FILE_READ_ATTRIBUTES, kShareAll, nullptr,
      OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!handle.valid()) return LastError(path, "cannot find it");
  const DWORD size = ::GetFinalPathNameByHandleW(handle.get(), nullptr, 0, 0);
  if (size == 0) return LastError(path, "cannot find it");
  std::wstring real(size, L'\0');
  real.resize(::GetFinalPathNameByHandleW(handle.get(), real.data(), size, 0));
  return OwnPath(std::move(real));
}

absl::StatusOr<OpenFile> OpenForReading(const std::string& path, bool direct) {
  const HANDLE handle =
      ::CreateFileW(SystemPath(path).c_str(), GENERIC_READ, kShareAll, nullptr,
                    OPEN_EXISTING, OpenFlagsFor(direct), nullptr);
  if (handle == INVALID_HANDLE_VALUE) {
    return LastError(path, "cannot open it for reading");
  }
  return Opened(handle, direct);
}

absl::StatusOr<OpenFile> CreateNew(const std::string& path,
                                   const std::string& becomes, uint32_t mode,
                                   bool direct) {
  const DWORD attributes = (mode & kWriteBits) == 0 ? FILE_ATTRIBUTE_READONLY
                                                    : FILE_ATTRIBUTE_NORMAL;
  const HANDLE handle = ::CreateFileW(
      SystemPath(path).c_str(), GENERIC_READ | GENERIC_WRITE, kShareAll,
      nullptr, CREATE_NEW, attributes | OpenFlagsFor(direct), nullptr);
  if (handle != INVALID_HANDLE_VALUE) return Opened(handle, direct);
  if (::GetLastError() == ERROR_FILE_EXISTS) {
    return PathError(absl::StatusCode::kAlreadyExists, path, "exists", "");
  }
  return LastError(becomes, "cannot create it");
}

// There is no file of size 0 with bytes in it.
bool HasContent(NativeHandle /*file*/) { return false; }

absl::StatusOr<std::optional<NativeHandle>> OpenDirectory(
    const std::string& /*path*/) {
  return std::optional<NativeHandle>();
}

Handle AdoptFile(NativeHandle file) {
  return Handle::Adopt(file, [](NativeHandle native, void*) {
    static_cast<void>(CloseFile(native));
  });
}

int CloseFile(NativeHandle file) {
  return ::CloseHandle(ToHandle(file)) != 0
             ? 0
             : static_cast<int>(::GetLastError());
}

// Write-through: the new name is on the disk when this returns.
absl::Status Rename(const std::string& from, const std::string& to) {
  constexpr DWORD kFlags = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
  const std::wstring target = SystemPath(to);
  BOOL moved = ::MoveFileExW(SystemPath(from).c_str(), target.c_str(), kFlags);
  if (moved == 0 && ::GetLastError() == ERROR_ACCESS_DENIED &&
      MakeWritable(target)) {
    moved = ::MoveFileExW(SystemPath(from).c_str(), target.c_str(), kFlags);
  }
  return Checked(moved, to, "cannot give the complete copy its name");
}

absl::Status Remove(const std::string& path) {
  const std::wstring name = SystemPath(path);
  BOOL removed = ::DeleteFileW(name.c_str());
  if (removed == 0 && ::GetLastError() == ERROR_ACCESS_DENIED &&
      MakeWritable(name)) {
    removed = ::DeleteFileW(name.c_str());
  }
  return Checked(removed, path, "cannot remove it");
}

absl::StatusOr<bool> MakeDirectory(const std::string& path, uint32_t /*mode*/) {
  if (::CreateDirectoryW(SystemPath(path).c_str(), nullptr) != 0) return true;
  const DWORD error = ::GetLastError();
  const absl::StatusOr<FileFacts> there = Stat(path);
  if (error == ERROR_ALREADY_EXISTS && there.ok()) {
    if (there->kind == FileKind::kDirectory) return false;
    return PathError(absl::StatusCode::kAlreadyExists, path,
                     "is a file where a directory is to be",
                     "move it away, or choose another destination");
  }
  return SystemError(static_cast<int>(error), path,
                     "cannot make the directory");
}

absl::StatusOr<std::string> ReadLink(const std::string& path) {
  return NoLinks(path);
}

absl::Status MakeLink(const std::string& /*content*/, const std::string& path) {
  return NoLinks(path);
}

absl::Status SetSize(NativeHandle file, uint64_t size,
                     const std::string& path) {
  FILE_END_OF_FILE_INFO info;
  info.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
  return Checked(::SetFileInformationByHandle(ToHandle(file), FileEndOfFileInfo,
                                              &info, sizeof(info)),
                 path, "cannot set its size");
}

// CreateNew has done what there is to do.
absl::Status SetMode(NativeHandle /*file*/, uint32_t /*mode*/,
                     const std::string& /*path*/) {
  return absl::OkStatus();
}

// A directory's read-only mark means nothing.
absl::Status SetPathMode(const std::string& /*path*/, uint32_t /*mode*/) {
  return absl::OkStatus();
}

absl::Status SetModified(NativeHandle file, FileTime time,
                         const std::string& path) {
  const FILETIME modified = FromFileTime(time);
  return Checked(::SetFileTime(ToHandle(file), nullptr, nullptr, &modified),
                 path, "cannot set the time of its last change");
}

absl::Status SetPathModified(const std::string& path, FileTime time) {
  const ScopedHandle handle(::CreateFileW(
      SystemPath(path).c_str(), FILE_WRITE_ATTRIBUTES, kShareAll, nullptr,
      OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT,
      nullptr));
  if (!handle.valid()) {
    return LastError(path, "cannot set the time of its last change");
  }
  return SetModified(ToNative(handle.get()), time, path);
}

absl::StatusOr<std::optional<uint64_t>> NextData(NativeHandle /*file*/,
                                                 uint64_t offset,
                                                 const std::string& /*path*/) {
  return std::optional<uint64_t>(offset);
}

absl::StatusOr<uint64_t> NextHole(NativeHandle /*file*/, uint64_t /*offset*/,
                                  uint64_t size, const std::string& /*path*/) {
  return size;
}

void DropCached(NativeHandle /*file*/) {}

uint32_t CurrentUmask() { return 0; }

}  // namespace wharf::cp
