// Directories: those that a copy makes or adds to, each until all that is in it
// is done. Only then can it have its permissions (it may not be writable) and
// its time (every name added changes it), and be made durable.

#ifndef WHARF_TOOLS_CP_DIRECTORIES_H_
#define WHARF_TOOLS_CP_DIRECTORIES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "tools/cp/filesystem.h"
#include "tools/cp/options.h"

namespace wharf::cp {

// Belongs to the loop thread.
class Directories {
 public:
  // One directory. Valid while it is held.
  class Entry;

  // `fail` is told what goes wrong, at any time. All are borrowed and outlive
  // this.
  Directories(Engine* engine, const CopyOptions* options,
              std::function<void(const absl::Status&)> fail);
  ~Directories();
  Directories(const Directories&) = delete;
  Directories& operator=(const Directories&) = delete;

  // The existing directory that everything is made in, held once. It keeps its
  // permissions and its time.
  Entry* AddParent(std::string path);

  // The directory `path` in `parent`, held once, and `parent` once more by it.
  // Makes it if it is not there; it gets `source`'s permissions and time in the
  // end.
  absl::StatusOr<Entry*> Make(Entry* parent, std::string path,
                              const FileFacts& source);
  // True if nothing was there before.
  static bool WasMade(const Entry* entry);

  // One more thing in `entry` is under way.
  void Hold(Entry* entry);
  // One is done. The last one ends it.
  void Release(Entry* entry);

  // Directories that have not ended.
  std::size_t open() const { return entries_.size(); }
  // Directories made or added to.
  uint64_t count() const { return count_; }

  // Gives up: ends all whose end does not wait for the engine already, without
  // making them durable. What is held is not valid any more.
  void Abandon();

 private:
  void End(Entry* entry);
  void SetAttributes(const Entry& entry);
  void Remove(Entry* entry);

  Engine* const engine_;
  const CopyOptions* const options_;
  const std::function<void(const absl::Status&)> fail_;
  std::vector<std::unique_ptr<Entry>> entries_;
  uint64_t count_ = 0;
};

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_DIRECTORIES_H_
