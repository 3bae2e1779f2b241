// FileModel: what a file may hold while several requests change it at once, so
// that every read can be judged: each byte must come from a change that had
// begun, and that nothing certain has replaced since. Bytes tell which change
// they are from.
//
// Knows nothing of kernels or engines; a program tells it when requests begin
// and end. Crashes are judged by what was acknowledged as durable (guarantee
// G14).

#ifndef WHARF_SIM_SCENARIO_FILE_MODEL_H_
#define WHARF_SIM_SCENARIO_FILE_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace wharf::sim {

// One file, all zeros to begin with. Not for concurrent use.
class FileModel {
 public:
  // A moment in the order of all beginnings and ends.
  using Moment = uint64_t;

  // A write begins that will put its own pattern into `length` bytes from
  // `offset`; or zeros, if `zeros`. Returns its number.
  uint32_t BeginWrite(uint64_t offset, uint64_t length, bool zeros = false);

  // What write number `write` puts at `offset` and on: fills `bytes`.
  static void Fill(std::span<std::byte> bytes, uint64_t offset, uint32_t write);

  // The write has ended: its first `certain` bytes are in the file, the rest
  // may be. `durable`: its caller was told that all of it survives a crash.
  void EndWrite(uint32_t write, uint64_t certain, bool durable);

  // A sync begins. What EndSync wants.
  Moment BeginSync() { return ++now_; }
  // It has ended. If `ok`, the writes that had ended when it began are durable,
  // but for those that an earlier sync has lost; otherwise nothing that is not
  // durable yet ever will be.
  void EndSync(Moment begin, bool ok);
  // Nobody will be told of a sync's end: from now on no sync proves anything.
  void ForgetSyncs() { syncs_unknown_ = true; }

  // A read begins. What CheckRead wants.
  Moment BeginRead() { return ++now_; }
  // A read of the time since `begin` gave `bytes` from `offset`. `at_end`: and
  // then the file ended. "" if that may be; otherwise what may not.
  std::string CheckRead(Moment begin, uint64_t offset,
                        std::span<const std::byte> bytes, bool at_end) const;
  // The same for the whole file after a crash.
  std::string CheckAfterCrash(std::span<const std::byte> bytes) const;

  // True if something was acknowledged as durable: the file must then be there
  // after a crash.
  bool any_durable() const { return any_durable_; }

 private:
  static constexpr Moment kNotEnded = std::numeric_limits<Moment>::max();

  struct Write {
    uint64_t offset = 0;
    uint64_t length = 0;
    uint64_t certain = 0;
    Moment begin = 0;
    Moment end = kNotEnded;
    bool zeros = false;
    bool durable = false;
    bool lost = false;  // A sync has failed on it.
  };

  void MakeDurable(Write& write);

  // Whether a value may be seen from some offset on, and how far that goes.
  struct Verdict {
    bool admissible = false;
    uint64_t until = 0;  // The same holds for all bytes before this offset.
  };
  template <class Certain>
  Verdict Judge(uint64_t offset, uint64_t limit, Moment end,
                const Certain& certain) const;
  template <class Certain>
  std::string Check(uint64_t offset, std::span<const std::byte> bytes,
                    const Certain& certain) const;

  std::vector<Write> writes_;
  Moment now_ = 0;
  bool any_durable_ = false;
  bool syncs_unknown_ = false;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCENARIO_FILE_MODEL_H_
