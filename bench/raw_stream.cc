#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <vector>

#include "bench/raw_lanes.h"
#include "bench/raw_ring.h"

namespace wharf::bench {
namespace {

// A short send or receive goes on where it stopped, by hand.
class Stream final : public Lane {
 public:
  explicit Stream(SocketKind kind)
      : sockets_(kind, 1),
        in_(SocketPairs::kStreamMessage),
        out_(SocketPairs::kStreamMessage),
        ring_(2) {}

  void Run(uint64_t operations) override {
    uint64_t to_send = operations;
    uint64_t to_receive = operations;
    sent_ = 0;
    received_ = 0;
    PrepareReceive();
    PrepareSend();
    while (to_send > 0 || to_receive > 0) {
      ring_.Turn([&](const io_uring_cqe& cqe) {
        RawRing::Check(cqe.res > 0 ? 0 : std::min(cqe.res, -EIO));
        const auto bytes = static_cast<std::size_t>(cqe.res);
        if (cqe.user_data == kSend) {
          if (!Advance(&sent_, bytes) || --to_send > 0) PrepareSend();
        } else {
          if (!Advance(&received_, bytes) || --to_receive > 0) PrepareReceive();
        }
      });
    }
  }

 private:
  static constexpr uint64_t kSend = 1;
  static constexpr uint64_t kReceive = 2;

  // True if that was the last of a message.
  static bool Advance(std::size_t* done, std::size_t bytes) {
    *done += bytes;
    if (*done < SocketPairs::kStreamMessage) return false;
    *done = 0;
    return true;
  }

  void PrepareSend() {
    io_uring_sqe* sqe = io_uring_get_sqe(ring_.get());
    io_uring_prep_send(sqe, sockets_[0], out_.data() + sent_,
                       out_.size() - sent_, MSG_NOSIGNAL);
    io_uring_sqe_set_data64(sqe, kSend);
  }

  void PrepareReceive() {
    io_uring_sqe* sqe = io_uring_get_sqe(ring_.get());
    io_uring_prep_recv(sqe, sockets_[1], in_.data() + received_,
                       in_.size() - received_, 0);
    io_uring_sqe_set_data64(sqe, kReceive);
  }

  SocketPairs sockets_;
  std::vector<std::byte> in_;
  std::vector<std::byte> out_;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  RawRing ring_;
};

}  // namespace

std::unique_ptr<Lane> RawStream(SocketKind kind) {
  return std::make_unique<Stream>(kind);
}

}  // namespace wharf::bench
