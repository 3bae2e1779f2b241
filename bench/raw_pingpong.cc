#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <vector>

#include "bench/raw_lanes.h"
#include "bench/raw_ring.h"

namespace wharf::bench {
namespace {

class PingPong final : public Lane {
 public:
  PingPong(SocketKind kind, uint32_t pairs)
      : sockets_(kind, pairs), messages_(sockets_.size()), ring_(4 * pairs) {
    for (uint32_t end = 0; end < sockets_.size(); ++end) PrepareReceive(end);
  }

  void Run(uint64_t operations) override {
    uint64_t to_start = operations;
    uint64_t to_end = operations;
    // The even ends serve.
    for (uint32_t end = 0; end < sockets_.size() && to_start > 0; end += 2) {
      --to_start;
      PrepareSend(end);
    }
    while (to_end > 0) {
      ring_.Turn([&](const io_uring_cqe& cqe) {
        RawRing::Check(cqe.res == static_cast<int>(SocketPairs::kMessage)
                           ? 0
                           : std::min(cqe.res, -EIO));
        if ((cqe.user_data & kIsSend) != 0) return;
        const auto end = static_cast<uint32_t>(cqe.user_data);
        if (end % 2 == 1) {
          PrepareSend(end);
        } else {
          --to_end;
          if (to_start > 0) {
            --to_start;
            PrepareSend(end);
          }
        }
        PrepareReceive(end);
      });
    }
  }

 private:
  static constexpr uint64_t kIsSend = uint64_t{1} << 32;
  using Message = std::array<std::byte, SocketPairs::kMessage>;
  struct Messages {
    Message in{};
    Message out{};
  };

  void PrepareSend(uint32_t end) {
    messages_[end].out = messages_[end].in;
    io_uring_sqe* sqe = io_uring_get_sqe(ring_.get());
    io_uring_prep_send(sqe, sockets_[end], messages_[end].out.data(),
                       SocketPairs::kMessage, MSG_NOSIGNAL);
    io_uring_sqe_set_data64(sqe, kIsSend | end);
  }

  void PrepareReceive(uint32_t end) {
    io_uring_sqe* sqe = io_uring_get_sqe(ring_.get());
    io_uring_prep_recv(sqe, sockets_[end], messages_[end].in.data(),
                       SocketPairs::kMessage, 0);
    io_uring_sqe_set_data64(sqe, end);
  }

  SocketPairs sockets_;
  std::vector<Messages> messages_;
  // Last: it goes first, and with it the receives that still wait.
  RawRing ring_;
};

}  // namespace

std::unique_ptr<Lane> RawPingPong(SocketKind kind, uint32_t pairs) {
  return std::make_unique<PingPong>(kind, pairs);
}

}  // namespace wharf::bench
