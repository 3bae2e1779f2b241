#include "tools/cp/plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/cp/errors.h"
#include "tools/cp/filesystem.h"

namespace wharf::cp {
namespace {

std::string WithoutTrailingSlashes(std::string path) {
  const std::size_t root = std::max<std::size_t>(RootLength(path), 1);
  while (path.size() > root && path.back() == '/') path.pop_back();
  return path;
}

std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, std::max(slash, RootLength(path)));
}

// The name that `source` gets in a directory.
std::string NameOf(const std::string& source) {
  std::string name = source.substr(source.rfind('/') + 1);
  if (name != "." && name != ".." && !name.empty()) return name;
  const absl::StatusOr<std::string> real = RealPath(source);
  return real.ok() ? real->substr(real->rfind('/') + 1) : name;
}

// Not OK if `root` is a directory that contains or is its own destination.
absl::Status CheckNotIntoItself(const Root& root, const std::string& parent) {
  const absl::StatusOr<FileFacts> source = Stat(root.source);
  if (!source.ok() || source->kind != FileKind::kDirectory) {
    return absl::OkStatus();
  }
  const absl::StatusOr<FileFacts> there = Stat(root.destination);
  if (there.ok() && there->identity == source->identity) {
    return PathError(
        absl::StatusCode::kInvalidArgument, root.destination,
        absl::StrCat("is the same directory as ", ShowPath(root.source)),
        "choose another destination");
  }
  const absl::StatusOr<std::string> outer = RealPath(root.source);
  const absl::StatusOr<std::string> inner = RealPath(parent);
  if (outer.ok() && inner.ok() &&
      (absl::EndsWith(*outer, "/") || *inner == *outer ||
       absl::StartsWith(*inner, absl::StrCat(*outer, "/")))) {
    return PathError(absl::StatusCode::kInvalidArgument, root.source,
                     absl::StrCat("cannot be copied into itself, to ",
                                  ShowPath(root.destination)),
                     "choose a destination outside of it");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Plan> MakePlan(std::vector<std::string> sources,
                              std::string destination) {
  destination = NormalizePath(std::move(destination));
  for (std::string& path : sources) {
    path = NormalizePath(std::move(path));
    if (path.empty()) {
      return absl::InvalidArgumentError("'': is no path; name the source");
    }
  }
  if (destination.empty()) {
    return absl::InvalidArgumentError("'': is no path; name the destination");
  }
  Plan plan;
  const absl::StatusOr<FileFacts> there = Stat(destination);
  const bool into = there.ok() && there->kind == FileKind::kDirectory;
  if (!into && sources.size() > 1) {
    return PathError(absl::StatusCode::kInvalidArgument, destination,
                     "is not a directory, but there are several sources",
                     "make it with `mkdir`, or copy one at a time");
  }
  if (!into && destination.back() == '/') {
    const absl::StatusOr<FileFacts> source = Stat(sources[0]);
    if (source.ok() && source->kind != FileKind::kDirectory) {
      return PathError(absl::StatusCode::kInvalidArgument, destination,
                       "is not a directory",
                       "make it with `mkdir`, or leave out the last slash");
    }
  }
  const std::string target = WithoutTrailingSlashes(destination);
  plan.parent = into ? target : DirectoryOf(target);
  if (!into) {
    const absl::StatusOr<FileFacts> parent = Stat(plan.parent);
    if (!parent.ok() || parent->kind != FileKind::kDirectory) {
      return PathError(
          absl::StatusCode::kNotFound, destination,
          absl::StrCat("there is no directory ", ShowPath(plan.parent)),
          "check the spelling, or make it with `mkdir -p`");
    }
  }
  std::set<std::string> taken;
  for (const std::string& path : sources) {
    Root root{.source = WithoutTrailingSlashes(path), .destination = target};
    if (into) {
      root.destination = absl::StrCat(
          target, absl::EndsWith(target, "/") ? "" : "/", NameOf(root.source));
    }
    if (!taken.insert(root.destination).second) {
      return PathError(absl::StatusCode::kInvalidArgument, root.destination,
                       "is what two of the sources would become",
                       "copy them to different directories");
    }
    absl::Status status = CheckNotIntoItself(root, plan.parent);
    if (status.ok()) {
      plan.roots.push_back(std::move(root));
    } else {
      plan.failures.push_back(std::move(status));
    }
  }
  return plan;
}

}  // namespace wharf::cp
