// What an input shows: targets note it in passing, so that the entries of a
// corpus can be named by it and the names can be checked (describe_main.cc).

#ifndef WHARF_FUZZ_NOTES_H_
#define WHARF_FUZZ_NOTES_H_

#include <set>
#include <string>
#include <string_view>

namespace wharf::fuzz {

// Where notes go; null, as in a fuzzer, if nobody reads them. One thread.
inline std::set<std::string>* notes = nullptr;

// Notes that the present input shows `what`: small letters, digits and '_',
// as a file may be named.
inline void Note(std::string_view what) {
  if (notes != nullptr) notes->emplace(what);
}
// The same, where there is something to be noted.
inline void NoteIf(bool holds, std::string_view what) {
  if (holds) Note(what);
}

}  // namespace wharf::fuzz

#endif  // WHARF_FUZZ_NOTES_H_
