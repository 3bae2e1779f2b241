#include "tools/cp/tree_walk.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/cp/errors.h"

namespace wharf::cp {
namespace {

std::string Join(const std::string& directory, const std::string& name) {
  return absl::EndsWith(directory, "/") ? absl::StrCat(directory, name)
                                        : absl::StrCat(directory, "/", name);
}

WalkItem Failure(std::string source, absl::Status status) {
  WalkItem item;
  item.source = std::move(source);
  item.status = std::move(status);
  return item;
}

}  // namespace

TreeWalk::TreeWalk(std::vector<Root> roots, std::vector<FileIdentity> forbidden)
    : roots_(std::move(roots)), forbidden_(std::move(forbidden)) {}

std::optional<WalkItem> TreeWalk::Next() {
  if (failure_.has_value()) return std::exchange(failure_, std::nullopt);
  if (levels_.empty()) {
    if (next_root_ == roots_.size()) return std::nullopt;
    const Root& root = roots_[next_root_++];
    return Visit(root.source, root.destination, /*follow=*/true);
  }
  Level& level = levels_.back();
  if (level.next < level.names.size()) {
    const std::string& name = level.names[level.next++];
    return Visit(Join(level.source, name), Join(level.destination, name),
                 /*follow=*/false);
  }
  WalkItem item;
  item.kind = WalkItem::Kind::kLeave;
  item.source = std::move(level.source);
  item.destination = std::move(level.destination);
  item.facts = level.facts;
  levels_.pop_back();
  return item;
}

WalkItem TreeWalk::Visit(std::string source, std::string destination,
                         bool follow) {
  const absl::StatusOr<FileFacts> facts =
      follow ? Stat(source) : LinkStat(source);
  if (!facts.ok()) return Failure(std::move(source), facts.status());
  WalkItem item;
  item.facts = *facts;
  switch (facts->kind) {
    case FileKind::kSpecial:
      return Failure(
          source,
          PathError(absl::StatusCode::kInvalidArgument, source,
                    absl::StrCat("is ", facts->kind_name),
                    "wharf cp copies files, directories and symbolic links"));
    case FileKind::kRegular:
      item.kind = WalkItem::Kind::kFile;
      break;
    case FileKind::kSymlink:
      item.kind = WalkItem::Kind::kSymlink;
      break;
    case FileKind::kDirectory: {
      if (IsForbidden(facts->identity)) {
        return Failure(source,
                       PathError(absl::StatusCode::kInvalidArgument, source,
                                 "a directory cannot be copied into itself",
                                 "choose a destination outside of it"));
      }
      item.kind = WalkItem::Kind::kEnter;
      absl::StatusOr<std::vector<std::string>> names = ListDirectory(source);
      Level level{.source = source,
                  .destination = destination,
                  .facts = *facts,
                  .names = {}};
      if (names.ok()) {
        level.names = *std::move(names);
      } else {
        failure_ = Failure(source, names.status());
      }
      levels_.push_back(std::move(level));
      break;
    }
  }
  item.source = std::move(source);
  item.destination = std::move(destination);
  return item;
}

void TreeWalk::Skip() {
  failure_.reset();
  levels_.pop_back();
}

bool TreeWalk::IsForbidden(FileIdentity identity) const {
  return std::find(forbidden_.begin(), forbidden_.end(), identity) !=
         forbidden_.end();
}

}  // namespace wharf::cp
