#include "tests/conformance/rig.h"

#include <cstring>
#include <utility>

#include "gtest/gtest.h"

namespace wharf::conformance {

Rig::Rig(std::unique_ptr<World> world)
    : world_(std::move(world)), handles_before_(world_->OpenHandles()) {}

Rig::~Rig() { EXPECT_TRUE(finished_); }

void Rig::Finish() {
  finished_ = true;
  kept_.clear();
  for (const std::string& complaint : world_->Complaints()) {
    ADD_FAILURE() << complaint;
  }
  if (!leaks_allowed_) {
    EXPECT_EQ(world_->OpenHandles(), handles_before_) << "leaked handles";
  }
}

namespace {

// Never let go of, and never a leak to a sanitizer.
struct Kept {
  std::vector<Handle> handles;
  std::deque<Buffer> memory;
  Kept* next;
};
Kept* all_kept = nullptr;

}  // namespace

void Rig::KeepForever() {
  all_kept = new Kept{std::move(kept_), std::move(memory_), all_kept};
  AllowLeaks();
}

void Rig::KeepMemory() {
  all_kept = new Kept{{}, std::move(memory_), all_kept};
}

TestFile Rig::NewFile(std::string_view content, FileMode mode) {
  TestFile file = world_->NewFile(content, mode);
  Keep(file.handle);
  return file;
}

TestPair Rig::NewSocketPair() {
  TestPair pair = world_->NewSocketPair();
  Keep(pair.near);
  Keep(pair.far);
  return pair;
}

TestPair Rig::NewPipe() {
  TestPair pair = world_->NewPipe();
  Keep(pair.near);
  Keep(pair.far);
  return pair;
}

TestListener Rig::NewListener() {
  TestListener listener = world_->NewListener();
  Keep(listener.handle);
  return listener;
}

Handle Rig::NewSocket() { return Keep(world_->NewSocket()); }

Handle Rig::ClosedHandle() {
  world_->AllowClosedHandles();
  return Handle::Borrow(world_->NewFile("").handle.native());
}

const Handle& Rig::Keep(const Handle& handle) {
  EXPECT_TRUE(handle.valid());
  return kept_.emplace_back(handle);
}

std::byte* Rig::NewBytes(std::size_t size) {
  return memory_.emplace_back(Buffer::Allocate(size, kDirectUnit)).data();
}

std::byte* Rig::NewBytes(std::string_view content) {
  std::byte* bytes = NewBytes(content.size());
  std::memcpy(bytes, content.data(), content.size());
  return bytes;
}

std::string Rig::Missing(Opcode opcode) const {
  if (capabilities().Has(opcode)) return "";
  return std::string("Opcode::k").append(OpcodeName(opcode));
}

std::string Rig::Missing(PortFeature feature) const {
  if (capabilities().HasFeatures(feature)) return "";
  switch (feature) {
    case kFeatureDurableWrite:
      return "kFeatureDurableWrite";
    case kFeatureDataSync:
      return "kFeatureDataSync";
    case kFeatureCancel:
      return "kFeatureCancel";
    case kFeaturePunchHole:
      return "kFeaturePunchHole";
    case kFeatureCurrentPosition:
      return "kFeatureCurrentPosition";
  }
  return "an unknown PortFeature";
}

std::string Rig::Missing(WorldFeature feature) const {
  if ((world_->features() & feature) != 0) return "";
  switch (feature) {
    case kDirectFiles:
      return "kDirectFiles";
    case kPipes:
      return "kPipes";
    case kListeners:
      return "kListeners";
    case kOutsideClose:
      return "kOutsideClose";
    case kThreads:
      return "kThreads";
    case kRealTime:
      return "kRealTime";
  }
  return "an unknown WorldFeature";
}

std::string Rig::Missing(OneOf opcodes) const {
  switch (opcodes) {
    case OneOf::kWaiting:
      return capabilities().Has(Opcode::kReceive) ||
                     capabilities().Has(Opcode::kPoll)
                 ? ""
                 : "Opcode::kReceive or Opcode::kPoll";
  }
  return "an unknown OneOf";
}

std::string_view Text(const std::byte* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string Pattern(std::size_t size, uint32_t salt) {
  std::string bytes(size, '\0');
  uint32_t state = salt * 2654435761u + 1;
  for (char& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace wharf::conformance
