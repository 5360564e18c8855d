#include "spec/requirements/requirement.h"

#include <cstddef>

namespace doublecheck {

const Requirement& requirement(Rule rule) { return requirements()[static_cast<std::size_t>(rule)]; }

std::string_view to_string(Requirement::Level level) {
  switch (level) {
    case Requirement::Level::kMust:
      return "MUST";
    case Requirement::Level::kMustNot:
      return "MUST NOT";
    case Requirement::Level::kShould:
      return "SHOULD";
    case Requirement::Level::kShouldNot:
      return "SHOULD NOT";
    case Requirement::Level::kMay:
      return "MAY";
  }
  return {};
}

std::string_view to_string(Requirement::Role role) {
  switch (role) {
    case Requirement::Role::kClient:
      return "client";
    case Requirement::Role::kServer:
      return "server";
    case Requirement::Role::kBoth:
      return "both";
    case Requirement::Role::kCodec:
      return "codec";
  }
  return {};
}

std::string_view to_string(Requirement::Evidence evidence) {
  switch (evidence) {
    case Requirement::Evidence::kPublished:
      return "published";
    case Requirement::Evidence::kObservedMany:
      return "observed-many";
    case Requirement::Evidence::kObservedOne:
      return "observed-one";
    case Requirement::Evidence::kProfile:
      return "profile";
  }
  return {};
}

std::string_view to_string(Requirement::Triage triage) {
  switch (triage) {
    case Requirement::Triage::kCase:
      return "case";
    case Requirement::Triage::kPlanned:
      return "planned";
    case Requirement::Triage::kUntestable:
      return "untestable";
    case Requirement::Triage::kOutOfScope:
      return "out of scope";
    case Requirement::Triage::kContested:
      return "contested";
  }
  return {};
}

}  // namespace doublecheck
