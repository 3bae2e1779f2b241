#include "tools/cp/copy_job.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/cp/errors.h"
#include "tools/cp/filesystem.h"

namespace wharf::cp {
namespace {

// Things begun without a turn between them, so that an interrupt is noticed.
constexpr int kEagerLimit = 64;

}  // namespace

// The FileCopys, and what they said since the last look.
class CopyJob::Slots final : public FileCopy::Listener {
 public:
  struct Ended {
    FileCopy* copy;
    absl::Status status;
  };

  Slots(CopyJob* job, uint32_t count) : job_(job) {
    const uint32_t umask = CurrentUmask();
    for (uint32_t i = 0; i < count; ++i) {
      copies_.push_back(std::make_unique<FileCopy>(
          job->engine_, &job->pool_, &job->options_, umask, this));
      free_.push_back(copies_.back().get());
    }
    active_.reserve(count);
  }

  void OnBytes(uint64_t bytes) override { job_->summary_.bytes += bytes; }
  void OnNoDirect(const std::string& path) override {
    if (std::exchange(told_no_direct_, true)) return;
    job_->reporter_->OnNote(
        absl::StrCat(ShowPath(path),
                     ": its file system has no direct I/O; --direct has no "
                     "effect there, the page cache is used"));
  }
  void OnLeftover(const absl::Status& status) override { job_->Fail(status); }
  void OnFileEnd(FileCopy* copy, const absl::Status& status) override {
    ended_.push_back({copy, status});
  }

  bool full() const { return free_.empty(); }
  bool idle() const { return active_.empty(); }

  void Start(FileTask task, Directories::Entry* directory) {
    FileCopy* const copy = free_.back();
    free_.pop_back();
    active_.push_back({copy, directory});
    copy->Start(std::move(task));
  }

  // Oldest first, so that files end rather than begin.
  void PumpBlocks() {
    for (const Active& active : active_) {
      while (active.copy->WantsBlock()) {
        if (job_->pool_.available() == 0) return;
        active.copy->IssueBlock();
      }
    }
  }

  void AbortAll() {
    for (const Active& active : active_) {
      active.copy->Abort(absl::CancelledError("stopped"));
    }
  }

  std::vector<Ended> TakeEnded() { return std::exchange(ended_, {}); }

  // Frees the slot; returns its directory.
  Directories::Entry* Retire(FileCopy* copy) {
    const auto it = std::find_if(
        active_.begin(), active_.end(),
        [copy](const Active& active) { return active.copy == copy; });
    Directories::Entry* const directory = it->directory;
    active_.erase(it);
    free_.push_back(copy);
    return directory;
  }

 private:
  struct Active {
    FileCopy* copy;
    Directories::Entry* directory;
  };

  CopyJob* const job_;
  std::vector<std::unique_ptr<FileCopy>> copies_;
  std::vector<FileCopy*> free_;
  std::vector<Active> active_;
  std::vector<Ended> ended_;
  bool told_no_direct_ = false;
};

uint32_t CopyJob::MaxRequests(const CopyOptions& options) {
  // Every block, a sync for every file, syncs of directories, the interrupt.
  return options.depth + 3 * kMaxFiles + 1;
}

CopyJob::CopyJob(Engine* engine, const CopyOptions& options, Plan plan,
                 std::optional<Request> interrupt, Reporter* reporter)
    : engine_(engine),
      options_(options),
      reporter_(reporter),
      interrupt_(std::move(interrupt)),
      pool_(options.depth, options.block_size),
      walk_(std::move(plan.roots)),
      directories_(engine, &options_,
                   [this](const absl::Status& status) { Fail(status); }),
      slots_(std::make_unique<Slots>(this, kMaxFiles)) {
  path_.push_back(directories_.AddParent(plan.parent));
  for (const absl::Status& failure : plan.failures) Fail(failure);
}

CopyJob::~CopyJob() = default;

CopySummary CopyJob::Run() {
  WatchInterrupt();
  for (;;) {
    if (Stopping()) GiveUp();
    PumpBlocks();
    Begin();
    TakeEnded();
    const bool begun_all = walked_ || Stopping();
    if (begun_all && slots_->idle() && directories_.open() == 0) break;
    const absl::Status turned = engine_->Turn(NextWait());
    TakeEnded();
    if (!turned.ok()) {
      Fail(absl::InternalError(
          absl::StrCat("the kernel interface died: ", turned.message(),
                       "; run the same command again")));
      GiveUp();
      TakeEnded();
      break;
    }
  }
  if (interrupt_watched_) {
    engine_->Drop(interrupt_request_);
    // Brings the cancelled request back.
    static_cast<void>(engine_->RunUntilIdle());
  }
  summary_.directories = directories_.count();
  return summary_;
}

void CopyJob::WatchInterrupt() {
  if (!interrupt_.has_value()) return;
  const absl::StatusOr<RequestId> id = engine_->Submit(
      *std::exchange(interrupt_, std::nullopt), [this](Result&& result) {
        interrupt_watched_ = false;
        if (!result.outcome.ok()) return;
        summary_.interrupted = true;
        Stop(absl::CancelledError("interrupted"));
      });
  if (!id.ok()) {
    Fail(absl::InternalError(absl::StrCat(
        "this kernel interface cannot wait for Ctrl-C: ", id.status().message(),
        "; choose another --backend")));
    return;
  }
  interrupt_request_ = *id;
  interrupt_watched_ = true;
}

void CopyJob::PumpBlocks() { slots_->PumpBlocks(); }

void CopyJob::Begin() {
  eager_ = false;
  for (int begun = 0; !Stopping() && !walked_; ++begun) {
    if (pool_.available() == 0 || slots_->full()) return;
    if (begun == kEagerLimit) {
      eager_ = true;
      return;
    }
    if (!BeginNext()) {
      walked_ = true;
      directories_.Release(path_.back());
      return;
    }
    PumpBlocks();
    TakeEnded();
  }
}

bool CopyJob::BeginNext() {
  std::optional<WalkItem> item = walk_.Next();
  if (!item.has_value()) return false;
  switch (item->kind) {
    case WalkItem::Kind::kFile:
      BeginFile(*item);
      break;
    case WalkItem::Kind::kSymlink:
      BeginSymlink(*item);
      break;
    case WalkItem::Kind::kEnter:
      EnterDirectory(*item);
      break;
    case WalkItem::Kind::kLeave:
      directories_.Release(path_.back());
      path_.pop_back();
      break;
    case WalkItem::Kind::kFailure:
      Fail(item->status);
      break;
  }
  return true;
}

void CopyJob::BeginFile(const WalkItem& item) {
  Directories::Entry* const directory = path_.back();
  directories_.Hold(directory);
  slots_->Start({.source = item.source,
                 .destination = item.destination,
                 .fresh = Directories::WasMade(directory)},
                directory);
}

void CopyJob::BeginSymlink(const WalkItem& item) {
  const absl::StatusOr<FileFacts> there = LinkStat(item.destination);
  if (there.ok() && there->kind == FileKind::kDirectory) {
    Fail(PathError(absl::StatusCode::kInvalidArgument, item.destination,
                   "is a directory and cannot become a symbolic link",
                   "move it away, or choose another destination"));
    return;
  }
  const absl::StatusOr<std::string> content = ReadLink(item.source);
  if (!content.ok()) {
    Fail(content.status());
    return;
  }
  const std::string temporary = TemporaryName(item.destination);
  absl::Status status = MakeLink(*content, temporary);
  if (!status.ok()) {
    Fail(status);
    return;
  }
  status = SetPathModified(temporary, item.facts.modified);
  if (status.ok()) status = Rename(temporary, item.destination);
  if (status.ok()) {
    ++summary_.symlinks;
    return;
  }
  Fail(status);
  const absl::Status removed = Remove(temporary);
  if (!removed.ok()) Fail(removed);
}

void CopyJob::EnterDirectory(const WalkItem& item) {
  const absl::StatusOr<Directories::Entry*> entry =
      directories_.Make(path_.back(), item.destination, item.facts);
  if (!entry.ok()) {
    Fail(entry.status());
    walk_.Skip();
    return;
  }
  // Only the outermost can contain what is made.
  if (path_.size() == 1) {
    const absl::StatusOr<FileFacts> made = Stat(item.destination);
    if (made.ok()) walk_.Forbid(made->identity);
  }
  path_.push_back(*entry);
}

void CopyJob::TakeEnded() {
  for (;;) {
    const std::vector<Slots::Ended> ended = slots_->TakeEnded();
    if (ended.empty()) return;
    for (const Slots::Ended& end : ended) {
      Directories::Entry* const directory = slots_->Retire(end.copy);
      if (end.status.ok()) {
        ++summary_.files;
      } else if (!absl::IsCancelled(end.status)) {
        Fail(end.status);
      }
      if (!Stopping()) directories_.Release(directory);
    }
  }
}

void CopyJob::Fail(const absl::Status& status) {
  ++summary_.failures;
  reporter_->OnFailure(status.message());
  if (StopsEverything(status)) Stop(status);
}

void CopyJob::Stop(const absl::Status& status) {
  if (!Stopping()) stop_ = status;
}

void CopyJob::GiveUp() {
  if (std::exchange(given_up_, true)) return;
  directories_.Abandon();
  slots_->AbortAll();
}

Wait CopyJob::NextWait() {
  const Time now = engine_->Now();
  if (now >= progress_due_) {
    progress_due_ = reporter_->OnProgress(summary_.bytes, now);
  }
  return eager_ ? Wait::None() : Wait::Until(progress_due_);
}

uint64_t CountBytes(const Plan& plan) {
  uint64_t bytes = 0;
  TreeWalk walk(plan.roots);
  while (const std::optional<WalkItem> item = walk.Next()) {
    if (item->kind == WalkItem::Kind::kFile) bytes += item->facts.size;
  }
  return bytes;
}

}  // namespace wharf::cp
