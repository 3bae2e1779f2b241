// Label: the name of a decision or event, hashed when the program is compiled,
// so that a trace of millions of events never touches the text.

#ifndef WHARF_SIM_LABEL_H_
#define WHARF_SIM_LABEL_H_

#include <cstdint>
#include <string_view>

#include "sim/random.h"

namespace wharf::sim {

// True if a trace's text can be read back with this name in it
// (sim/trace_text.h): printable, without a blank, and not the beginning of a
// number or of a subject. Empty is a name.
constexpr bool IsLabelName(std::string_view name) {
  if (name.empty()) return true;
  const char first = name[0];
  if (first == '#' || first == '-' || (first >= '0' && first <= '9')) {
    return false;
  }
  for (const char c : name) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

// Made from a string literal, implicitly, at compile time only. It does not
// compile if the text is no name (IsLabelName).
struct Label {
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a label.
  consteval Label(const char* text) : name(text), hash(HashName(name)) {
    if (!IsLabelName(name)) ThisTextIsNoLabelName();
  }

  // Static lifetime.
  std::string_view name;
  // HashName(name): the same on every platform.
  uint64_t hash;

 private:
  // Not constexpr, so that calling it ends the compilation.
  static void ThisTextIsNoLabelName() {}
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_LABEL_H_
