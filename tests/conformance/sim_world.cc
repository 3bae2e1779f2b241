#include "tests/conformance/sim_world.h"

#include <array>
#include <span>
#include <utility>

#include "engine/error.h"

namespace wharf::conformance {
namespace {

constexpr int kMostReaps = 10'000;

sim::KernelOptions OptionsFor(sim::Chooser* chooser) {
  sim::KernelOptions options;
  options.chooser = chooser;
  options.sector = kDirectUnit;
  // A loop that waits for another thread waits for ever in virtual time.
  options.max_stuck_reaps = 0;
  return options;
}

}  // namespace

SimWorld::SimWorld(sim::Personality personality,
                   std::unique_ptr<sim::Chooser> chooser)
    : personality_(personality),
      chooser_(std::move(chooser)),
      kernel_(OptionsFor(chooser_.get())),
      outside_(kernel_.OpenPort({.personality = sim::Personality::kIoUring})) {}

SimWorld::~SimWorld() { outside_.reset(); }

Column SimWorld::column() const {
  switch (personality_) {
    case sim::Personality::kIoUring:
      return Column::kIoUring;
    case sim::Personality::kLinuxAio:
      return Column::kLinuxAio;
    case sim::Personality::kIocp:
      break;
  }
  return Column::kIocp;
}

absl::StatusOr<std::unique_ptr<CompletionPort>> SimWorld::OpenPort(
    uint32_t max_in_flight) {
  return kernel_.OpenPort(
      {.personality = personality_, .max_in_flight = max_in_flight});
}

TestFile SimWorld::NewFile(std::string_view content, FileMode mode) {
  TestFile file;
  file.path = FreshPath();
  file.handle =
      *kernel_.OpenFile(file.path, {.direct = mode == FileMode::kDirect});
  if (!content.empty()) {
    kernel_.FindFile(file.path)->Write(0, std::as_bytes(std::span(content)));
  }
  return file;
}

std::string SimWorld::Content(const std::string& path) {
  const sim::FileImage* file = kernel_.FindFile(path);
  if (file == nullptr) return "(no such file)";
  const std::span<const std::byte> bytes = file->cached();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string SimWorld::FreshPath() { return "f" + std::to_string(++names_); }

TestPair SimWorld::NewSocketPair() {
  auto [near, far] = kernel_.SocketPair();
  return {std::move(near), std::move(far)};
}

TestPair SimWorld::NewPipe() {
  auto [reader, writer] = kernel_.Pipe();
  return {std::move(reader), std::move(writer)};
}

TestListener SimWorld::NewListener() {
  TestListener listener;
  listener.address = "listener" + std::to_string(++names_);
  listener.handle = *kernel_.Listen(listener.address);
  return listener;
}

int64_t SimWorld::Outside(Opcode opcode, NativeHandle handle, void* data,
                          uint64_t length) {
  Operation operation;
  operation.opcode = opcode;
  operation.handle = handle;
  operation.data = data;
  operation.length = length;
  operation.offset = kCurrentPosition;
  std::array<Completion, 1> completions;
  for (int i = 0; i < kMostReaps; ++i) {
    operation.id = outside_id_ = outside_id_.Next();
    while (outside_->Submit({&operation, 1}) == 0) {
    }
    for (;;) {
      const absl::StatusOr<std::size_t> count = outside_->Reap(
          completions, Wait::Until(kernel_.Now() + std::chrono::seconds(1)));
      if (!count.ok() || ++i >= kMostReaps) return -1;
      if (*count > 0) break;
    }
    const int64_t result = completions[0].result;
    if (result != -static_cast<int64_t>(Error::kInterrupted) &&
        result != -static_cast<int64_t>(Error::kWouldBlock)) {
      return result;
    }
  }
  return -1;
}

bool SimWorld::Put(const Handle& stream, std::string_view bytes) {
  std::string copy(bytes);
  std::size_t done = 0;
  while (done < copy.size()) {
    // A write, because it works on pipes and sockets.
    const int64_t result = Outside(Opcode::kWrite, stream.native(),
                                   copy.data() + done, copy.size() - done);
    if (result <= 0) return false;
    done += static_cast<std::size_t>(result);
  }
  return true;
}

std::string SimWorld::Take(const Handle& stream, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const int64_t result = Outside(Opcode::kRead, stream.native(),
                                   bytes.data() + done, size - done);
    if (result <= 0) break;
    done += static_cast<std::size_t>(result);
  }
  bytes.resize(done);
  return bytes;
}

void SimWorld::EndSending(const Handle& socket) {
  kernel_.ShutdownWrite(socket.native());
}

void SimWorld::CloseOutside(Handle&& handle) {
  AllowClosedHandles();
  Handle own = std::move(handle);
  kernel_.CloseHandle(own.native());
  own.Disown();
}

bool SimWorld::IsOpen(NativeHandle native) {
  for (const NativeHandle open : kernel_.OpenHandles()) {
    if (open == native) return true;
  }
  return false;
}

void SimWorld::Pass(Duration time) {
  const Time until = kernel_.Now() + time;
  std::array<Completion, 1> none;
  while (kernel_.Now() < until) {
    if (!outside_->Reap(none, Wait::Until(until)).ok()) return;
  }
}

std::vector<std::string> SimWorld::Complaints() {
  kernel_.Settle();
  std::vector<std::string> complaints;
  for (const sim::Violation& violation : kernel_.violations()) {
    if (closed_handles_allowed_ &&
        violation.kind == sim::ViolationKind::kClosedHandle) {
      continue;
    }
    complaints.push_back(sim::Describe({violation}));
  }
  return complaints;
}

}  // namespace wharf::conformance
