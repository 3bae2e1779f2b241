#include "tools/cp/directories.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tools/cp/errors.h"
#include "tools/cp/filesystem.h"

namespace wharf::cp {

class Directories::Entry {
 public:
  Entry* parent = nullptr;
  std::string path;
  std::optional<FileFacts> source;
  uint64_t holds = 1;
  bool made = false;
  bool syncing = false;
};

Directories::Directories(Engine* engine, const CopyOptions* options,
                         std::function<void(const absl::Status&)> fail)
    : engine_(engine), options_(options), fail_(std::move(fail)) {}

Directories::~Directories() = default;

Directories::Entry* Directories::AddParent(std::string path) {
  entries_.push_back(std::make_unique<Entry>());
  entries_.back()->path = std::move(path);
  return entries_.back().get();
}

absl::StatusOr<Directories::Entry*> Directories::Make(Entry* parent,
                                                      std::string path,
                                                      const FileFacts& source) {
  // Its owner must be able to fill it.
  const absl::StatusOr<bool> made =
      MakeDirectory(path, (source.mode & 0777) | 0700);
  if (!made.ok()) return made.status();
  ++count_;
  Hold(parent);
  entries_.push_back(std::make_unique<Entry>());
  Entry* const entry = entries_.back().get();
  entry->parent = parent;
  entry->path = std::move(path);
  entry->source = source;
  entry->made = *made;
  return entry;
}

bool Directories::WasMade(const Entry* entry) { return entry->made; }

void Directories::Hold(Entry* entry) { ++entry->holds; }

void Directories::Release(Entry* entry) {
  if (--entry->holds == 0) End(entry);
}

void Directories::SetAttributes(const Entry& entry) {
  if (!entry.source.has_value()) return;
  const absl::Status mode = SetPathMode(entry.path, entry.source->mode & 01777);
  if (!mode.ok()) fail_(mode);
  const absl::Status time = SetPathModified(entry.path, entry.source->modified);
  if (!time.ok()) fail_(time);
}

void Directories::End(Entry* entry) {
  if (!options_->sync) {
    SetAttributes(*entry);
    Remove(entry);
    return;
  }
  // Before the permissions are set: they may not allow it any more.
  const absl::StatusOr<std::optional<NativeHandle>> directory =
      OpenDirectory(entry->path);
  SetAttributes(*entry);
  if (!directory.ok()) fail_(directory.status());
  if (!directory.ok() || !directory->has_value()) {
    Remove(entry);
    return;
  }
  Time deadline = kNever;
  if (options_->deadline.has_value()) {
    deadline = SaturatingAdd(engine_->Now(), *options_->deadline);
  }
  const absl::StatusOr<RequestId> id = engine_->Submit(
      Request::Sync(AdoptFile(**directory)).WithDeadline(deadline),
      [this, entry](Result&& result) {
        if (!result.outcome.ok()) {
          fail_(RequestError(result.outcome, entry->path,
                             "cannot make the directory durable"));
        }
        Remove(entry);
      });
  entry->syncing = id.ok();
  if (!id.ok()) {
    fail_(PathError(absl::StatusCode::kInternal, entry->path,
                    id.status().message(), ""));
    Remove(entry);
  }
}

void Directories::Remove(Entry* entry) {
  Entry* const parent = entry->parent;
  // Mostly the one that was made last.
  const auto it = std::find_if(
      entries_.rbegin(), entries_.rend(),
      [entry](const std::unique_ptr<Entry>& e) { return e.get() == entry; });
  entries_.erase(std::next(it).base());
  if (parent != nullptr) Release(parent);
}

void Directories::Abandon() {
  // The deeper ones were made later.
  for (std::size_t i = entries_.size(); i-- > 0;) {
    if (entries_[i]->syncing) {
      entries_[i]->parent = nullptr;
      continue;
    }
    SetAttributes(*entries_[i]);
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace wharf::cp
