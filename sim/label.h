// Label: the name of a decision or event, hashed when the program is compiled,
// so that a trace of millions of events never touches the text.

#ifndef WHARF_SIM_LABEL_H_
#define WHARF_SIM_LABEL_H_

#include <cstdint>
#include <string_view>

#include "sim/random.h"

namespace wharf::sim {

// Made from a string literal, implicitly, at compile time only.
struct Label {
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a label.
  consteval Label(const char* text) : name(text), hash(HashName(name)) {}

  // Static lifetime.
  std::string_view name;
  // HashName(name): the same on every platform.
  uint64_t hash;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_LABEL_H_
