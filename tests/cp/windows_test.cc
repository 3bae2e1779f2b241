// `wharf cp` as a Windows program: the built wharf.exe, real files, completion
// ports.

#include <windows.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cp/filesystem.h"
#include "tools/cp/scratch.h"

namespace wharf::cp {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct RunResult {
  DWORD status = ~DWORD{0};
  std::string output;
};

class WindowsCpTest : public ::testing::Test {
 protected:
  std::string Path(std::string_view name) const { return scratch_.Path(name); }

  // Runs it to its end. Words must not need quoting beyond blanks.
  RunResult RunWharf(const std::vector<std::string>& words) {
    std::string line = "tools\\wharf.exe cp";
    for (const std::string& word : words) line += " \"" + word + "\"";
    const std::string log = ::testing::TempDir() + "/wharf-output.txt";
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof(inherit),
                                   .lpSecurityDescriptor = nullptr,
                                   .bInheritHandle = TRUE};
    const HANDLE output =
        ::CreateFileA(log.c_str(), GENERIC_WRITE, FILE_SHARE_READ, &inherit,
                      CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    EXPECT_NE(output, INVALID_HANDLE_VALUE);
    STARTUPINFOA startup = {};
    startup.cb = sizeof(startup);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdOutput = output;
    startup.hStdError = output;
    PROCESS_INFORMATION process = {};
    RunResult result;
    const BOOL started =
        ::CreateProcessA(nullptr, line.data(), nullptr, nullptr, TRUE, 0,
                         nullptr, nullptr, &startup, &process);
    ::CloseHandle(output);
    if (started == 0) {
      ADD_FAILURE() << line << ": error " << ::GetLastError();
      return result;
    }
    ::WaitForSingleObject(process.hProcess, INFINITE);
    ::GetExitCodeProcess(process.hProcess, &result.status);
    ::CloseHandle(process.hProcess);
    ::CloseHandle(process.hThread);
    std::ifstream file(log, std::ios::binary);
    result.output.assign(std::istreambuf_iterator<char>(file), {});
    EXPECT_THAT(scratch_.Leftovers(), IsEmpty());
    return result;
  }

  void ExpectCopied(const std::vector<std::string>& words) {
    const RunResult result = RunWharf(words);
    EXPECT_EQ(result.status, 0u);
    EXPECT_THAT(result.output, IsEmpty());
  }
  void ExpectFailure(const std::vector<std::string>& words,
                     const std::string& path, const std::string& reason) {
    const RunResult result = RunWharf(words);
    EXPECT_EQ(result.status, 1u);
    EXPECT_THAT(result.output, StartsWith("wharf cp: " + path + ": "));
    EXPECT_THAT(result.output, HasSubstr(reason));
  }

  Scratch scratch_;
};

TEST_F(WindowsCpTest, FilesOfEverySize) {
  for (const std::size_t size : {0, 1, 4095, 4096, 4097, 3'000'001}) {
    const std::string content = Noise(size, 7);
    scratch_.Write("a", content);
    ExpectCopied({Path("a"), Path("b")});
    EXPECT_TRUE(scratch_.Read("b") == content) << size;
    EXPECT_EQ(Stat(Path("b"))->modified, Stat(Path("a"))->modified);
  }
}

TEST_F(WindowsCpTest, SixtyFourMebibytesVerifiedAndDurable) {
  const std::string content = Noise(64 << 20);
  scratch_.Write("a", content);
  ExpectCopied({"--verify", "--sync", "--backend=iocp", Path("a"), Path("b")});
  EXPECT_TRUE(scratch_.Read("b") == content);
}

TEST_F(WindowsCpTest, PastTheCache) {
  for (const std::size_t size : {0, 511, 4096, (1 << 20) + 3}) {
    scratch_.Write("a", Noise(size, 3));
    ExpectCopied({"--direct", "--verify", Path("a"), Path("b")});
    EXPECT_TRUE(scratch_.Read("b") == Noise(size, 3)) << size;
  }
}

TEST_F(WindowsCpTest, ATree) {
  for (int i = 0; i < 300; ++i) {
    scratch_.Write("tree/" + std::to_string(i % 10) + "/" + std::to_string(i),
                   Noise(static_cast<std::size_t>(i * 37), i));
  }
  scratch_.MakeFolder("tree/empty");
  // With the system's own slashes.
  std::string tree = Path("tree");
  for (char& c : tree) c = c == '/' ? '\\' : c;
  ExpectCopied({"--sync", "--verify", tree, Path("copy")});
  ASSERT_EQ(scratch_.List("copy"), scratch_.List("tree"));
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(scratch_.Read("copy/" + std::to_string(i % 10) + "/" +
                            std::to_string(i)),
              Noise(static_cast<std::size_t>(i * 37), i));
  }
}

TEST_F(WindowsCpTest, IntoADirectory) {
  scratch_.Write("a", "one");
  scratch_.Write("b", "two");
  scratch_.MakeFolder("into");
  ExpectCopied({Path("a"), Path("b"), Path("into")});
  EXPECT_EQ(scratch_.Read("into/a"), "one");
  EXPECT_EQ(scratch_.Read("into/b"), "two");
}

TEST_F(WindowsCpTest, AnExistingFileIsReplacedAlsoAReadOnlyOne) {
  scratch_.Write("a", "new");
  scratch_.Write("b", "old");
  ASSERT_NE(::SetFileAttributesA(Path("b").c_str(), FILE_ATTRIBUTE_READONLY),
            0);
  ExpectCopied({Path("a"), Path("b")});
  EXPECT_EQ(scratch_.Read("b"), "new");
}

TEST_F(WindowsCpTest, WhatCannotBeCopiedIsSaid) {
  scratch_.Write("file", "f");
  scratch_.MakeFolder("tree/file");
  ExpectFailure({Path("no"), Path("b")}, Path("no"), "check the spelling");
  ExpectFailure({Path("file"), Path("no/b")}, Path("no/b"),
                "there is no directory");
  ExpectFailure({Path("file"), Path("tree")}, Path("tree/file"),
                "is a directory and cannot become a file");
  ExpectFailure({Path("file"), Path("file")}, Path("file"),
                "is the same file as");
  ExpectFailure({Path("tree"), Path("tree/file")}, Path("tree"),
                "cannot be copied into itself");
  const RunResult wrong =
      RunWharf({"--backend=io_uring", Path("file"), Path("b")});
  EXPECT_EQ(wrong.status, 1u);
  EXPECT_THAT(wrong.output, HasSubstr("which has iocp"));
  EXPECT_EQ(scratch_.Read("file"), "f");
}

}  // namespace
}  // namespace wharf::cp
