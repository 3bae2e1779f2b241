#include <chrono>
#include <vector>

#include "bench/die.h"
#include "bench/engine_lanes.h"
#include "bench/engine_loop.h"

namespace wharf::bench {
namespace {

class PingPong final : public Lane {
 public:
  PingPong(const PortFactory& open, SocketKind kind, uint32_t pairs,
           Deadlines deadlines)
      : deadlines_(deadlines), sockets_(kind, pairs), loop_(open, 4 * pairs) {
    ends_.resize(sockets_.size());
    for (uint32_t end = 0; end < sockets_.size(); ++end) {
      ends_[end].socket =
          Handle::Adopt(sockets_[end], [](NativeHandle, void*) {});
      ends_[end].spare = Buffer::Allocate(SocketPairs::kMessage);
      Receive(end, Buffer::Allocate(SocketPairs::kMessage));
    }
  }

  // The receives that still wait end without a message.
  ~PingPong() override { closing_ = true; }

  void Run(uint64_t operations) override {
    to_start_ = operations;
    to_end_ = operations;
    // The even ends serve.
    for (uint32_t end = 0; end < sockets_.size() && to_start_ > 0; end += 2) {
      --to_start_;
      Send(end, TakeSpare(end));
    }
    loop_.TurnUntilZero(to_end_);
  }

 private:
  struct End {
    Handle socket;
    // The buffer that is neither received into nor sent from.
    Buffer spare;
  };

  Buffer TakeSpare(uint32_t end) {
    if (ends_[end].spare.empty()) Die("an answer came before its send ended");
    return std::move(ends_[end].spare);
  }

  void Send(uint32_t end, Buffer&& message) {
    loop_.Submit(Request::Send(ends_[end].socket, std::move(message)),
                 [this, end](Result&& result) {
                   EngineLoop::Check(result.outcome);
                   ends_[end].spare = std::move(result.buffer);
                 });
  }

  void Receive(uint32_t end, Buffer&& buffer) {
    Request request = Request::Receive(ends_[end].socket, std::move(buffer));
    if (deadlines_ == Deadlines::kNeverHit) {
      request.deadline = loop_.engine().Now() + std::chrono::seconds(30);
    }
    loop_.Submit(std::move(request), [this, end](Result&& result) {
      if (closing_) return;
      EngineLoop::Check(result.outcome);
      OnMessage(end, std::move(result.buffer));
    });
  }

  void OnMessage(uint32_t end, Buffer&& message) {
    bool answer = true;
    if (end % 2 == 0) {
      --to_end_;
      answer = to_start_ > 0;
      if (answer) --to_start_;
    }
    if (answer) {
      Buffer spare = TakeSpare(end);
      Send(end, std::move(message));
      Receive(end, std::move(spare));
    } else {
      Receive(end, std::move(message));
    }
  }

  const Deadlines deadlines_;
  SocketPairs sockets_;
  std::vector<End> ends_;
  uint64_t to_start_ = 0;
  uint64_t to_end_ = 0;
  bool closing_ = false;
  EngineLoop loop_;
};

}  // namespace

std::unique_ptr<Lane> EnginePingPong(const PortFactory& open, SocketKind kind,
                                     uint32_t pairs, Deadlines deadlines) {
  return std::make_unique<PingPong>(open, kind, pairs, deadlines);
}

}  // namespace wharf::bench
