// One scenario whose every decision is read from a fuzzer's input.

#ifndef WHARF_FUZZ_SCENARIO_FROM_BYTES_H_
#define WHARF_FUZZ_SCENARIO_FROM_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "engine/outcome.h"
#include "fuzz/check.h"
#include "fuzz/notes.h"
#include "sim/bytes_chooser.h"
#include "sim/kernel/personality.h"
#include "sim/kernel/rows.h"
#include "sim/recording_chooser.h"
#include "sim/scenario/saved_run.h"
#include "sim/scenario/scenario.h"

namespace wharf::fuzz {

// A row of the fault catalogue as a note: u05_cancel_not_found_...
inline std::string RowNote(sim::Row row) {
  std::string text =
      sim::RowName(row) + " " + std::string(sim::Info(row).event);
  text.erase(1, 1);  // U-05
  std::string note;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      note += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      note += c;
    } else if (!note.ends_with('_')) {
      note += '_';
    }
  }
  while (note.ends_with('_')) note.pop_back();
  return note;
}

// What the scenario shows: rows, and how requests ended.
inline void NoteScenario(const sim::ScenarioResult& result) {
  for (int i = 0; i < sim::kRowCount; ++i) {
    const sim::Row row{static_cast<uint8_t>(i)};
    if (result.rows[row] != 0) Note(RowNote(row));
  }
  static constexpr std::string_view kOutcomes[] = {
      "ends_ok",
      "ends_at_the_end_of_a_stream",
      "ends_by_its_deadline",
      "ends_cancelled",
      "ends_abandoned",
      "ends_with_an_error"};
  for (std::size_t i = 0; i < std::size(kOutcomes); ++i) {
    NoteIf(result.outcomes[i] != 0, kOutcomes[i]);
  }
  NoteIf(result.dropped != 0, "caller_goes_away");
  NoteIf(result.refused != 0, "engine_refuses_a_request");
  NoteIf(result.crashed, "power_fails");
  NoteIf(result.cancels > result.requests, "more_cancels_than_requests");
  NoteIf(result.operations > 5 * result.requests, "five_operations_a_request");
}

// Runs it; ends the program if a promise is broken, after saying what happened
// and giving the run as a text that `wharf sim replay` takes.
inline void RunScenarioFromBytes(std::span<const uint8_t> bytes,
                                 sim::Personality personality) {
  sim::BytesChooser chooser(bytes);
  sim::RecordingChooser recording(&chooser);
  const sim::ScenarioOptions options = {
      .requests = 10, .personality = personality, .keep_trace = true};
  const sim::ScenarioResult result = sim::RunScenario(options, &recording);
  if (!result.ok()) {
    sim::SavedRun run;
    run.options = options;
    run.failure = result.failure;
    for (const sim::Choice& choice : recording.choices()) {
      run.choices.push_back(
          {choice.n, choice.chosen, std::string(choice.label)});
    }
    std::fprintf(stderr, "%s\n--- wharf sim replay takes this:\n%s---\n",
                 result.history.c_str(), FormatSavedRun(run).c_str());
    Fail(result.failure);
  }
  if (notes != nullptr) NoteScenario(result);
}

}  // namespace wharf::fuzz

#endif  // WHARF_FUZZ_SCENARIO_FROM_BYTES_H_
