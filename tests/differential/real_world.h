// RealWorld: what the worlds of real kernels share: a folder of files, and one
// port for all programs.

#ifndef WHARF_TESTS_DIFFERENTIAL_REAL_WORLD_H_
#define WHARF_TESTS_DIFFERENTIAL_REAL_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/port.h"
#include "tests/differential/world.h"

namespace wharf::differential {

// The path of a name in UTF-8: made of a plain text, one on Windows would be in
// the code page.
std::filesystem::path PathOf(std::string_view name);

// See world.h. Objects other than files are a subclass's own. The folder is
// removed with the world.
class RealWorld : public World {
 public:
  RealWorld(const RealWorld&) = delete;
  RealWorld& operator=(const RealWorld&) = delete;
  ~RealWorld() override;

  CompletionPort& port() override { return *port_; }
  void End() override;
  std::string Path(uint32_t name) override;
  std::vector<std::byte> Contents(uint32_t name) override;

 protected:
  // `folder` exists and is empty.
  RealWorld(std::string folder, std::unique_ptr<CompletionPort> port)
      : folder_(std::move(folder)), port_(std::move(port)) {}

  // Makes file number `name` with `size` initial bytes. UNAVAILABLE if it
  // cannot be written.
  absl::Status WriteInitial(uint32_t name, uint32_t size);

 private:
  const std::string folder_;
  std::unique_ptr<CompletionPort> port_;
};

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_REAL_WORLD_H_
