#include "backends/io_uring/message_pool.h"

#include <mutex>
#include <utility>

namespace wharf::uring {

void MessagePool::KeepForever(std::unique_ptr<MessagePool> pool) {
  static std::mutex mutex;
  static auto* const kept = new std::vector<std::unique_ptr<MessagePool>>;
  const std::lock_guard lock(mutex);
  kept->push_back(std::move(pool));
}

}  // namespace wharf::uring
