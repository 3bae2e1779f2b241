#include "tests/differential/simulated_world.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace wharf::differential {
namespace {

// More than any pipe or socket of a real world holds: a stream of the simulated
// kernel may say that it is full before it is, not after.
constexpr std::size_t kStreamBytes = 32768;
constexpr std::size_t kIocpStreamBytes = 131072;

std::string ListenerName(uint16_t handle) {
  return absl::StrCat("listener", handle);
}

}  // namespace

void SimulatedWorld::Stop() {
  if (port_ != nullptr) port_->Close();
  port_.reset();
  kernel_.reset();
}

void SimulatedWorld::Restart() {
  Stop();
  sim::KernelOptions options;
  options.chooser = chooser_;
  options.keep_trace = sim::Trace::Keep::kEntries;
  options.stream_bytes =
      personality_ == sim::Personality::kIocp ? kIocpStreamBytes : kStreamBytes;
  kernel_ = std::make_unique<sim::Kernel>(options);
  port_ = kernel_->OpenPort(
      {.personality = personality_, .max_in_flight = max_in_flight_});
}

absl::Status SimulatedWorld::Begin(const Program& program,
                                   std::vector<Handle>& handles) {
  for (std::size_t i = 0; i < program.objects.size(); ++i) {
    const ObjectSpec& object = program.objects[i];
    switch (object.kind) {
      case ObjectKind::kFile: {
        const std::string path = Path(static_cast<uint32_t>(i));
        absl::StatusOr<Handle> file = kernel_->OpenFile(path);
        if (!file.ok()) return file.status();
        std::vector<std::byte> bytes(object.size);
        for (uint32_t k = 0; k < object.size; ++k) {
          bytes[k] = InitialByte(static_cast<uint32_t>(i), k);
        }
        if (!bytes.empty()) kernel_->FindFile(path)->Write(0, bytes);
        handles.push_back(*std::move(file));
        break;
      }
      case ObjectKind::kPipe:
      case ObjectKind::kSocketPair: {
        auto [one, two] = object.kind == ObjectKind::kPipe
                              ? kernel_->Pipe()
                              : kernel_->SocketPair();
        handles.push_back(std::move(one));
        handles.push_back(std::move(two));
        break;
      }
      case ObjectKind::kListener: {
        absl::StatusOr<Handle> listener = kernel_->Listen(
            ListenerName(static_cast<uint16_t>(handles.size())), object.size);
        if (!listener.ok()) return listener.status();
        handles.push_back(*std::move(listener));
        break;
      }
      case ObjectKind::kSocket:
        handles.push_back(kernel_->Socket());
        break;
    }
  }
  return absl::OkStatus();
}

std::string SimulatedWorld::NameOf(uint32_t name) {
  return absl::StrCat("f", name);
}

std::vector<std::byte> SimulatedWorld::Address(uint16_t listener) {
  const std::string name = ListenerName(listener);
  const auto* bytes = reinterpret_cast<const std::byte*>(name.data());
  return {bytes, bytes + name.size()};
}

std::vector<std::byte> SimulatedWorld::Contents(uint32_t name) {
  const sim::FileImage* file = kernel_->FindFile(Path(name));
  if (file == nullptr) return {};
  const std::span<const std::byte> bytes = file->cached();
  return {bytes.begin(), bytes.end()};
}

}  // namespace wharf::differential
