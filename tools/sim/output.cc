#include "tools/sim/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace wharf::simulate {

int Complain(int status, std::string_view message) {
  const std::string text = absl::StrCat("wharf sim: ", message, "\n");
  std::fputs(text.c_str(), stderr);
  return status;
}

void Put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  bool ok = file != nullptr &&
            std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file != nullptr) ok = std::fclose(file) == 0 && ok;
  if (ok) return absl::OkStatus();
  return absl::UnknownError(
      absl::StrCat(path, ": cannot be written (", std::strerror(errno), ")"));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    return absl::NotFoundError(
        absl::StrCat(path, ": cannot be read (", std::strerror(errno), ")"));
  }
  std::string text;
  char block[65536];
  std::size_t count = 0;
  while ((count = std::fread(block, 1, sizeof(block), file)) > 0) {
    text.append(block, count);
  }
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return absl::UnknownError(absl::StrCat(path, ": cannot be read"));
  return text;
}

}  // namespace wharf::simulate
