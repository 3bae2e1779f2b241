#include "tools/cp/scratch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <system_error>

#include "gtest/gtest.h"

namespace wharf::cp {
namespace {

namespace fs = std::filesystem;

}  // namespace

Scratch::Scratch() {
  std::random_device random;
  std::error_code error;
  // Where the folder is new: create_directory says false for one that exists.
  for (int attempt = 0; attempt < 100; ++attempt) {
    root_ = ::testing::TempDir() + "/wharf-" + std::to_string(random());
    std::replace(root_.begin(), root_.end(), '\\', '/');
    if (fs::create_directory(root_, error)) return;
  }
  ADD_FAILURE() << root_ << ": " << error.message();
}

Scratch::~Scratch() {
  std::error_code ignored;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(root_, ignored)) {
    if (entry.is_directory() && !entry.is_symlink()) {
      fs::permissions(entry, fs::perms::owner_all, fs::perm_options::add,
                      ignored);
    }
  }
  fs::remove_all(root_, ignored);
}

std::string Scratch::Path(std::string_view name) const {
  return name.empty() ? root_ : root_ + "/" + std::string(name);
}

void Scratch::Write(std::string_view name, std::string_view content) {
  const fs::path path = Path(name);
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  EXPECT_TRUE(file.good()) << path;
}

void Scratch::MakeFolder(std::string_view name) {
  fs::create_directories(Path(name));
}

void Scratch::Link(std::string_view content, std::string_view name) {
  const fs::path path = Path(name);
  fs::create_directories(path.parent_path());
  fs::create_symlink(content, path);
}

std::string Scratch::Read(std::string_view name) const {
  const std::ifstream file(Path(name), std::ios::binary);
  EXPECT_TRUE(file.good()) << Path(name);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

bool Scratch::Exists(std::string_view name) const {
  return fs::symlink_status(Path(name)).type() != fs::file_type::not_found;
}

std::vector<std::string> Scratch::List(std::string_view name) const {
  const fs::path base = Path(name);
  std::vector<std::string> names;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(base)) {
    names.push_back(entry.path().lexically_relative(base).generic_string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> Scratch::Leftovers() const {
  std::vector<std::string> names = List();
  std::erase_if(names, [](const std::string& name) {
    return name.find(".wharf-") == std::string::npos;
  });
  return names;
}

std::string Noise(std::size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string noise(size, '\0');
  for (char& c : noise) c = static_cast<char>(random() >> 24);
  return noise;
}

}  // namespace wharf::cp
