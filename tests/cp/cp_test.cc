// `wharf cp` as a user runs it: the built program, real files, the real kernel.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cp/program.h"
#include "tools/cp/filesystem.h"
#include "tools/cp/scratch.h"

namespace wharf::cp {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

// A file that takes a while with kSlow: all of its space is allocated, so that
// none of it is a hole.
constexpr off_t kSlowSize = 256 << 20;
#define WHARF_SLOW "--depth=1", "--block-size=4K"

class CpTest : public ::testing::Test {
 protected:
  std::string Path(std::string_view name) const { return scratch_.Path(name); }

  // Every message is one line that names the path.
  void ExpectFailure(const RunResult& result, const std::string& path,
                     const std::string& reason, int status = 1) {
    EXPECT_EQ(result.status, status);
    EXPECT_THAT(result.error,
                AllOf(StartsWith(absl::StrCat("wharf cp: ", path, ": ")),
                      HasSubstr(reason), MatchesRegex("[^\n]+; [^\n]+\n")));
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(scratch_.Leftovers(), IsEmpty());
  }
  void ExpectSuccess(const RunResult& result) {
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.error, IsEmpty());
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(scratch_.Leftovers(), IsEmpty());
  }
  void MakeSlowFile(std::string_view name) {
    const int fd =
        ::open(Path(name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(::posix_fallocate(fd, 0, kSlowSize), 0);
    ::close(fd);
  }
  void AwaitTemporaryFile() {
    for (int i = 0; i < 20'000 && scratch_.Leftovers().empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_THAT(scratch_.Leftovers(), Not(IsEmpty()));
  }

  Scratch scratch_;
};

TEST_F(CpTest, CopiesAFileQuietly) {
  const std::string content = Noise(3'000'001);
  scratch_.Write("a", content);
  ExpectSuccess(RunWharf({"cp", Path("a"), Path("b")}));
  EXPECT_TRUE(scratch_.Read("b") == content);
}

TEST_F(CpTest, EveryFlagAtOnce) {
  const std::string content = Noise(3'000'001);
  scratch_.Write("a", content);
  ExpectSuccess(RunWharf({"cp", "--sync", "--verify", "--backend=io_uring",
                          "--depth=3", "--block-size", "64K", "--deadline=60s",
                          "--nodirect", "--", Path("a"), Path("b")}));
  EXPECT_TRUE(scratch_.Read("b") == content);
}

// Every way to copy, on the backend that is second.
TEST_F(CpTest, CopiesOnLinuxAio) {
  const std::string content = Noise(3'000'001);
  scratch_.Write("a", content);
  ExpectSuccess(RunWharf({"cp", "--backend=aio", Path("a"), Path("cached")}));
  EXPECT_TRUE(scratch_.Read("cached") == content);
  ExpectSuccess(
      RunWharf({"cp", "--backend=linux_aio", "--sync", "--verify", "--depth=3",
                "--block-size", "64K", Path("a"), Path("synced")}));
  EXPECT_TRUE(scratch_.Read("synced") == content);
  const RunResult direct = RunWharf({"cp", "--backend=aio", "--direct",
                                     "--verify", Path("a"), Path("direct")});
  EXPECT_EQ(direct.status, 0);
  EXPECT_THAT(direct.error, AnyOf("", HasSubstr("has no direct I/O")));
  EXPECT_TRUE(scratch_.Read("direct") == content);
}

TEST_F(CpTest, CopiesATreeOnLinuxAio) {
  for (int i = 0; i < 300; ++i) {
    scratch_.Write(absl::StrCat("tree/", i % 10, "/", i),
                   Noise(static_cast<std::size_t>(i * 37), i));
  }
  ExpectSuccess(
      RunWharf({"cp", "--backend=aio", "--sync", Path("tree"), Path("copy")}));
  for (int i = 0; i < 300; ++i) {
    EXPECT_TRUE(scratch_.Read(absl::StrCat("copy/", i % 10, "/", i)) ==
                Noise(static_cast<std::size_t>(i * 37), i))
        << i;
  }
}

TEST_F(CpTest, ABackendOfAnotherSystemIsAnErrorWithTheWayOut) {
  scratch_.Write("a", "x");
  const RunResult result =
      RunWharf({"cp", "--backend=iocp", Path("a"), Path("b")});
  EXPECT_NE(result.status, 0);
  EXPECT_THAT(result.error,
              AllOf(HasSubstr("iocp"), HasSubstr("io_uring, linux_aio")));
}

TEST_F(CpTest, DirectCopiesFilesOfEverySize) {
  for (const std::size_t size : {0, 1, 511, 4096, 4097, (1 << 20) + 3}) {
    scratch_.Write("a", Noise(size, 7));
    const RunResult result =
        RunWharf({"cp", "--direct", "--verify", Path("a"), Path("b")});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.error, AnyOf("", HasSubstr("has no direct I/O")));
    EXPECT_TRUE(scratch_.Read("b") == Noise(size, 7)) << size;
  }
}

TEST_F(CpTest, ASparseFileOfFiveGiBStaysSparse) {
  constexpr off_t kSize = (off_t{5} << 30) + 17;
  constexpr off_t kPlaces[] = {0, (off_t{4} << 30) - 2, (off_t{4} << 30) + 5000,
                               kSize - 5};
  const int fd = ::open(Path("a").c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(::ftruncate(fd, kSize), 0);
  for (const off_t place : kPlaces) ::pwrite(fd, "wharf", 5, place);
  ::close(fd);
  ExpectSuccess(RunWharf({"cp", "--verify", Path("a"), Path("b")}));
  const FileFacts copy = *Stat(Path("b"));
  EXPECT_EQ(copy.size, static_cast<uint64_t>(kSize));
  EXPECT_LT(copy.allocated, uint64_t{1} << 20);
  const int copied = ::open(Path("b").c_str(), O_RDONLY);
  for (const off_t place : kPlaces) {
    char bytes[5] = {};
    ::pread(copied, bytes, 5, place);
    EXPECT_EQ(std::string_view(bytes, 5), "wharf") << place;
  }
  ::close(copied);
}

TEST_F(CpTest, TenThousandSmallFiles) {
  for (int i = 0; i < 10'000; ++i) {
    scratch_.Write(absl::StrCat("tree/", i % 100, "/", i),
                   Noise(static_cast<std::size_t>(i % 700), i));
  }
  ExpectSuccess(RunWharf({"cp", Path("tree"), Path("copy")}));
  ASSERT_EQ(scratch_.List("copy"), scratch_.List("tree"));
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(scratch_.Read(absl::StrCat("copy/", i % 100, "/", i)),
              Noise(static_cast<std::size_t>(i % 700), i));
  }
}

TEST_F(CpTest, SeveralSourcesIntoADirectory) {
  scratch_.Write("a", "a");
  scratch_.Write("tree/b", "b");
  scratch_.Link("b", "tree/l");
  scratch_.MakeFolder("into");
  ExpectSuccess(RunWharf({"cp", Path("a"), Path("tree"), Path("into")}));
  EXPECT_EQ(scratch_.Read("into/a"), "a");
  EXPECT_EQ(scratch_.Read("into/tree/b"), "b");
  EXPECT_EQ(*ReadLink(Path("into/tree/l")), "b");
}

TEST_F(CpTest, AMissingSource) {
  ExpectFailure(RunWharf({"cp", Path("a"), Path("b")}), Path("a"),
                "no such file");
}

TEST_F(CpTest, ASourceThatMayNotBeRead) {
  scratch_.Write("a", "secret");
  ::chmod(Path("a").c_str(), 0);
  ExpectFailure(
      RunWharf({"cp", Path("a"), Path("b")}, {.without_privilege = true}),
      Path("a"), "permission");
  EXPECT_FALSE(scratch_.Exists("b"));
}

TEST_F(CpTest, ADestinationThatMayNotBeWritten) {
  scratch_.Write("a", "x");
  scratch_.MakeFolder("d");
  ::chmod(Path("d").c_str(), 0555);
  ExpectFailure(
      RunWharf({"cp", Path("a"), Path("d/b")}, {.without_privilege = true}),
      Path("d/b"), "permission");
}

TEST_F(CpTest, ADestinationThatIsADirectory) {
  scratch_.Write("a", "x");
  scratch_.MakeFolder("d/a");
  ExpectFailure(RunWharf({"cp", Path("a"), Path("d")}), Path("d/a"),
                "is a directory and cannot become a file");
}

TEST_F(CpTest, ADirectoryIntoItself) {
  scratch_.Write("d/x", "x");
  ExpectFailure(RunWharf({"cp", Path("d"), Path("d/e")}), Path("d"),
                "into itself");
}

TEST_F(CpTest, AFailureDoesNotStopTheOthers) {
  scratch_.Write("a", "a");
  scratch_.MakeFolder("into");
  ExpectFailure(RunWharf({"cp", Path("no"), Path("a"), Path("into")}),
                Path("no"), "no such file");
  EXPECT_EQ(scratch_.Read("into/a"), "a");
}

TEST_F(CpTest, ASourceThatChangesItsSize) {
  MakeSlowFile("a");
  scratch_.Write("b", "old");
  Program program({"cp", WHARF_SLOW, Path("a"), Path("b")});
  AwaitTemporaryFile();
  ASSERT_EQ(::truncate(Path("a").c_str(), kSlowSize / 2), 0);
  ExpectFailure(program.Wait(), Path("a"), "while it was copied");
  EXPECT_EQ(scratch_.Read("b"), "old");
}

TEST_F(CpTest, ControlCAndTerminateTakeBackWhatIsUnderWay) {
  MakeSlowFile("a");
  scratch_.Write("b", "old");
  for (const int signal : {SIGINT, SIGTERM}) {
    Program program({"cp", WHARF_SLOW, Path("a"), Path("b")});
    AwaitTemporaryFile();
    program.Signal(signal);
    const RunResult result = program.Wait();
    EXPECT_EQ(result.status, 130);
    EXPECT_THAT(result.error, StartsWith("wharf cp: interrupted; "));
    EXPECT_THAT(scratch_.Leftovers(), IsEmpty());
    EXPECT_EQ(scratch_.Read("b"), "old");
  }
}

TEST_F(CpTest, ATerminalSeesTheProgress) {
  MakeSlowFile("a");
  const RunResult result =
      RunWharf({"cp", WHARF_SLOW, Path("a"), Path("b")}, {.terminal = true});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.error, AllOf(HasSubstr(" of 256 MiB ("),
                                  HasSubstr("iB/s, "), HasSubstr(" left")));
  // And in the end it is gone.
  EXPECT_TRUE(absl::EndsWith(result.error, "\r\x1b[K"));
}

// A mount namespace of this process's own, as root here or in a user namespace.
bool EnterMountNamespace() {
  if (::unshare(CLONE_NEWNS) != 0) {
    const uid_t user = ::getuid();
    const gid_t group = ::getgid();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << absl::StrCat("0 ", user, " 1");
    std::ofstream("/proc/self/gid_map") << absl::StrCat("0 ", group, " 1");
  }
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

TEST_F(CpTest, AFullFileSystem) {
  scratch_.MakeFolder("full");
  if (!EnterMountNamespace() ||
      ::mount("wharf", Path("full").c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "missing: CAP_SYS_ADMIN, or user namespaces, for a small "
                    "tmpfs";
  }
  scratch_.Write("a", Noise(6 << 20));
  scratch_.Write("full/b", "old");
  const RunResult result = RunWharf({"cp", Path("a"), Path("full/b")});
  ExpectFailure(result, Path("full/b"), "space");
  EXPECT_EQ(scratch_.Read("full/b"), "old");

  // A tree: files that are complete stay, nothing else.
  for (int i = 0; i < 100; ++i) {
    scratch_.Write(absl::StrCat("tree/", i), Noise(100'000, i));
  }
  EXPECT_EQ(RunWharf({"cp", Path("tree"), Path("full/tree")}).status, 1);
  EXPECT_THAT(scratch_.Leftovers(), IsEmpty());
  for (const std::string& name : scratch_.List("full/tree")) {
    EXPECT_EQ(scratch_.Read("full/tree/" + name),
              scratch_.Read("tree/" + name));
  }
  ::umount(Path("full").c_str());
}

}  // namespace
}  // namespace wharf::cp
