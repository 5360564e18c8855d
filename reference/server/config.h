#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

// What an operator can choose. Everything here can be set at start, by a profile, and by the admin
// API while running.
namespace doublecheck::server {

enum class CertificateValidity { kValid, kExpired };

// What the server puts up with. Lenient: what common stand-ins for the service accept
// (leniency.h). Hostile: as strict, and it injects the faults that an administrator asks for
// (fault.h).
enum class Strictness { kLenient, kStrict, kHostile };

struct Config {
  Strictness strictness = Strictness::kStrict;

  // The number of the first companion of an account. 1: the phone is device 0 and is listed. 0: the
  // first companion takes the bare JID and no phone is listed, as some existing client test set-ups
  // expect.
  std::uint16_t first_device = 1;

  // Whether a client that resumes by Noise IK is accepted; otherwise it falls back to XX
  // (NOISE-20).
  bool noise_ik = true;
  CertificateValidity certificate_validity = CertificateValidity::kValid;

  // How long a pairing reference is valid: the first one, and each that follows (PAIR-07).
  std::chrono::seconds first_reference_ttl{60};
  std::chrono::seconds next_reference_ttl{20};

  // Whether the phone shares its app-state sync key and initial history after a companion's first
  // login.
  bool phone_shares_keys = true;
  bool phone_sends_history = true;

  // How long a chat state waits for a device that is away.
  std::chrono::seconds chat_state_ttl{30};

  // Whether stanzas name the members of a new group by LID; otherwise by phone number.
  bool groups_by_lid = true;

  // Subjects: every new account gets a group of its own with each of these.
  std::vector<std::string> seed_groups = {};

  // Sent as A/B props to every account that has none of its own.
  std::map<std::string, std::string> props = {{"10518", "1"}, {"9666", "1"}};

  // Further ids of GraphQL queries, each with the operation that it stands for (mex_ids.h).
  std::map<std::string, std::string> mex_ids = {};

  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace doublecheck::server
