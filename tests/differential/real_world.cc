#include "tests/differential/real_world.h"

#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "tests/differential/program.h"

namespace wharf::differential {

std::filesystem::path PathOf(std::string_view name) {
  return {std::u8string(name.begin(), name.end())};
}

RealWorld::~RealWorld() {
  std::error_code error;
  std::filesystem::remove_all(PathOf(folder_), error);
}

void RealWorld::End() {
  std::error_code error;
  for (uint32_t i = 0; i < kNames; ++i) {
    std::filesystem::remove(PathOf(Path(i)), error);
  }
}

std::string RealWorld::Path(uint32_t name) {
  return (PathOf(folder_) / absl::StrCat("f", name)).string();
}

std::vector<std::byte> RealWorld::Contents(uint32_t name) {
  std::ifstream file(PathOf(Path(name)), std::ios::binary);
  std::vector<std::byte> bytes;
  for (std::istreambuf_iterator<char> at(file), end; at != end; ++at) {
    bytes.push_back(static_cast<std::byte>(*at));
  }
  return bytes;
}

absl::Status RealWorld::WriteInitial(uint32_t name, uint32_t size) {
  std::ofstream file(PathOf(Path(name)), std::ios::binary | std::ios::trunc);
  for (uint32_t i = 0; i < size; ++i) {
    file.put(static_cast<char>(InitialByte(name, i)));
  }
  file.close();
  if (file.good()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(Path(name), ": cannot be written"));
}

}  // namespace wharf::differential
