// The same work through wharf::Engine, written as a user would: each callback
// submits its successor and moves the buffer it got into it.

#ifndef WHARF_BENCH_ENGINE_LANES_H_
#define WHARF_BENCH_ENGINE_LANES_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "bench/lane.h"
#include "bench/socket_pairs.h"
#include "engine/port.h"

namespace wharf::bench {

// Opens a port with room for `depth` operations.
using PortFactory =
    std::function<std::unique_ptr<CompletionPort>(uint32_t depth)>;

// The io_uring port with its default options. Ends the program if the kernel
// refuses.
std::unique_ptr<CompletionPort> OpenIoUring(uint32_t depth);

// See RawNop.
std::unique_ptr<Lane> EngineNop(const PortFactory& open, uint32_t depth);

// See RawRead.
std::unique_ptr<Lane> EngineRead(const PortFactory& open, int fd, uint64_t size,
                                 uint32_t depth);

// What a ping-pong's receives have beyond the plain ones.
enum class Deadlines : uint8_t {
  kNone,
  kNeverHit,  // each receive must end within half a minute
};

// See RawPingPong.
std::unique_ptr<Lane> EnginePingPong(const PortFactory& open, SocketKind kind,
                                     uint32_t pairs, Deadlines deadlines);

// See RawStream.
std::unique_ptr<Lane> EngineStream(const PortFactory& open, SocketKind kind);

}  // namespace wharf::bench

#endif  // WHARF_BENCH_ENGINE_LANES_H_
