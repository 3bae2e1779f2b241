#include "tools/probe/report.h"

#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace wharf::probe {
namespace {

using Json = nlohmann::ordered_json;

void AppendFacts(std::string* text, std::string_view title,
                 const std::vector<BackendFact>& facts) {
  if (facts.empty()) return;
  absl::StrAppend(text, "  ", title, ":\n");
  for (const BackendFact& fact : facts) {
    absl::StrAppend(text, fact.available ? "    yes  " : "    no   ", fact.name,
                    fact.explanation.empty() ? "" : ": ", fact.explanation,
                    fact.way_out.empty() ? "" : "; ", fact.way_out, "\n");
  }
}

Json ToJson(const std::vector<BackendFact>& facts) {
  Json list = Json::array();
  for (const BackendFact& fact : facts) {
    list.push_back({{"name", fact.name},
                    {"available", fact.available},
                    {"explanation", fact.explanation},
                    {"way_out", fact.way_out}});
  }
  return list;
}

}  // namespace

std::string TextReport(const BackendProbe& probe) {
  std::string text = absl::StrCat(
      "kernel:  ",
      probe.kernel_release.empty() ? "unknown" : probe.kernel_release,
      "\nchosen:  ", probe.reason, "\n");
  for (const BackendOffer& offer : probe.offers) {
    absl::StrAppend(&text, "\n", BackendName(offer.backend), ": ",
                    offer.available ? "works" : "does not work", "; ",
                    offer.explanation, "\n");
    if (!offer.way_out.empty()) {
      absl::StrAppend(&text, "  what to do: ", offer.way_out, "\n");
    }
    AppendFacts(&text, "features", offer.features);
    AppendFacts(&text, "operations", offer.operations);
  }
  return text;
}

std::string JsonReport(const BackendProbe& probe) {
  Json json;
  json["kernel"] = probe.kernel_release;
  json["chosen"] = nullptr;
  if (probe.chosen.has_value()) json["chosen"] = BackendName(*probe.chosen);
  json["reason"] = probe.reason;
  json["backends"] = Json::array();
  for (const BackendOffer& offer : probe.offers) {
    json["backends"].push_back({{"name", BackendName(offer.backend)},
                                {"available", offer.available},
                                {"explanation", offer.explanation},
                                {"way_out", offer.way_out},
                                {"features", ToJson(offer.features)},
                                {"operations", ToJson(offer.operations)}});
  }
  return absl::StrCat(json.dump(2, ' ', /*ensure_ascii=*/false,
                                // A kernel may call itself anything.
                                nlohmann::detail::error_handler_t::replace),
                      "\n");
}

}  // namespace wharf::probe
