#include "tests/property/case.h"

#include <charconv>
#include <system_error>

namespace wharf::property {
namespace {

void AppendList(const std::vector<uint32_t>& list, std::string& word) {
  std::size_t size = list.size();
  while (size > 0 && list[size - 1] == 0) --size;
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0) word += '.';
    word += std::to_string(list[i]);
  }
}

// Takes what is before the next `separator`, or all, off `word`.
std::string_view NextPart(std::string_view& word, char separator) {
  const std::size_t end = word.find(separator);
  const std::string_view part = word.substr(0, end);
  word = end == std::string_view::npos ? "" : word.substr(end + 1);
  return part;
}

bool ParseList(std::string_view part, std::vector<uint32_t>& list) {
  while (!part.empty()) {
    const std::string_view number = NextPart(part, '.');
    uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size()) {
      return false;
    }
    list.push_back(value);
  }
  return true;
}

}  // namespace

std::string FormatCase(const Case& one) {
  std::string word;
  for (std::size_t i = 0; i < one.commands.size(); ++i) {
    if (i > 0) word += '/';
    AppendList(one.commands[i], word);
  }
  word += '~';
  AppendList(one.machine, word);
  return word;
}

std::optional<Case> ParseCase(std::string_view word) {
  const std::size_t machine = word.find('~');
  if (machine == std::string_view::npos) return std::nullopt;
  Case one;
  if (!ParseList(word.substr(machine + 1), one.machine)) return std::nullopt;
  std::string_view commands = word.substr(0, machine);
  for (bool more = machine > 0; more;) {
    more = commands.find('/') != std::string_view::npos;
    if (!ParseList(NextPart(commands, '/'), one.commands.emplace_back())) {
      return std::nullopt;
    }
  }
  return one;
}

}  // namespace wharf::property
