#include "engine/quarantine.h"

#include <atomic>
#include <utility>

namespace wharf {
namespace {

struct Cell {
  QuarantinedRequest request;
  Cell* next;
};

// Constant-initialised and trivially destructible: usable before and after
// every other static.
constinit std::atomic<Cell*> list{nullptr};
constinit std::atomic<uint64_t> requests{0};
constinit std::atomic<uint64_t> bytes{0};

}  // namespace

void Quarantine(QuarantinedRequest request) {
  uint64_t size = request.buffer.size();
  for (const Buffer& buffer : request.buffers) size += buffer.size();

  Cell* cell =
      new Cell{std::move(request), list.load(std::memory_order_relaxed)};
  // Nobody reads the list, so nothing has to be ordered; release all the same,
  // for a debugger's or a later reader's sake costs nothing here.
  while (!list.compare_exchange_weak(
      cell->next, cell, std::memory_order_release, std::memory_order_relaxed)) {
  }
  requests.fetch_add(1, std::memory_order_relaxed);
  bytes.fetch_add(size, std::memory_order_relaxed);
}

QuarantineStats QuarantineTotals() {
  return {requests.load(std::memory_order_relaxed),
          bytes.load(std::memory_order_relaxed)};
}

}  // namespace wharf
