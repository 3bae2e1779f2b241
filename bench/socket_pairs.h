// Connected sockets for the ping-pong rows.

#ifndef WHARF_BENCH_SOCKET_PAIRS_H_
#define WHARF_BENCH_SOCKET_PAIRS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wharf::bench {

// What connects the ends.
enum class SocketKind : uint8_t {
  kUnix,  // a stream socket pair
  kTcp,   // over the loopback interface, without delay
};

// Owns the ends of some connections. The ends 2n and 2n + 1 are connected.
class SocketPairs {
 public:
  // Message size of the ping-pong rows and of the stream rows, in bytes.
  static constexpr std::size_t kMessage = 64;
  static constexpr std::size_t kStreamMessage = 64 << 10;

  // Makes `pairs` connections. Ends the program if the kernel refuses.
  SocketPairs(SocketKind kind, uint32_t pairs);
  ~SocketPairs();
  SocketPairs(const SocketPairs&) = delete;
  SocketPairs& operator=(const SocketPairs&) = delete;

  // Number of ends.
  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }
  // The descriptor of an end, open as long as this object lives.
  int operator[](uint32_t end) const { return ends_[end]; }

 private:
  std::vector<int> ends_;
};

}  // namespace wharf::bench

#endif  // WHARF_BENCH_SOCKET_PAIRS_H_
