// Writes golden.inc anew: `bazel run //tests/determinism:write_golden`.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/determinism/corpus.h"

int main() {
  using namespace wharf::determinism;  // NOLINT(google-build-using-namespace)
  std::string text;
  const RunSeed run = ProductRuns();
  for (uint64_t block = 0; block < kBlocks; ++block) {
    text += "\"" + BlockDigest(block, run) + "\",\n";
  }
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (workspace == nullptr) {
    std::fputs(text.c_str(), stdout);
    return 0;
  }
  const std::string path =
      std::string(workspace) + "/tests/determinism/golden.inc";
  std::FILE* file = std::fopen(path.c_str(), "wb");
  const bool ok = file != nullptr && std::fputs(text.c_str(), file) >= 0 &&
                  std::fclose(file) == 0;
  if (!ok) std::fprintf(stderr, "%s: cannot be written\n", path.c_str());
  return ok ? 0 : 1;
}
