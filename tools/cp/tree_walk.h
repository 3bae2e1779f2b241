// TreeWalk: everything that has to be copied, one item at a time, in an order
// that depends on the names only. Holds the names of the directories on the way
// down to the current item, and nothing else of the tree.

#ifndef WHARF_TOOLS_CP_TREE_WALK_H_
#define WHARF_TOOLS_CP_TREE_WALK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/cp/filesystem.h"

namespace wharf::cp {

// A source that was named on the command line, and what it becomes.
struct Root {
  std::string source;
  std::string destination;
};

// One thing to do.
struct WalkItem {
  enum class Kind : uint8_t {
    kFile,
    kSymlink,
    // Make the directory; what is in it follows, up to its kLeave.
    kEnter,
    kLeave,
    // Cannot be copied: see status.
    kFailure,
  };
  Kind kind = Kind::kFailure;
  std::string source;
  std::string destination;
  // Of the source; a kFailure has none.
  FileFacts facts;
  absl::Status status;
};

// Not for concurrent use. Blocking system calls.
class TreeWalk {
 public:
  // `forbidden` are directories that must not be walked into, because the copy
  // itself is made there. A root that is a symbolic link is followed; links
  // below are items.
  explicit TreeWalk(std::vector<Root> roots,
                    std::vector<FileIdentity> forbidden = {});

  // The next item, or nothing at the end. A directory that cannot be listed is
  // entered, fails, and is left.
  std::optional<WalkItem> Next();

  // After a kEnter: leaves out what is in the directory, and its kLeave.
  void Skip();

  // A directory that the copy is made in; see the constructor.
  void Forbid(FileIdentity identity) { forbidden_.push_back(identity); }

 private:
  struct Level {
    std::string source;
    std::string destination;
    FileFacts facts;
    std::vector<std::string> names;
    std::size_t next = 0;
  };

  WalkItem Visit(std::string source, std::string destination, bool follow);
  bool IsForbidden(FileIdentity identity) const;

  std::vector<Root> roots_;
  std::size_t next_root_ = 0;
  std::vector<FileIdentity> forbidden_;
  std::vector<Level> levels_;
  // Why the directory just entered could not be listed.
  std::optional<WalkItem> failure_;
};

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_TREE_WALK_H_
