// PosixWorld: files, streams and listeners of a Unix machine. The port is a
// subclass's own.

#ifndef WHARF_TESTS_CONFORMANCE_POSIX_WORLD_H_
#define WHARF_TESTS_CONFORMANCE_POSIX_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/conformance/world.h"

namespace wharf::conformance {

// Files are in a folder of this world's own, which is removed with it.
class PosixWorld : public World {
 public:
  // Streams and listeners are made with O_NONBLOCK if `nonblocking`.
  explicit PosixWorld(bool nonblocking = false);
  ~PosixWorld() override;

  uint32_t features() const override;
  TestFile NewFile(std::string_view content, FileMode mode) override;
  std::string Content(const std::string& path) override;
  std::string FreshPath() override;
  TestPair NewSocketPair() override;
  TestPair NewPipe() override;
  TestListener NewListener() override;
  Handle NewSocket() override;
  std::string RefusedAddress() override;
  bool Put(const Handle& stream, std::string_view bytes) override;
  std::string Take(const Handle& stream, std::size_t size) override;
  void EndSending(const Handle& socket) override;
  void CloseOutside(Handle&& handle) override;
  bool IsOpen(NativeHandle native) override;
  void Pass(Duration time) override;
  std::size_t OpenHandles() override;

 private:
  const bool nonblocking_;
  std::string folder_;
  bool has_direct_ = false;
  int names_ = 0;
};

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_POSIX_WORLD_H_
