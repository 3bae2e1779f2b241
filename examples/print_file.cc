// Prints the first 4 KiB of a file: the example of the README.

#include <cstdio>
#include <tuple>

#include "backends/open.h"
#include "engine/engine.h"

int main(int argc, char** argv) {
  auto opened = wharf::OpenPort({});  // the best of this kernel
  if (argc < 2 || !opened.ok()) return 1;
  auto engine = wharf::Engine::Create(std::move(opened->port), {});
  if (!engine.ok()) return 1;
  wharf::Engine& loop = **engine;

  std::ignore = loop.Submit(
      wharf::Request::Open(argv[1], wharf::kOpenRead),
      [&](wharf::Result&& file) {
        std::fprintf(stderr, "open: %s\n", ToString(file.outcome).c_str());
        if (!file.outcome.ok()) return;
        auto bytes = wharf::Buffer::Allocate(4096);
        std::ignore = loop.Submit(
            wharf::Request::Read(file.handle, std::move(bytes), {.offset = 0})
                .WithDeadline(loop.Now() + std::chrono::seconds(1)),
            [](wharf::Result&& read) {  // short reads were continued
              std::fwrite(read.buffer.data(), 1, read.outcome.bytes, stdout);
            });
      });
  return loop.RunUntilIdle().ok() ? 0 : 1;
}
