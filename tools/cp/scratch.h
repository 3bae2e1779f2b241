// Scratch: a folder of real files for tests.

#ifndef WHARF_TOOLS_CP_SCRATCH_H_
#define WHARF_TOOLS_CP_SCRATCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::cp {

// An empty folder that lives as long as the object. What fails in here fails
// the test.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  // The path of `name` in the folder; of the folder itself if empty.
  std::string Path(std::string_view name = "") const;

  // Makes a file, with the folders above it.
  void Write(std::string_view name, std::string_view content);
  // Makes a folder, with those above it.
  void MakeFolder(std::string_view name);
  // Makes a symbolic link, with the folders above it.
  void Link(std::string_view content, std::string_view name);

  // A file's content.
  std::string Read(std::string_view name) const;
  // True if there is something of that name, be it a link to nowhere.
  bool Exists(std::string_view name) const;
  // Everything below `name`, sorted, relative to it.
  std::vector<std::string> List(std::string_view name = "") const;
  // Names below the folder that look like a temporary file's.
  std::vector<std::string> Leftovers() const;

 private:
  std::string root_;
};

// `size` bytes that do not repeat, the same for the same `seed`.
std::string Noise(std::size_t size, uint32_t seed = 1);

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_SCRATCH_H_
