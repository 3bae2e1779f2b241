#include <algorithm>
#include <vector>

#include "bench/block_sequence.h"
#include "bench/engine_lanes.h"
#include "bench/engine_loop.h"

namespace wharf::bench {
namespace {

class Read final : public Lane {
 public:
  Read(const PortFactory& open, int fd, uint64_t size, uint32_t depth)
      // An owning handle, as a program has: its references are counted.
      : file_(Handle::Adopt(fd, [](NativeHandle, void*) {})),
        blocks_(size),
        loop_(open, depth) {
    for (uint32_t i = 0; i < depth; ++i) {
      idle_.push_back(Buffer::Allocate(kBlockSize, kBlockSize));
    }
  }

  void Run(uint64_t operations) override {
    to_start_ = operations;
    to_end_ = operations;
    while (!idle_.empty() && to_start_ > 0) {
      Buffer buffer = std::move(idle_.back());
      idle_.pop_back();
      Start(std::move(buffer));
    }
    loop_.TurnUntilZero(to_end_);
  }

 private:
  void Start(Buffer&& buffer) {
    --to_start_;
    loop_.Submit(
        Request::Read(file_, std::move(buffer), {.offset = blocks_.Next()}),
        [this](Result&& result) {
          EngineLoop::Check(result.outcome);
          --to_end_;
          if (to_start_ > 0) {
            Start(std::move(result.buffer));
          } else {
            idle_.push_back(std::move(result.buffer));
          }
        });
  }

  Handle file_;
  BlockSequence blocks_;
  std::vector<Buffer> idle_;
  uint64_t to_start_ = 0;
  uint64_t to_end_ = 0;
  EngineLoop loop_;
};

}  // namespace

std::unique_ptr<Lane> EngineRead(const PortFactory& open, int fd, uint64_t size,
                                 uint32_t depth) {
  return std::make_unique<Read>(open, fd, size, depth);
}

}  // namespace wharf::bench
