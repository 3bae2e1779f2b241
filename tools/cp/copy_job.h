// CopyJob: a whole `wharf cp`: walks the sources, keeps several files on their
// way at once, and sees to it that one failure is one failure.

#ifndef WHARF_TOOLS_CP_COPY_JOB_H_
#define WHARF_TOOLS_CP_COPY_JOB_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "engine/request.h"
#include "tools/cp/block_pool.h"
#include "tools/cp/directories.h"
#include "tools/cp/file_copy.h"
#include "tools/cp/options.h"
#include "tools/cp/plan.h"
#include "tools/cp/tree_walk.h"

namespace wharf::cp {

// Who shows a person how it goes. Loop thread.
class Reporter {
 public:
  virtual ~Reporter() = default;
  // Something was not copied: "<path>: <reason>; <way out>".
  virtual void OnFailure(std::string_view message) = 0;
  // Something that a person should know.
  virtual void OnNote(std::string_view message) = 0;
  // `bytes` are copied so far. Returns when to be called again; kNever if it
  // need not.
  virtual Time OnProgress(uint64_t bytes, Time now) = 0;
};

// What became of it.
struct CopySummary {
  uint64_t files = 0;
  uint64_t directories = 0;
  uint64_t symlinks = 0;
  uint64_t bytes = 0;
  uint64_t failures = 0;
  // A signal ended it before its end.
  bool interrupted = false;
};

// Once: make it, Run it. Belongs to the loop thread.
class CopyJob {
 public:
  // Files that are open at once, each with two descriptors.
  static constexpr uint32_t kMaxFiles = 64;
  // Requests that a job has in its engine at most: EngineOptions and
  // OpenOptions must allow that many.
  static uint32_t MaxRequests(const CopyOptions& options);

  // `engine` and `reporter` are borrowed and outlive this. `interrupt` is
  // a request that ends with kOk when the copy is to end, if anything ends it.
  CopyJob(Engine* engine, const CopyOptions& options, Plan plan,
          std::optional<Request> interrupt, Reporter* reporter);
  ~CopyJob();
  CopyJob(const CopyJob&) = delete;
  CopyJob& operator=(const CopyJob&) = delete;

  // Copies everything, turning the engine. When it returns the engine has no
  // request of it any more. After an interrupt, a full disk or the death of the
  // kernel interface nothing new is begun and what is under way is cancelled.
  CopySummary Run();

 private:
  class Slots;

  bool Stopping() const { return !stop_.ok(); }
  void WatchInterrupt();
  void Begin();
  bool BeginNext();
  void BeginFile(const WalkItem& item);
  void BeginSymlink(const WalkItem& item);
  void EnterDirectory(const WalkItem& item);
  void PumpBlocks();
  void TakeEnded();
  void Fail(const absl::Status& status);
  // Takes note only: may be called while files and directories are at work.
  void Stop(const absl::Status& status);
  void GiveUp();
  Wait NextWait();

  Engine* const engine_;
  const CopyOptions options_;
  Reporter* const reporter_;
  std::optional<Request> interrupt_;
  RequestId interrupt_request_;
  bool interrupt_watched_ = false;

  BlockPool pool_;
  TreeWalk walk_;
  bool walked_ = false;
  // More to begin without waiting for anything.
  bool eager_ = false;
  Directories directories_;
  std::vector<Directories::Entry*> path_;
  std::unique_ptr<Slots> slots_;
  absl::Status stop_;
  bool given_up_ = false;
  Time progress_due_ = Time::min();
  CopySummary summary_;
};

// Bytes of all files that `plan` names, for the time left. Walks the tree as
// Run does; 0 for what cannot be read.
uint64_t CountBytes(const Plan& plan);

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_COPY_JOB_H_
