// FileCopy: one file, many blocks on their way at once. A block is read into a
// buffer of the pool, and written from the same buffer to the same place of a
// temporary file; when all are there the temporary file gets its name. Whatever
// goes wrong, the destination is the old one or the complete new one.

#ifndef WHARF_TOOLS_CP_FILE_COPY_H_
#define WHARF_TOOLS_CP_FILE_COPY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "engine/handle.h"
#include "tools/cp/block_pool.h"
#include "tools/cp/content_hash.h"
#include "tools/cp/data_ranges.h"
#include "tools/cp/filesystem.h"
#include "tools/cp/options.h"

namespace wharf::cp {

// Which file becomes which.
struct FileTask {
  std::string source;
  std::string destination;
  // Nothing can be at the destination: its directory was just made.
  bool fresh = false;
};

// Reusable: one file after the other. Belongs to the loop thread; must stay
// where it is, and outlive its requests (wait for OnFileEnd).
class FileCopy {
 public:
  // Who wants to know. May be told inside any method of FileCopy and inside
  // Engine::Turn; must only take note.
  class Listener {
   public:
    virtual ~Listener() = default;
    // `bytes` more are written, skipped as a hole, or read back.
    virtual void OnBytes(uint64_t bytes) = 0;
    // --direct was asked for, but the file system of `path` has no direct I/O
    // for it: the page cache is used.
    virtual void OnNoDirect(const std::string& path) = 0;
    // A temporary file could not be removed; the status names it.
    virtual void OnLeftover(const absl::Status& status) = 0;
    // The file's end: OK if the destination is complete, else why not; nothing
    // of it is left then. `copy` may start another file.
    virtual void OnFileEnd(FileCopy* copy, const absl::Status& status) = 0;
  };

  // All are borrowed and outlive this.
  FileCopy(Engine* engine, BlockPool* pool, const CopyOptions* options,
           uint32_t umask, Listener* listener);
  FileCopy(const FileCopy&) = delete;
  FileCopy& operator=(const FileCopy&) = delete;

  // Opens both files. Requires that no file is being copied. How it goes is
  // told to the listener only.
  void Start(FileTask task);

  // True if IssueBlock has something to do.
  bool WantsBlock() const {
    return (phase_ == Phase::kCopying || phase_ == Phase::kVerifying) &&
           failure_.ok() && !ranges_.done();
  }
  // Sends the next block on its way. Requires WantsBlock() and a block in the
  // pool.
  void IssueBlock();

  // Gives up: cancels what is on its way; the end comes with `reason`, at once
  // or after the last outcome.
  void Abort(const absl::Status& reason);

  // The file in work.
  const FileTask& task() const { return task_; }

 private:
  enum class Phase : uint8_t { kIdle, kCopying, kSyncing, kVerifying };

  // A block on its way: where it belongs, how much of it has been read.
  struct Block {
    RequestId request;
    Range range;
    uint64_t filled = 0;
    bool busy = false;
  };

  absl::Status Open();
  absl::Status CheckDestination(const FileFacts& source) const;
  absl::Status CreateTemporary();
  absl::Status PlanRanges();
  uint32_t TakeSlot(Range range);

  bool direct_source() const { return source_alignment_ > 1; }
  bool direct_target() const { return target_alignment_ > 1; }
  Time Deadline();

  void Read(uint32_t slot, Buffer buffer);
  void OnRead(uint32_t slot, Result&& result);
  void Write(uint32_t slot, Buffer buffer);
  void OnWritten(uint32_t slot, const Outcome& outcome);
  void OnSynced(const Outcome& outcome);
  void EndRequest();
  absl::Status ReadFailure(const Block& block, const Outcome& outcome) const;

  // All blocks of the phase are done.
  void NextPhase();
  absl::Status CompleteTarget();
  absl::Status CheckSourceUnchanged() const;
  void StartVerifying();
  absl::Status Publish();

  void Fail(const absl::Status& status);
  void CancelAll();
  void Finish();

  Engine* const engine_;
  BlockPool* const pool_;
  const CopyOptions* const options_;
  const uint32_t umask_;
  Listener* const listener_;

  Phase phase_ = Phase::kIdle;
  FileTask task_;
  std::string temporary_;
  bool temporary_exists_ = false;
  FileFacts facts_;
  Handle source_;
  Handle target_;
  // errno of closing the target, 0 if it went well.
  int close_error_ = 0;
  uint64_t source_alignment_ = 1;
  uint64_t target_alignment_ = 1;
  DataRanges ranges_;
  // One past the last byte written.
  uint64_t written_end_ = 0;
  uint64_t reported_ = 0;
  std::vector<Block> blocks_;
  std::vector<uint32_t> free_slots_;
  RequestId sync_request_;
  uint32_t in_flight_ = 0;
  ContentHash source_hash_;
  ContentHash target_hash_;
  absl::Status failure_;
};

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_FILE_COPY_H_
