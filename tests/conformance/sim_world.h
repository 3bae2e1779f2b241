// SimWorld: the simulated kernel as a world, in virtual time. Who is "outside"
// works through a port of his own.

#ifndef WHARF_TESTS_CONFORMANCE_SIM_WORLD_H_
#define WHARF_TESTS_CONFORMANCE_SIM_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/chooser.h"
#include "sim/kernel/kernel.h"
#include "tests/conformance/world.h"

namespace wharf::conformance {

// See the top of the file.
class SimWorld : public World {
 public:
  // Without a chooser nothing ever goes wrong, and everything is at once.
  explicit SimWorld(sim::Personality personality,
                    std::unique_ptr<sim::Chooser> chooser = nullptr);
  ~SimWorld() override;

  Column column() const override;
  uint32_t features() const override {
    return kDirectFiles | kPipes | kListeners | kOutsideClose | kThreads;
  }
  absl::StatusOr<std::unique_ptr<CompletionPort>> OpenPort(
      uint32_t max_in_flight) override;
  TestFile NewFile(std::string_view content, FileMode mode) override;
  std::string Content(const std::string& path) override;
  std::string FreshPath() override;
  TestPair NewSocketPair() override;
  TestPair NewPipe() override;
  TestListener NewListener() override;
  Handle NewSocket() override { return kernel_.Socket(); }
  std::string RefusedAddress() override { return "nobody"; }
  bool Put(const Handle& stream, std::string_view bytes) override;
  std::string Take(const Handle& stream, std::size_t size) override;
  void EndSending(const Handle& socket) override;
  void CloseOutside(Handle&& handle) override;
  bool IsOpen(NativeHandle native) override;
  void Pass(Duration time) override;
  std::size_t OpenHandles() override { return kernel_.OpenHandles().size(); }
  std::vector<std::string> Complaints() override;
  void AllowClosedHandles() override { closed_handles_allowed_ = true; }

  // The machine, for tests of this world alone.
  sim::Kernel& kernel() { return kernel_; }

 private:
  // One operation through the outside port, again and again while it is told
  // to; returns its result.
  int64_t Outside(Opcode opcode, NativeHandle handle, void* data,
                  uint64_t length);

  const sim::Personality personality_;
  std::unique_ptr<sim::Chooser> chooser_;
  sim::Kernel kernel_;
  std::unique_ptr<CompletionPort> outside_;
  OperationId outside_id_{0};
  int names_ = 0;
  bool closed_handles_allowed_ = false;
};

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_SIM_WORLD_H_
