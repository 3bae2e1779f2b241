// The work done by hand, with liburing and nothing else: what Wharf is held
// against. One ring and one thread each; as many operations in flight as the
// engine's lane has; every result is looked at; each completion prepares its
// successor, and one system call submits all of them and waits.

#ifndef WHARF_BENCH_RAW_LANES_H_
#define WHARF_BENCH_RAW_LANES_H_

#include <cstdint>
#include <memory>

#include "bench/lane.h"
#include "bench/socket_pairs.h"

namespace wharf::bench {

// Nops, `depth` at a time.
std::unique_ptr<Lane> RawNop(uint32_t depth);

// Reads of random blocks (see BlockSequence) of the file `fd`, which has `size`
// bytes, `depth` at a time. `fd` must stay open.
std::unique_ptr<Lane> RawRead(int fd, uint64_t size, uint32_t depth);

// 64-byte round trips over `pairs` connections at a time, both ends in this
// loop. One operation is there and back: two sends, two one-shot receives.
std::unique_ptr<Lane> RawPingPong(SocketKind kind, uint32_t pairs);

// Transfers of 64 KiB over one connection, both ends in this loop: a send and
// the receives that take it in.
std::unique_ptr<Lane> RawStream(SocketKind kind);

}  // namespace wharf::bench

#endif  // WHARF_BENCH_RAW_LANES_H_
