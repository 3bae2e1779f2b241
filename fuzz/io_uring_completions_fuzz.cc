// The io_uring backend under a hostile kernel: completions with any user_data,
// result and flags, in any number, and calls that fail with anything. Whatever
// comes, each operation ends at most once, nothing that is not in flight is
// told, and Close answers for the rest.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string_view>

#include "backends/io_uring/fake_syscalls.h"
#include "backends/io_uring/port.h"
#include "fuzz/check.h"
#include "fuzz/in_flight.h"
#include "fuzz/notes.h"
#include "sim/bytes_chooser.h"

namespace wharf::fuzz {
namespace {

constexpr uint32_t kEntries = 4;
// Descriptors: a bad one, and a good one twice.
constexpr int kHandles[] = {-1, 5, 5};

class Hostile {
 public:
  explicit Hostile(sim::BytesChooser* choose)
      : choose_(choose), in_flight_(choose, kEntries) {
    kernel_.features = ~uint32_t{0};
    if (choose_->Choose(2, "old kernel") == 1) {
      Note("old_kernel");
      kernel_.features &= ~uint32_t{IORING_FEAT_RSRC_TAGS};
    }
    auto port = IoUringPort::Open(
        {.entries = kEntries, .close_grace = std::chrono::milliseconds(50)},
        kernel_);
    Check(port.ok(), "open");
    port_ = *std::move(port);
    kernel_.when_idle = [this] { kernel_.now += 1'000'000; };
  }

  void Step() {
    switch (choose_->Choose(5, "step")) {
      case 0:
        Submit();
        break;
      case 1:
        CancelSomething();
        break;
      case 2:
        PostSomething();
        break;
      case 3:
        ScriptSomething();
        break;
      default:
        Reap();
        break;
    }
  }

  void Close() {
    kernel_.script.clear();
    const CloseReport report = port_->Close();
    in_flight_.CheckLeft(report);
    port_.reset();
    Check(kernel_.open_rings == 0, "the ring is closed");
  }

 private:
  void Submit() {
    const Operation operation = in_flight_.AnyOperation(kHandles);
    if (in_flight_.Submit(*port_, operation)) return;
    Note(in_flight_.IsFull() ? "submit_to_a_full_port" : "submit_is_put_off");
  }

  void CancelSomething() {
    const OperationId id = in_flight_.AnyId();
    Note(in_flight_.Find(id.value) != nullptr ? "cancel_in_flight"
                                              : "cancel_of_nothing_in_flight");
    port_->Cancel(id);
  }

  uint32_t Word() {
    const uint32_t low = choose_->Choose(65536, "low");
    return low | choose_->Choose(65536, "high") << 16;
  }

  void PostSomething() {
    uint64_t user_data = in_flight_.AnyId().value;
    user_data |= uint64_t{choose_->Choose(4, "tag")} << 62;
    if (choose_->Choose(8, "noise") == 7) user_data = ~uint64_t{0} - Word();
    const bool plain = choose_->Choose(2, "result") == 0;
    const auto result =
        static_cast<int32_t>(plain ? choose_->Choose(4, "bytes") : Word());
    // A descriptor that somebody would close.
    const uint32_t flags = choose_->Choose(3, "flags") == 0 ? Word() : 0;
    NotePosted(user_data, result, flags);
    kernel_.Post(user_data, result, flags);
  }

  void NotePosted(uint64_t user_data, int32_t result, uint32_t flags) {
    constexpr uint32_t kMore = IORING_CQE_F_MORE;
    const bool again = !posted_.insert(user_data).second;
    NoteIf(again, "completion_comes_twice");
    if (in_flight_.Find(user_data) == nullptr) {
      Note(user_data >> 62 == 0 ? "completion_with_unknown_id"
                                : "completion_with_a_tag_or_noise");
      NoteIf(result < 0, "unknown_id_with_an_error");
      return;
    }
    NoteIf(result < -4095, "error_that_is_no_errno");
    NoteIf(result < 0 && result >= -4095, "error_that_is_an_errno");
    NoteIf(result > 3, "more_bytes_than_asked_for");
    NoteIf((flags & kMore) != 0, "more_to_come");
    NoteIf((flags & ~kMore) != 0, "flags_that_mean_nothing");
    NoteIf(in_flight_.size() > 1, "completion_among_others");
  }

  void ScriptSomething() {
    static constexpr int kResults[] = {
        -EAGAIN, -EBUSY, -EINTR, -ETIME, FakeSyscalls::kCount, 0, -ENOMEM, 1};
    static constexpr std::string_view kNotes[] = {
        "enter_fails_with_eagain", "enter_fails_with_ebusy",
        "enter_fails_with_eintr",  "enter_fails_with_etime",
        "enter_takes_what_it_can", "enter_takes_nothing",
        "enter_fails_with_enomem", "enter_takes_one"};
    const uint32_t which = choose_->Choose(8, "enter");
    Note(kNotes[which]);
    kernel_.script.push_back(
        {.result = kResults[which], .consume = choose_->Choose(4, "consume")});
  }

  void Reap() {
    std::array<Completion, 3> completions;
    const auto reaped = in_flight_.Reap(*port_, completions);
    if (!reaped.ok()) return;  // dead: it says so again and again
    NoteIf(*reaped == 0 && !posted_.empty(), "reap_finds_nothing");
    for (std::size_t i = 0; i < *reaped; ++i) {
      (void)in_flight_.Take(completions[i]);
    }
  }

  sim::BytesChooser* choose_;
  FakeSyscalls kernel_;
  std::unique_ptr<IoUringPort> port_;
  InFlight in_flight_;
  // For the notes: identities that the kernel has used.
  std::set<uint64_t> posted_;
};

}  // namespace
}  // namespace wharf::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  wharf::sim::BytesChooser choose({data, size});
  wharf::fuzz::Hostile hostile(&choose);
  while (!choose.exhausted()) hostile.Step();
  hostile.Close();
  return 0;
}
