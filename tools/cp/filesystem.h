// The file system calls of `wharf cp` that are not transfers: plain, blocking
// system calls, each returning a Status that names the path. Bytes move through
// the engine only.
//
// One file for each system. Paths are UTF-8, with '/' between names, on every
// one of them. What Windows has not: permissions but for one bit (a file is
// read-only if its owner may not write it), holes (every byte counts as data),
// copies of symbolic links (UNIMPLEMENTED), a sync of a directory (Rename is
// durable by itself).

#ifndef WHARF_TOOLS_CP_FILESYSTEM_H_
#define WHARF_TOOLS_CP_FILESYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/handle.h"

namespace wharf::cp {

// Which file it is, whatever its name.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;

  friend bool operator==(FileIdentity, FileIdentity) = default;
};

// What `wharf cp` tells apart.
enum class FileKind : uint8_t { kRegular, kDirectory, kSymlink, kSpecial };

// Seconds and nanoseconds since 1970, as the file system keeps them.
struct FileTime {
  int64_t seconds = 0;
  uint32_t nanoseconds = 0;

  friend bool operator==(FileTime, FileTime) = default;
};

// What stat(2) says, or the like of it.
struct FileFacts {
  FileIdentity identity;
  FileKind kind = FileKind::kSpecial;
  // "a named pipe", "a socket", ...: for messages. Static lifetime.
  const char* kind_name = "";
  // Permission bits, set-user-id, set-group-id and sticky bit.
  uint32_t mode = 0;
  uint64_t size = 0;
  // Bytes that the file occupies.
  uint64_t allocated = 0;
  FileTime modified;
};

// `path` as the user typed it, in the form that everything here takes.
std::string NormalizePath(std::string path);
// How much of a normalized path names the root that it starts from ("/",
// "C:/"): 0 if it is relative.
std::size_t RootLength(const std::string& path);

// The file that `path` leads to, following symbolic links.
absl::StatusOr<FileFacts> Stat(const std::string& path);
// The file or the symbolic link itself.
absl::StatusOr<FileFacts> LinkStat(const std::string& path);
// An open file; `path` is for the message.
absl::StatusOr<FileFacts> StatOpen(NativeHandle file, const std::string& path);

// The names in a directory without "." and "..", sorted by bytes.
absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path);
// The absolute path without symbolic links.
absl::StatusOr<std::string> RealPath(const std::string& path);

// An open file, and whether it is open for direct I/O.
struct OpenFile {
  NativeHandle native = kInvalidNativeHandle;
  // What offsets, lengths and addresses must be multiples of; 1 if not direct.
  uint64_t alignment = 1;
};

// Opens a regular file for reading; the caller closes. Never waits for a
// writer, should the path have become a pipe. With `direct` it is opened for
// direct I/O if the file system can (else alignment is 1).
absl::StatusOr<OpenFile> OpenForReading(const std::string& path, bool direct);
// Makes a file that did not exist, readable too. ALREADY_EXISTS if it did;
// other failures name `becomes`, the path that the user knows.
absl::StatusOr<OpenFile> CreateNew(const std::string& path,
                                   const std::string& becomes, uint32_t mode,
                                   bool direct);
// True if a byte can be read at the beginning. For files of size 0, which in
// /proc and /sys need not be empty.
bool HasContent(NativeHandle file);
// Opens a directory, to sync it; nothing where a directory needs no sync.
absl::StatusOr<std::optional<NativeHandle>> OpenDirectory(
    const std::string& path);

// A Handle that closes `file` with its last copy.
Handle AdoptFile(NativeHandle file);
// Closes it now: 0, or the system's code for SystemError.
int CloseFile(NativeHandle file);

// A name in the directory of `path`, for a file that becomes `path` when it is
// complete: ".NAME.wharf-XXXXXX" with six random letters. NAME is cut where the
// whole would be longer than 255 bytes.
std::string TemporaryName(const std::string& path);

// Replaces a file at `to`, in one step.
absl::Status Rename(const std::string& from, const std::string& to);
// Removes a file, be it read-only.
absl::Status Remove(const std::string& path);
// True if it was made, false if there is a directory already.
absl::StatusOr<bool> MakeDirectory(const std::string& path, uint32_t mode);
// What the link at `path` says.
absl::StatusOr<std::string> ReadLink(const std::string& path);
// Makes a symbolic link.
absl::Status MakeLink(const std::string& content, const std::string& path);

// Cuts it off, or adds zeros.
absl::Status SetSize(NativeHandle file, uint64_t size, const std::string& path);
// As much of the permissions as the system has.
absl::Status SetMode(NativeHandle file, uint32_t mode, const std::string& path);
absl::Status SetPathMode(const std::string& path, uint32_t mode);
// The time of the last change; the time of the last access stays. The second
// form changes a symbolic link itself.
absl::Status SetModified(NativeHandle file, FileTime time,
                         const std::string& path);
absl::Status SetPathModified(const std::string& path, FileTime time);

// The first byte of data, or of a hole, at or after `offset`. Data: nothing if
// there is none before the end. Hole: the end counts as one. A file system that
// cannot tell has data everywhere.
absl::StatusOr<std::optional<uint64_t>> NextData(NativeHandle file,
                                                 uint64_t offset,
                                                 const std::string& path);
absl::StatusOr<uint64_t> NextHole(NativeHandle file, uint64_t offset,
                                  uint64_t size, const std::string& path);

// Drops the file's clean pages from memory, so that reading asks the device.
void DropCached(NativeHandle file);

// The process's umask; 0 where there is none. Reads it by setting it: only
// while there is one thread.
uint32_t CurrentUmask();

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_FILESYSTEM_H_
