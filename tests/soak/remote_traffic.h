// RemoteTraffic: another thread that submits, cancels and drops through a
// Submitter while a soak runs.

#ifndef WHARF_TESTS_SOAK_REMOTE_TRAFFIC_H_
#define WHARF_TESTS_SOAK_REMOTE_TRAFFIC_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

#include "engine/submitter.h"

namespace wharf::soak {

// Starts at once; allocates nothing while it runs. Outlives the engine's last
// callback.
class RemoteTraffic {
 public:
  // Requests are nops, or sleeps that are over on a port without nops.
  RemoteTraffic(Submitter submitter, bool has_nop, uint64_t seed);
  RemoteTraffic(const RemoteTraffic&) = delete;
  RemoteTraffic& operator=(const RemoteTraffic&) = delete;
  ~RemoteTraffic() { Stop(); }

  // Submits nothing more; the Submitter is gone. Any thread but its own.
  void Stop();
  // After Stop, and when the engine has nothing live: what is wrong, or "".
  std::string Problem() const;
  // Callbacks that are gone, called or not.
  uint64_t ended() const { return gone_; }

 private:
  // Lives in a request's callback.
  class Guard {
   public:
    explicit Guard(RemoteTraffic* traffic) : traffic_(traffic) {}
    Guard(Guard&& other) noexcept
        : traffic_(std::exchange(other.traffic_, nullptr)),
          called_(other.called_) {}
    ~Guard() {
      if (traffic_ != nullptr) ++traffic_->gone_;
    }
    void operator()(Result&& result);

   private:
    RemoteTraffic* traffic_;
    bool called_ = false;
  };
  void Main(Submitter submitter, bool has_nop, uint64_t seed);

  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> submitted_ = 0;
  std::atomic<uint64_t> gone_ = 0;
  std::atomic<uint64_t> called_ = 0;
  std::atomic<uint64_t> called_twice_ = 0;
  std::atomic<uint64_t> dropped_ = 0;
  std::atomic<uint64_t> errors_ = 0;
  std::thread thread_;
};

}  // namespace wharf::soak

#endif  // WHARF_TESTS_SOAK_REMOTE_TRAFFIC_H_
