// Stage: what a fixed program may do in a World, for programs that are swept
// with faults. Everything is judged as in a drawn life.
//
//   void Copy(Stage& stage) {
//     stage.Submit({.kind = RequestKind::kRead, .length = 64});
//     stage.Turns(3);
//   }

#ifndef WHARF_TESTS_PROPERTY_STAGE_H_
#define WHARF_TESTS_PROPERTY_STAGE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "tests/property/world.h"

namespace wharf::property {

// A facade of one World, which it borrows.
class Stage {
 public:
  static constexpr uint32_t kNone = World::kNone;

  // Where a request goes.
  enum class Place : uint8_t {
    kFile,       // "f".
    kOtherFile,  // "ballast".
    kPair,       // A socket; the peer has the other end.
    kPairFar,    // The other end, if the program has it (Focus::feeds_itself).
    kPipe,       // A pipe that the peer feeds or drains.
  };
  // A request. Fields that its kind does not have are ignored.
  struct Asked {
    RequestKind kind = RequestKind::kNop;
    Place place = Place::kFile;
    uint64_t offset = 0;
    std::size_t length = 64;
    uint32_t pieces = 1;
    Extent extent = Extent::kAll;
    uint32_t mode = 1;
    // From now on; nothing: none. Of a sleep: how long, nothing is for ever.
    std::optional<Duration> deadline = std::nullopt;
    bool remote = false;
    Buffer buffer = {};  // Of one that has ended, instead of new memory.
  };

  explicit Stage(World* world) : world_(world) {}

  // The request's number, or kNone if it was refused: full, not supported, or
  // the machine is dead.
  uint32_t Submit(Asked asked);
  // Told of every outcome, in the callback.
  void OnResult(
      std::function<void(uint32_t request, Result& result)> function) {
    world_->on_result_ = std::move(function);
  }
  void Cancel(uint32_t request) { world_->Cancel(request, /*drop=*/false); }
  void Drop(uint32_t request) { world_->Cancel(request, /*drop=*/true); }
  // Turns that sleep for a millisecond at the most; until all has ended, if
  // that is earlier.
  void Turns(int count);
  // Requests so far.
  std::size_t size() const { return world_->model_->size(); }
  // Requests that have not ended.
  uint64_t live() const { return world_->model_->live(); }

  // The peer's part of the pair (or of the pipe that it feeds).
  void PeerSends(std::size_t bytes, Place place = Place::kPair);
  void PeerReceives(std::size_t bytes);
  void PeerEnds() { world_->kernel_.ShutdownWrite(Link().far.native()); }
  void PeerBreaks() { world_->kernel_.Reset(Link().far.native()); }
  // Another thread submits a nop when the loop is about to sleep.
  void AnotherThreadSubmitsWhenAsleep() {
    world_->armed_.push_back(World::Moment::kSleeping);
  }
  // So many bytes of the disk are taken by somebody else.
  void FillDisk(uint64_t bytes);
  // Puts `size` bytes that differ into "f", before anything else.
  void WriteFile(std::size_t size);
  // "ballast" begins as "f" does, for so many bytes; tells what is wrong.
  void ExpectCopy(std::size_t size);

 private:
  World::Link& Link() { return world_->links_[0]; }

  World* world_;
};

}  // namespace wharf::property

#endif  // WHARF_TESTS_PROPERTY_STAGE_H_
