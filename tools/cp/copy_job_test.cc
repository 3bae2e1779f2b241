// Whole copies on real files, with a kernel that fails where the test wants it.

#include "tools/cp/copy_job.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/posix/fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cp/faulty_port.h"
#include "tools/cp/filesystem.h"
#include "tools/cp/scratch.h"

namespace wharf::cp {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Recorder final : public Reporter {
 public:
  void OnFailure(std::string_view message) override {
    failures.emplace_back(message);
  }
  void OnNote(std::string_view message) override {
    notes.emplace_back(message);
  }
  Time OnProgress(uint64_t, Time) override { return kNever; }

  std::vector<std::string> failures;
  std::vector<std::string> notes;
};

bool IsTemporary(const std::string& path) {
  return path.find(".wharf-") != std::string::npos;
}

class CopyJobTest : public ::testing::Test {
 protected:
  CopyJobTest() {
    options_.depth = 4;
    options_.block_size = 8192;
  }

  CopySummary Copy(const std::vector<std::string>& sources,
                   const std::string& destination,
                   std::optional<Request> interrupt = std::nullopt) {
    absl::StatusOr<Plan> plan = MakePlan(sources, destination);
    if (!plan.ok()) {
      recorder_.OnFailure(plan.status().message());
      return {.failures = 1};
    }
    EngineOptions engine_options;
    engine_options.max_requests = CopyJob::MaxRequests(options_);
    auto engine =
        Engine::Create(std::make_unique<FaultyPort>(&kernel_), engine_options);
    CopySummary summary;
    {
      CopyJob job(engine->get(), options_, *std::move(plan),
                  std::move(interrupt), &recorder_);
      summary = job.Run();
      EXPECT_EQ((*engine)->live(), 0u);
    }
    EXPECT_THAT(scratch_.Leftovers(), IsEmpty());
    EXPECT_EQ(summary.failures, recorder_.failures.size());
    return summary;
  }

  CopySummary CopyOne() {
    return Copy({scratch_.Path("source")}, scratch_.Path("copy"));
  }

  // Fails operations of `opcode` on files whose path ends with `name`.
  void FailOn(Opcode opcode, std::string name, Fault fault,
              uint64_t offset = 0) {
    kernel_.decide = [=](const Operation& operation, const std::string& path) {
      const bool hit = operation.opcode == opcode &&
                       path.find(name) != std::string::npos &&
                       operation.offset >= offset;
      return hit ? fault : Fault{};
    };
  }

  std::string OnlyFailure() const {
    EXPECT_THAT(recorder_.failures, SizeIs(1));
    return recorder_.failures.empty() ? "" : recorder_.failures[0];
  }

  Scratch scratch_;
  CopyOptions options_;
  FaultyKernel kernel_;
  Recorder recorder_;
};

TEST_F(CopyJobTest, ATreeArrivesWithModesTimesAndLinks) {
  scratch_.Write("tree/a/large", Noise(100'000));
  scratch_.Write("tree/a/empty", "");
  scratch_.Write("tree/b/one", "1");
  scratch_.MakeFolder("tree/bare");
  scratch_.Link("a/large", "tree/link");
  scratch_.Link("nowhere", "tree/broken");
  ::chmod(scratch_.Path("tree/b/one").c_str(), 0741);
  ::chmod(scratch_.Path("tree/b").c_str(), 0555);
  const FileTime old{.seconds = 1'000'000'000, .nanoseconds = 123};
  for (const char* name :
       {"tree/a/large", "tree/link", "tree/b", "tree/a", "tree"}) {
    ASSERT_TRUE(SetPathModified(scratch_.Path(name), old).ok());
  }

  const CopySummary summary =
      Copy({scratch_.Path("tree")}, scratch_.Path("copy"));
  EXPECT_THAT(recorder_.failures, IsEmpty());
  EXPECT_EQ(summary.files, 3u);
  EXPECT_EQ(summary.directories, 4u);
  EXPECT_EQ(summary.symlinks, 2u);
  EXPECT_EQ(summary.bytes, 100'001u);
  EXPECT_EQ(scratch_.List("copy"), scratch_.List("tree"));
  EXPECT_TRUE(scratch_.Read("copy/a/large") == Noise(100'000));
  EXPECT_EQ(scratch_.Read("copy/b/one"), "1");
  EXPECT_EQ(*ReadLink(scratch_.Path("copy/broken")), "nowhere");
  EXPECT_EQ(Stat(scratch_.Path("copy/b/one"))->mode, 0741u);
  EXPECT_EQ(Stat(scratch_.Path("copy/b"))->mode, 0555u);
  for (const char* name :
       {"copy/a/large", "copy/link", "copy/b", "copy/a", "copy"}) {
    EXPECT_EQ(LinkStat(scratch_.Path(name))->modified, old) << name;
  }
}

TEST_F(CopyJobTest, ShortTransfersInReverseOrderMakeTheSameFile) {
  const std::string content = Noise(8192 * 20 + 77);
  scratch_.Write("source", content);
  kernel_.reverse = true;
  kernel_.decide = [](const Operation& operation, const std::string&) {
    return Fault{.at_most = 1 + (operation.offset + operation.length) % 5000};
  };
  options_.verify = true;
  EXPECT_EQ(CopyOne().files, 1u);
  EXPECT_TRUE(scratch_.Read("copy") == content);
}

TEST_F(CopyJobTest, BlocksAreOnTheirWayTogetherButNoMoreThanDepth) {
  scratch_.Write("source", Noise(8192 * 50));
  CopyOne();
  EXPECT_EQ(kernel_.most_in_flight, options_.depth);
}

TEST_F(CopyJobTest, SmallFilesAreOnTheirWayTogether) {
  for (int i = 0; i < 20; ++i) {
    scratch_.Write("tree/" + std::to_string(i), Noise(100, i));
  }
  options_.depth = 8;
  EXPECT_EQ(Copy({scratch_.Path("tree")}, scratch_.Path("copy")).files, 20u);
  EXPECT_EQ(kernel_.most_in_flight, 8u);
}

TEST_F(CopyJobTest, AnUnreadableBlockFailsItsFileAndNoOther) {
  scratch_.Write("tree/bad", Noise(50'000));
  scratch_.Write("tree/good", "good");
  scratch_.Write("copy/tree/bad", "old");
  FailOn(Opcode::kRead, "tree/bad", {.error = Error::kIo}, 16384);
  const CopySummary summary =
      Copy({scratch_.Path("tree")}, scratch_.Path("copy"));
  EXPECT_THAT(OnlyFailure(),
              AllOf(HasSubstr(scratch_.Path("tree/bad: cannot read bytes ")),
                    HasSubstr("; ")));
  EXPECT_EQ(summary.files, 1u);
  EXPECT_EQ(scratch_.Read("copy/tree/good"), "good");
  EXPECT_EQ(scratch_.Read("copy/tree/bad"), "old");
}

TEST_F(CopyJobTest, AFullDiskEndsTheWholeCopy) {
  for (int i = 0; i < 200; ++i) {
    scratch_.Write("tree/" + std::to_string(1000 + i), Noise(100, i));
  }
  FailOn(Opcode::kWrite, ".1010", {.error = Error::kNoSpace});
  const CopySummary summary =
      Copy({scratch_.Path("tree")}, scratch_.Path("copy"));
  EXPECT_THAT(OnlyFailure(),
              AllOf(HasSubstr("copy/1010: cannot write bytes 0 to 99"),
                    HasSubstr("space"), HasSubstr("; free some")));
  EXPECT_LT(summary.files, 50u);
  for (const std::string& name : scratch_.List("copy")) {
    EXPECT_THAT(scratch_.Read("copy/" + name), SizeIs(100)) << name;
  }
}

TEST_F(CopyJobTest, ASourceThatShrinksOrGrowsIsNoticed) {
  for (const off_t size : {5000, 200'000}) {
    recorder_.failures.clear();
    scratch_.Write("source", Noise(100'000));
    kernel_.decide = [&](const Operation& operation, const std::string& path) {
      if (operation.opcode == Opcode::kRead && !IsTemporary(path)) {
        EXPECT_EQ(::truncate(path.c_str(), size), 0);
      }
      return Fault{};
    };
    EXPECT_EQ(CopyOne().files, 0u);
    EXPECT_THAT(OnlyFailure(),
                AllOf(HasSubstr(scratch_.Path("source: ")),
                      HasSubstr(size < 100'000 ? "shrank from 100000"
                                               : "grew from 100000"),
                      HasSubstr("while it was copied")));
    EXPECT_FALSE(scratch_.Exists("copy"));
  }
}

TEST_F(CopyJobTest, ARequestThatHangsFailsItsFileAtTheDeadline) {
  scratch_.Write("tree/bad", Noise(50'000));
  scratch_.Write("tree/good", "good");
  options_.deadline = std::chrono::seconds(3);
  for (const Opcode opcode : {Opcode::kRead, Opcode::kWrite}) {
    recorder_.failures.clear();
    FailOn(opcode, "bad", {.hang = true}, 8192);
    const CopySummary summary =
        Copy({scratch_.Path("tree")}, scratch_.Path("copy"));
    EXPECT_THAT(OnlyFailure(),
                AllOf(HasSubstr("/bad: "),
                      HasSubstr("within the time of --deadline; ")));
    EXPECT_EQ(summary.files, 1u);
  }
}

TEST_F(CopyJobTest, VerifyFindsWhatTheDiskMadeOfTheBytes) {
  scratch_.Write("source", Noise(50'000));
  scratch_.Write("copy", "old");
  FailOn(Opcode::kWrite, "copy", {.corrupt = true}, 40'000);
  options_.verify = true;
  EXPECT_EQ(CopyOne().files, 0u);
  EXPECT_THAT(OnlyFailure(),
              HasSubstr(scratch_.Path("copy: what was read back is not")));
  EXPECT_EQ(scratch_.Read("copy"), "old");
}

TEST_F(CopyJobTest, VerifyReadsEveryByteBack) {
  scratch_.Write("source", Noise(50'001));
  options_.verify = true;
  const CopySummary summary = CopyOne();
  EXPECT_EQ(summary.files, 1u);
  EXPECT_EQ(summary.bytes, 100'002u);
}

TEST_F(CopyJobTest, SyncComesAfterTheBytesAndBeforeTheName) {
  scratch_.Write("source", Noise(30'000));
  options_.sync = true;
  bool existed = true;
  kernel_.decide = [&](const Operation& operation, const std::string& path) {
    if (operation.opcode == Opcode::kSync && IsTemporary(path)) {
      existed = scratch_.Exists("copy");
    }
    return Fault{};
  };
  EXPECT_EQ(CopyOne().files, 1u);
  EXPECT_FALSE(existed);
  ASSERT_GE(kernel_.log.size(), 2u);
  // The file, with all bytes written before; then its directory.
  const std::size_t count = kernel_.log.size();
  EXPECT_THAT(kernel_.log[count - 2], HasSubstr("Sync .copy.wharf-"));
  const std::string folder = scratch_.Path();
  EXPECT_EQ(kernel_.log[count - 1],
            "Sync " + folder.substr(folder.rfind('/') + 1));
}

TEST_F(CopyJobTest, ASyncThatFailsIsAFileThatFails) {
  scratch_.Write("source", "x");
  options_.sync = true;
  FailOn(Opcode::kSync, ".copy", {.error = Error::kIo});
  EXPECT_EQ(CopyOne().files, 0u);
  EXPECT_THAT(OnlyFailure(),
              HasSubstr(scratch_.Path("copy: cannot make it durable: ")));
  EXPECT_FALSE(scratch_.Exists("copy"));
}

TEST_F(CopyJobTest, AnInterruptTakesBackWhatIsUnderWay) {
  const Handle event = AdoptFd(::eventfd(0, EFD_NONBLOCK));
  scratch_.Write("tree/a", "a");
  scratch_.Write("tree/b", Noise(100'000));
  scratch_.Write("tree/c", "c");
  kernel_.decide = [&](const Operation& operation, const std::string& path) {
    if (operation.opcode == Opcode::kWrite && path.ends_with("/b"))
      return Fault{};
    if (operation.offset < 32768) return Fault{};
    ::eventfd_write(static_cast<int>(event.native()), 1);
    return Fault{.hang = true};
  };
  const CopySummary summary =
      Copy({scratch_.Path("tree")}, scratch_.Path("copy"),
           Request::Poll(event, kPollReadable));
  EXPECT_TRUE(summary.interrupted);
  EXPECT_THAT(recorder_.failures, IsEmpty());
  EXPECT_THAT(scratch_.List("copy"), ElementsAre("a"));
}

TEST_F(CopyJobTest, ADeadKernelInterfaceEndsTheCopyCleanly) {
  scratch_.Write("tree/a", Noise(100'000));
  scratch_.Write("tree/b", "b");
  kernel_.decide = [&](const Operation& operation, const std::string&) {
    kernel_.die = operation.offset > 40'000;
    return Fault{};
  };
  EXPECT_EQ(Copy({scratch_.Path("tree")}, scratch_.Path("copy")).files, 0u);
  EXPECT_THAT(recorder_.failures.back(), HasSubstr("kernel interface died"));
}

TEST_F(CopyJobTest, HolesStayHoles) {
  const std::string path = scratch_.Path("source");
  scratch_.Write("source", "head");
  ASSERT_EQ(::truncate(path.c_str(), 64 << 20), 0);
  {
    const int fd = ::open(path.c_str(), O_WRONLY);
    ASSERT_EQ(::pwrite(fd, "middle", 6, (32 << 20) - 3), 6);
    ::close(fd);
  }
  options_.verify = true;
  EXPECT_EQ(CopyOne().files, 1u);
  const FileFacts copy = *Stat(scratch_.Path("copy"));
  EXPECT_EQ(copy.size, uint64_t{64} << 20);
  EXPECT_LE(copy.allocated, uint64_t{1} << 20);
  // Not EXPECT_EQ: its explanation of two large texts takes minutes.
  EXPECT_TRUE(scratch_.Read("copy") == scratch_.Read("source"));
}

TEST_F(CopyJobTest, SpecialFilesAndTheSameFileAreRefused) {
  scratch_.Write("tree/file", "x");
  ASSERT_EQ(::mkfifo(scratch_.Path("tree/pipe").c_str(), 0600), 0);
  Copy({scratch_.Path("tree")}, scratch_.Path("copy"));
  EXPECT_THAT(OnlyFailure(),
              HasSubstr(scratch_.Path("tree/pipe: is a named pipe; ")));
  EXPECT_EQ(scratch_.Read("copy/file"), "x");

  recorder_.failures.clear();
  ASSERT_EQ(
      ::link(scratch_.Path("tree/file").c_str(), scratch_.Path("hard").c_str()),
      0);
  Copy({scratch_.Path("tree/file")}, scratch_.Path("hard"));
  EXPECT_THAT(OnlyFailure(), HasSubstr("is the same file as "));

  recorder_.failures.clear();
  Copy({scratch_.Path("tree/file")}, scratch_.Path("tree/pipe"));
  EXPECT_THAT(OnlyFailure(), HasSubstr("cannot become a file"));
}

TEST_F(CopyJobTest, AFileWhereADirectoryIsToBeFailsThatDirectoryOnly) {
  scratch_.Write("tree/sub/file", "x");
  scratch_.Write("tree/z", "z");
  scratch_.Write("copy/tree/sub", "a file");
  Copy({scratch_.Path("tree")}, scratch_.Path("copy"));
  EXPECT_THAT(OnlyFailure(), HasSubstr("copy/tree/sub: is a file where"));
  EXPECT_EQ(scratch_.Read("copy/tree/z"), "z");
  EXPECT_EQ(scratch_.Read("copy/tree/sub"), "a file");
}

TEST_F(CopyJobTest, AnExistingFileIsReplacedAndALinkIsNotFollowed) {
  scratch_.Write("source", "new");
  scratch_.Write("target", "old");
  scratch_.Link("target", "copy");
  EXPECT_EQ(CopyOne().files, 1u);
  EXPECT_EQ(scratch_.Read("copy"), "new");
  EXPECT_EQ(scratch_.Read("target"), "old");
  EXPECT_EQ(LinkStat(scratch_.Path("copy"))->kind, FileKind::kRegular);
}

TEST_F(CopyJobTest, ANameOfFullLengthHasRoomForATemporaryOne) {
  const std::string name(255, 'n');
  scratch_.Write("source", "x");
  Copy({scratch_.Path("source")}, scratch_.Path(name));
  EXPECT_EQ(scratch_.Read(name), "x");
}

TEST_F(CopyJobTest, AFileOfProcIsNotMistakenForAnEmptyOne) {
  Copy({"/proc/self/status"}, scratch_.Path("copy"));
  EXPECT_THAT(OnlyFailure(), HasSubstr("/proc/self/status: has bytes though"));
}

TEST(CountBytesTest, CountsFilesOnly) {
  Scratch scratch;
  scratch.Write("tree/a/b", Noise(1000));
  scratch.Write("tree/c", Noise(24));
  scratch.Link("c", "tree/l");
  EXPECT_EQ(CountBytes(
                {.roots = {{.source = scratch.Path("tree"), .destination = ""}},
                 .parent = "",
                 .failures = {}}),
            1024u);
}

}  // namespace
}  // namespace wharf::cp
