// Rig: a world under test, and what has to stay alive until its port is closed.
// PortRig and EngineRig drive a port and an engine with it.

#ifndef WHARF_TESTS_CONFORMANCE_RIG_H_
#define WHARF_TESTS_CONFORMANCE_RIG_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/buffer.h"
#include "engine/capabilities.h"
#include "tests/conformance/world.h"

// Skips the test where the port or the world lacks something, and says what.
// Takes the rig, then any number of Opcode, PortFeature, WorldFeature and
// OneOf.
#define WHARF_NEEDS(rig, ...)                                      \
  if (const std::string missing = (rig).FirstMissing(__VA_ARGS__); \
      !missing.empty())                                            \
  GTEST_SKIP() << ::wharf::conformance::kSkipPrefix << missing

// A test of a typed suite. Its body is compiled once, whatever the number of
// instances, and makes each world that it needs with `new_world()`.
#define WHARF_TEST(suite, name)                                           \
  inline void suite##_##name(::wharf::conformance::WorldMaker new_world); \
  TYPED_TEST_P(suite, name) { suite##_##name(&TypeParam::NewWorld); }     \
  inline void suite##_##name(::wharf::conformance::WorldMaker new_world)

namespace wharf::conformance {

// An instance's NewWorld.
using WorldMaker = std::unique_ptr<World> (*)();

// How the message of every skip begins; what is missing follows.
inline constexpr std::string_view kSkipPrefix = "needs ";

// Longer than anything here takes on a busy machine. What takes longer has
// failed.
inline constexpr Duration kPatience = std::chrono::seconds(20);

// What one of several opcodes is enough for.
enum class OneOf : uint8_t {
  // An operation that waits for somebody outside: a receive, a poll.
  kWaiting,
};

// See the top of the file.
class Rig {
 public:
  explicit Rig(std::unique_ptr<World> world);
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  World& world() { return *world_; }
  Column column() const { return world_->column(); }
  virtual const PortCapabilities& capabilities() const = 0;

  // The name of the first thing that is missing, or "".
  template <class... Needs>
  std::string FirstMissing(Needs... needs) const {
    std::string missing;
    (void)((missing = Missing(needs), !missing.empty()) || ...);
    return missing;
  }

  // As the world's own, but kept open until the port is closed.
  TestFile NewFile(std::string_view content, FileMode mode = FileMode::kCached);
  TestPair NewSocketPair();
  TestPair NewPipe();
  TestListener NewListener();
  Handle NewSocket();
  // A number that named a file until now. The next thing opened may get it.
  Handle ClosedHandle();
  // Keeps a copy of any handle.
  const Handle& Keep(const Handle& handle);

  // Memory that is there until the port is closed, aligned for direct files.
  std::byte* NewBytes(std::size_t size);
  std::byte* NewBytes(std::string_view content);

  // For tests that make the kernel or the engine keep something: leaked
  // handles are no failure any more.
  void AllowLeaks() { leaks_allowed_ = true; }

 protected:
  virtual ~Rig();
  // The port is closed: lets go of everything, then looks for leaks and
  // complaints.
  void Finish();
  // The kernel may use memory and handles for ever: neither is let go.
  void KeepForever();
  // The same for memory alone.
  void KeepMemory();

 private:
  std::string Missing(Opcode opcode) const;
  std::string Missing(PortFeature feature) const;
  std::string Missing(WorldFeature feature) const;
  std::string Missing(OneOf opcodes) const;

  std::unique_ptr<World> world_;
  std::size_t handles_before_;
  bool leaks_allowed_ = false;
  bool finished_ = false;
  std::vector<Handle> kept_;
  std::deque<Buffer> memory_;
};

// The bytes as text.
std::string_view Text(const std::byte* bytes, std::size_t size);

// `size` bytes that differ from place to place; `salt` makes different ones.
std::string Pattern(std::size_t size, uint32_t salt = 0);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_RIG_H_
