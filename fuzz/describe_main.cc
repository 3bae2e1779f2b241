// The other main of a fuzz target: what inputs show, in its notes (notes.h).
//
//   describe FILE...            each file, with what it shows
//   describe --check FILE...    fails unless each file shows what its name says
//   describe --pick=DIR FILE... a small input for each thing that any file
//                               shows, named after it, into DIR
//
// A name is one of the file's notes, perhaps with more behind a '-'. Files
// named `bug-...` are inputs that once broke something; they only have to run.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/notes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size);

namespace wharf::fuzz {
namespace {

using Bytes = std::vector<uint8_t>;

std::set<std::string> NotesOf(const Bytes& input) {
  std::set<std::string> found;
  notes = &found;
  const uint8_t none = 0;
  LLVMFuzzerTestOneInput(input.empty() ? &none : input.data(), input.size());
  notes = nullptr;
  return found;
}

bool Read(const char* path, Bytes& input) {
  std::ifstream file(path, std::ios::binary);
  input.assign(std::istreambuf_iterator<char>(file), {});
  if (!file.bad() && file.is_open()) return true;
  std::fprintf(stderr, "cannot read %s\n", path);
  return false;
}

std::string_view NameOf(std::string_view path) {
  return path.substr(path.find_last_of("/\\") + 1);
}

// Cuts out and zeroes what `note` does not need.
Bytes Shrink(Bytes input, const std::string& note) {
  const auto shows = [&note](const Bytes& candidate) {
    return NotesOf(candidate).contains(note);
  };
  for (std::size_t length = input.size() / 2; length > 0; length /= 2) {
    for (std::size_t end = input.size(); end >= length; end -= length) {
      Bytes shorter = input;
      const auto last = shorter.begin() + static_cast<std::ptrdiff_t>(end);
      shorter.erase(last - static_cast<std::ptrdiff_t>(length), last);
      if (shows(shorter)) input = shorter;
      end = std::min(end, input.size() + length);
      if (end < 2 * length) break;
    }
  }
  for (std::size_t i = 0; i < input.size(); ++i) {
    Bytes plainer = input;
    plainer[i] = 0;
    if (shows(plainer)) input = plainer;
  }
  return input;
}

int Describe(const std::vector<char*>& files) {
  for (const char* path : files) {
    Bytes input;
    if (!Read(path, input)) return 1;
    std::printf("%s: %zu bytes\n", path, input.size());
    for (const std::string& note : NotesOf(input)) {
      std::printf("  %s\n", note.c_str());
    }
  }
  return 0;
}

int CheckNames(const std::vector<char*>& files) {
  int wrong = 0;
  for (const char* path : files) {
    Bytes input;
    if (!Read(path, input)) return 1;
    const std::string name(NameOf(path));
    const std::string note = name.substr(0, name.find('-'));
    const std::set<std::string> found = NotesOf(input);
    if (note == "bug" || found.contains(note)) continue;
    ++wrong;
    std::printf("%s does not show what its name says, but:\n", path);
    for (const std::string& other : found) std::printf("  %s\n", other.c_str());
  }
  std::printf("%zu names, %d wrong\n", files.size(), wrong);
  return wrong == 0 && !files.empty() ? 0 : 1;
}

int Pick(const std::string& folder, const std::vector<char*>& files) {
  std::map<std::string, Bytes> smallest;
  for (const char* path : files) {
    Bytes input;
    if (!Read(path, input)) return 1;
    for (const std::string& note : NotesOf(input)) {
      const auto [at, fresh] = smallest.try_emplace(note, input);
      if (!fresh && input.size() < at->second.size()) at->second = input;
    }
  }
  for (const auto& [note, input] : smallest) {
    const Bytes small = Shrink(input, note);
    std::ofstream file(folder + "/" + note, std::ios::binary);
    file.write(reinterpret_cast<const char*>(small.data()),
               static_cast<std::streamsize>(small.size()));
    if (!file) {
      std::fprintf(stderr, "cannot write to %s\n", folder.c_str());
      return 1;
    }
    std::printf("%s: %zu bytes\n", note.c_str(), small.size());
  }
  return 0;
}

}  // namespace
}  // namespace wharf::fuzz

int main(int argc, char** argv) {
  std::vector<char*> files(argv + 1, argv + argc);
  const std::string_view first = files.empty() ? "" : files[0];
  if (first.starts_with("--")) files.erase(files.begin());
  if (first == "--check") return wharf::fuzz::CheckNames(files);
  if (first.starts_with("--pick=")) {
    return wharf::fuzz::Pick(std::string(first.substr(7)), files);
  }
  return wharf::fuzz::Describe(files);
}
