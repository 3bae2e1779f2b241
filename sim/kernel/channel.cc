#include "sim/kernel/channel.h"

#include <algorithm>
#include <cstring>

namespace wharf::sim {

std::size_t Channel::Write(std::span<const std::byte> bytes, Time arrival) {
  const std::size_t count = std::min(bytes.size(), room());
  if (count == 0 || reset_) return 0;
  const std::size_t tail = (head_ + used_) % bytes_.size();
  const std::size_t first = std::min(count, bytes_.size() - tail);
  std::memcpy(bytes_.data() + tail, bytes.data(), first);
  if (count > first) {
    std::memcpy(bytes_.data(), bytes.data() + first, count - first);
  }
  used_ += count;
  arrivals_.Push({arrival, count, false});
  return count;
}

void Channel::WriteEnd(Time arrival) {
  if (write_ended_ || reset_) return;
  write_ended_ = true;
  arrivals_.Push({arrival, 0, true});
}

bool Channel::Arrive(Time now) {
  bool any = false;
  while (!arrivals_.empty() && arrivals_[0].time <= now) {
    const Arrival arrival = arrivals_.Pop();
    readable_ += arrival.bytes;
    end_arrived_ = end_arrived_ || arrival.end;
    any = true;
  }
  return any;
}

std::size_t Channel::Read(std::span<std::byte> out) {
  const std::size_t count = std::min(out.size(), readable_);
  if (count == 0) return 0;
  const std::size_t first = std::min(count, bytes_.size() - head_);
  std::memcpy(out.data(), bytes_.data() + head_, first);
  if (count > first) {
    std::memcpy(out.data() + first, bytes_.data(), count - first);
  }
  head_ = (head_ + count) % bytes_.size();
  used_ -= count;
  readable_ -= count;
  return count;
}

void Channel::EndReading() {
  arrivals_.Clear();
  used_ = readable_;
  end_arrived_ = true;
  reader_closed_ = true;
}

void Channel::Cut() {
  arrivals_.Clear();
  used_ = readable_;
  end_arrived_ = true;
  write_ended_ = true;
}

void Channel::Clear() {
  arrivals_.Clear();
  head_ = 0;
  used_ = 0;
  readable_ = 0;
  write_ended_ = false;
  end_arrived_ = false;
  reset_ = false;
  reader_closed_ = false;
}

void Channel::Reset() {
  reset_ = true;
  used_ = 0;
  readable_ = 0;
  arrivals_.Clear();
}

}  // namespace wharf::sim
