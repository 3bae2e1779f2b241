// FileLane: reads, writes and syncs of one file, whose blocks say which version
// of them is there. A write that was stopped leaves a block that may be either;
// it is written again before it is believed.

#ifndef WHARF_TESTS_SOAK_FILE_LANE_H_
#define WHARF_TESTS_SOAK_FILE_LANE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/soak/traffic.h"

namespace wharf::soak {

// Each slot owns its blocks, so that no two requests that must not meet do, and
// one more for writes that are dropped, which nobody looks at.
class FileLane final : public Lane {
 public:
  // Makes a file in `folder`; direct (O_DIRECT) if told so and the file system
  // can.
  FileLane(Traffic& traffic, const std::string& folder, bool direct);
  // Requires that no request is in flight.
  ~FileLane() override;

  std::string_view name() const override { return direct_ ? "direct" : "file"; }
  void Step() override;
  void OnEnd(int slot, Result&& result) override;
  void OnDropped(int slot) override;

 private:
  static constexpr int kSlots = 4;
  static constexpr uint64_t kBlockBytes = 8192;
  static constexpr uint64_t kBlocksOfSlot = 16;
  struct Block {
    uint64_t salt = 0;
    bool certain = true;
  };
  enum class Doing : uint8_t { kNothing, kReading, kWriting, kZeroing, kOther };
  struct Slot {
    Doing doing = Doing::kNothing;
    uint64_t block = 0;
    uint64_t salt = 0;
  };

  void Start(int slot);
  Request MakeRead(uint64_t offset);
  Request MakeWrite(uint64_t offset, uint64_t salt);
  Request MakeOther();
  void OnRead(Slot& slot, const Result& result);
  void OnWritten(Slot& slot, const Outcome& outcome);

  Traffic& traffic_;
  bool direct_;
  std::string path_;
  Handle file_;
  std::vector<Block> blocks_;
  Slot slots_[kSlots];
};

}  // namespace wharf::soak

#endif  // WHARF_TESTS_SOAK_FILE_LANE_H_
