// IocpWorld: files, streams and listeners of a Windows machine, or of Wine, and
// its completion ports.

#ifndef WHARF_TESTS_CONFORMANCE_IOCP_WORLD_H_
#define WHARF_TESTS_CONFORMANCE_IOCP_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/conformance/world.h"

namespace wharf::conformance {

// Files are in a folder of this world's own, which is removed with it unless
// something in it is still open. Socket pairs are TCP on the loopback; pipes
// are named pipes of bytes.
class IocpWorld final : public World {
 public:
  // The port skips packets on success if `skip`.
  explicit IocpWorld(bool skip);
  ~IocpWorld() override;

  Column column() const override { return Column::kIocp; }
  uint32_t features() const override;
  absl::StatusOr<std::unique_ptr<CompletionPort>> OpenPort(
      uint32_t max_in_flight) override;
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
  const bool skip_;
  std::string folder_;
  int names_ = 0;
};

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_IOCP_WORLD_H_
