// Ownership: proof, without a sanitizer, that an operation's memory belongs to
// the kernel from submission to delivery (guarantee G2). What is read into is
// filled with garbage, again and again; what is sent, and the vector array, is
// remembered; whatever somebody else changed is noticed.
//
// Supported: all transfers. Rejected: nothing.
// Divergence from a real kernel: none that an engine may rely on; a kernel may
// overwrite a receive buffer with anything until its completion.

#ifndef WHARF_SIM_KERNEL_OWNERSHIP_H_
#define WHARF_SIM_KERNEL_OWNERSHIP_H_

#include <cstdint>
#include <span>

#include "engine/io_vector.h"
#include "engine/operation.h"
#include "sim/kernel/operation_table.h"

namespace wharf::sim {

// The memory of a transfer, a path or an address, without a copy. `single`
// keeps the one vector of an operation that has no array, and lives as long as
// the span is used.
std::span<const IoVector> VectorsOf(const Operation& operation,
                                    IoVector& single);
// The bytes in all of it: what a transfer asks for.
uint64_t AskedFor(const Operation& operation);

// State is in the slot; these are its methods. Each costs one fast pass over
// the memory (memset, memcmp or a hash).
class Ownership {
 public:
  // With `strict` false nothing is checked and nothing is overwritten.
  explicit Ownership(bool strict) : strict_(strict) {}

  // The operation was accepted: fills what it reads into with garbage,
  // remembers the rest.
  void Begin(Slot& slot);

  // Whether the operation has memory to be checked at all.
  bool Watches(const Slot& slot) const {
    return strict_ && slot.operation.data != nullptr;
  }

  // True if nobody else has changed the memory since the last call. Remembers
  // what is there now, so that one change is reported once.
  bool Check(Slot& slot);

  // Check, and fresh garbage into what the operation reads into. Not after
  // Posted.
  bool Touch(Slot& slot);

  // The kernel is done, posted or executed: from here on it no longer writes,
  // but the memory is still its own until delivery.
  void Posted(Slot& slot);

  // False if the vector array itself was changed: it must then not be followed.
  bool ArrayIntact(const Slot& slot) const;

 private:
  bool strict_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_OWNERSHIP_H_
