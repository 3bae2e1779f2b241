// Channel: one direction of a stream (half a socket connection, or a pipe). A
// bounded queue of bytes, some of which are still on their way.
//
// Supported: bounded buffers, delays in order, end of stream behind the bytes,
// a reader that has gone, reset.
// Rejected: messages, out-of-band data.
// Divergence from a real kernel: the sender's and the receiver's buffer are
// one, so that a byte occupies room until it is read.

#ifndef WHARF_SIM_KERNEL_CHANNEL_H_
#define WHARF_SIM_KERNEL_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/time.h"
#include "sim/kernel/ring_queue.h"

namespace wharf::sim {

// Not for concurrent use.
class Channel {
 public:
  // No bytes, no room.
  Channel() = default;
  // Room for `capacity` bytes, at least 1.
  explicit Channel(std::size_t capacity) : bytes_(capacity) {}

  // Takes as many of `bytes` as there is room for, and returns how many. They
  // become readable at `arrival`, and not before what was written earlier.
  std::size_t Write(std::span<const std::byte> bytes, Time arrival);

  // The writer is done: the end arrives behind everything written, at
  // `arrival` at the earliest.
  void WriteEnd(Time arrival);

  // When something that is on its way arrives; kNever if nothing is.
  Time NextArrival() const {
    return arrivals_.empty() ? kNever : arrivals_[0].time;
  }
  // Lets everything arrive that is due at `now`. True if anything was.
  bool Arrive(Time now);

  // Moves as many readable bytes as fit to `out`; returns how many.
  std::size_t Read(std::span<std::byte> out);

  // The connection is gone: all bytes are lost, nothing more comes or goes.
  void Reset();
  // The reader wants no more: what is readable can still be read, then comes
  // the end; what is under way is lost.
  void EndReading();
  // The connection is gone, but what is readable can still be read, and then
  // comes the end; what is under way is lost.
  void Cut();
  // As new, with the same room and without an allocation.
  void Clear();
  // Nobody will read any more.
  void CloseReader() { reader_closed_ = true; }

  // Bytes that can be written now.
  std::size_t room() const { return bytes_.size() - used_; }
  // Bytes that can be read now.
  std::size_t readable() const { return readable_; }
  // Bytes written and not read, readable or still on their way.
  std::size_t unread() const { return used_; }
  // True if WriteEnd was called.
  bool write_ended() const { return write_ended_; }
  // True if the end has arrived and all bytes before it were read.
  bool at_end() const { return end_arrived_ && used_ == 0; }
  // True if the end has arrived, whether or not there are bytes before it.
  bool end_arrived() const { return end_arrived_; }
  // True after Reset.
  bool reset() const { return reset_; }
  // True after CloseReader.
  bool reader_closed() const { return reader_closed_; }

 private:
  struct Arrival {
    Time time;
    std::size_t bytes = 0;
    bool end = false;
  };

  std::vector<std::byte> bytes_;  // A ring.
  std::size_t head_ = 0;
  std::size_t used_ = 0;
  std::size_t readable_ = 0;
  RingQueue<Arrival> arrivals_;  // In order: an early one waits for the first.
  bool write_ended_ = false;
  bool end_arrived_ = false;
  bool reset_ = false;
  bool reader_closed_ = false;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_CHANNEL_H_
