#include "bench/engine_lanes.h"
#include "bench/engine_loop.h"

namespace wharf::bench {
namespace {

class Stream final : public Lane {
 public:
  Stream(const PortFactory& open, SocketKind kind)
      : sockets_(kind, 1),
        sender_(Handle::Adopt(sockets_[0], [](NativeHandle, void*) {})),
        receiver_(Handle::Adopt(sockets_[1], [](NativeHandle, void*) {})),
        in_(Buffer::Allocate(SocketPairs::kStreamMessage)),
        out_(Buffer::Allocate(SocketPairs::kStreamMessage)),
        loop_(open, 2) {}

  void Run(uint64_t operations) override {
    to_send_ = operations;
    to_receive_ = operations;
    Receive();
    Send();
    loop_.TurnUntilZero(to_receive_);
    loop_.TurnUntilZero(to_send_);
  }

 private:
  void Send() {
    loop_.Submit(Request::Send(sender_, std::move(out_)),
                 [this](Result&& result) {
                   EngineLoop::Check(result.outcome);
                   out_ = std::move(result.buffer);
                   if (--to_send_ > 0) Send();
                 });
  }

  void Receive() {
    loop_.Submit(Request::Receive(receiver_, std::move(in_)),
                 [this](Result&& result) {
                   EngineLoop::Check(result.outcome);
                   in_ = std::move(result.buffer);
                   if (--to_receive_ > 0) Receive();
                 });
  }

  SocketPairs sockets_;
  Handle sender_;
  Handle receiver_;
  Buffer in_;
  Buffer out_;
  uint64_t to_send_ = 0;
  uint64_t to_receive_ = 0;
  EngineLoop loop_;
};

}  // namespace

std::unique_ptr<Lane> EngineStream(const PortFactory& open, SocketKind kind) {
  return std::make_unique<Stream>(open, kind);
}

}  // namespace wharf::bench
