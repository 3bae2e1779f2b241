// World: what the conformance suite needs of a kernel besides its port: files,
// streams and listeners to use, and somebody outside of the port who writes,
// closes and lets time pass. One world for each kernel, real or simulated; the
// tests know no other difference between them.

#ifndef WHARF_TESTS_CONFORMANCE_WORLD_H_
#define WHARF_TESTS_CONFORMANCE_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/handle.h"
#include "engine/port.h"
#include "engine/time.h"

namespace wharf::conformance {

// The kernels whose answers may differ: the columns of differences.h. A
// simulated kernel is in the column of the one that it stands for.
enum class Column : uint8_t { kIoUring, kLinuxAio, kIocp };
inline constexpr int kColumnCount = 3;

// What a world can do beyond the least: bits to be combined. A test that needs
// one names it and is skipped where it is missing.
enum WorldFeature : uint32_t {
  // NewFile(kDirect).
  kDirectFiles = 1,
  // NewPipe.
  kPipes = 2,
  // NewListener, NewSocket, RefusedAddress.
  kListeners = 4,
  // CloseOutside.
  kOutsideClose = 8,
  // Submitters and Wake may come from other threads.
  kThreads = 16,
  // The port's clock is the machine's: a test may compare the two, and a sleep
  // takes its time.
  kRealTime = 32,
};

// How a file is opened.
enum class FileMode : uint8_t {
  kCached,
  // Past the page cache. Buffers, offsets and lengths are multiples of
  // kDirectUnit.
  kDirect,
};
inline constexpr std::size_t kDirectUnit = 4096;

// A file that exists, opened for reading and writing.
struct TestFile {
  Handle handle;
  // As Request::Open takes it.
  std::string path;
};

// Two ends of a stream.
struct TestPair {
  Handle near;
  Handle far;
};

// A socket that listens.
struct TestListener {
  Handle handle;
  // The kernel's own form, as Request::Connect takes it.
  std::string address;
};

// All methods belong to the test's thread. Every handle is used on one port
// only (an IOCP handle belongs to one port for ever), is ready for use on the
// port that was opened last, and must be gone before its world.
class World {
 public:
  virtual ~World() = default;

  virtual Column column() const = 0;
  virtual uint32_t features() const = 0;

  // A port of this world's kernel, of which the calling thread runs the loop.
  virtual absl::StatusOr<std::unique_ptr<CompletionPort>> OpenPort(
      uint32_t max_in_flight) = 0;

  // A new file with this content.
  virtual TestFile NewFile(std::string_view content,
                           FileMode mode = FileMode::kCached) = 0;
  // The content of a file now, read outside of the port; all of it.
  virtual std::string Content(const std::string& path) = 0;
  // A path at which there is nothing, in a folder that exists. What is made
  // there is removed with the world.
  virtual std::string FreshPath() = 0;

  // Two connected stream sockets.
  virtual TestPair NewSocketPair() = 0;
  // A pipe: `near` reads, `far` writes. Needs kPipes.
  virtual TestPair NewPipe() = 0;
  // Needs kListeners: a listener, a socket that can connect to it, and the
  // address of nobody.
  virtual TestListener NewListener() = 0;
  virtual Handle NewSocket() = 0;
  virtual std::string RefusedAddress() = 0;

  // Somebody outside of the port writes to a socket or pipe, at most 4,096
  // bytes that nobody has read. True if all was taken.
  virtual bool Put(const Handle& stream, std::string_view bytes) = 0;
  // ... reads exactly `size` bytes, which are there or on their way; fewer at
  // the end of the stream.
  virtual std::string Take(const Handle& stream, std::size_t size) = 0;
  // ... says that nothing more will be sent on the socket.
  virtual void EndSending(const Handle& socket) = 0;
  // ... closes the number, whatever the port does with it. Requires that
  // `handle` is the only copy. Needs kOutsideClose.
  virtual void CloseOutside(Handle&& handle) = 0;
  // True if the number names something open.
  virtual bool IsOpen(NativeHandle native) = 0;

  // Lets time pass while nobody looks at the port.
  virtual void Pass(Duration time) = 0;

  // Handles open now, those of the world's own included. For finding leaks by
  // comparing.
  virtual std::size_t OpenHandles() = 0;
  // What the kernel found wrong in how its ports were used. A real kernel says
  // nothing.
  virtual std::vector<std::string> Complaints() { return {}; }
  // From here on it is no complaint that an operation names a closed handle:
  // the test does that on purpose.
  virtual void AllowClosedHandles() {}
};

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_WORLD_H_
