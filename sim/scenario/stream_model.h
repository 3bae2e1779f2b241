// StreamModel: what may come out of one direction of a stream, given what went
// in: the same bytes in the same order, none invented, and at a clean end none
// lost. One send and one receive at a time.

#ifndef WHARF_SIM_SCENARIO_STREAM_MODEL_H_
#define WHARF_SIM_SCENARIO_STREAM_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace wharf::sim {

// Every byte is known by its position. Not for concurrent use.
class StreamModel {
 public:
  // True if there may be something left to receive.
  bool may_have_more() const {
    return !at_end_ && may_receive() && (send_lost_ || received_ < sent_);
  }
  // True while nobody sends, and the next byte's position is known.
  bool may_send() const { return !sending_ && !send_lost_; }
  // The same for receiving.
  bool may_receive() const { return !receiving_ && !receive_lost_; }

  // A send of `bytes` begins: fills them with what is due.
  void BeginSend(std::span<std::byte> bytes) {
    sending_ = true;
    on_its_way_ = bytes.size();
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = At(sent_ + i);
  }
  // It has ended, with so many bytes on the wire.
  void EndSend(uint64_t bytes) {
    sending_ = false;
    sent_ += bytes;
    on_its_way_ = 0;
  }
  // Nobody will be told how many bytes it put there.
  void LoseSend() { send_lost_ = true; }

  // A receive begins.
  void BeginReceive() { receiving_ = true; }
  // It has ended with `bytes`. "" if they are what was due; otherwise what is
  // wrong.
  std::string EndReceive(std::span<const std::byte> bytes) {
    receiving_ = false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == At(received_ + i)) continue;
      return "byte " + std::to_string(received_ + i) +
             " of the stream is not what was sent";
    }
    received_ += bytes.size();
    if (received_ <= sent_ + on_its_way_ || send_lost_) return "";
    return std::to_string(received_) + " bytes came out of the stream, but " +
           std::to_string(sent_ + on_its_way_) + " went in";
  }
  // Nobody will be told what it got.
  void LoseReceive() { receive_lost_ = true; }

  // The stream has ended in order: "" if nothing is missing.
  std::string AtEnd() {
    at_end_ = true;
    if (send_lost_ || receive_lost_ || sending_ || received_ == sent_) {
      return "";
    }
    return "the stream ended after " + std::to_string(received_) + " of " +
           std::to_string(sent_) + " bytes";
  }

 private:
  static std::byte At(uint64_t position) {
    return std::byte((position * 131 + (position >> 7) * 29 + 7) & 255);
  }

  uint64_t sent_ = 0;
  uint64_t on_its_way_ = 0;
  uint64_t received_ = 0;
  bool at_end_ = false;
  bool sending_ = false;
  bool receiving_ = false;
  bool send_lost_ = false;
  bool receive_lost_ = false;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCENARIO_STREAM_MODEL_H_
