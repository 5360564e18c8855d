#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conformance/server/steps.h"

// What cases about groups do or look for.
namespace doublecheck::harness {

using Names = std::vector<const Peer*>;

// A query of xmlns `w:g2` to a group, or to nobody in particular, with this child.
wire::Node ask_groups(Peer& peer, std::string_view type, wire::Node child);
wire::Node ask_group(Peer& peer, const wire::Jid& group, std::string_view type, wire::Node child);

// `<participant jid/>`, by LID.
wire::Node participant(const Peer& peer);
// `<tag>` with a participant for each of these.
wire::Node participants(std::string_view tag, const Names& peers);

// The node in which `admin` creates a group of these members; they have settled the news.
// `options` are further children of <create>.
wire::Node create_group(Peer& admin, const std::vector<Peer*>& members,
                        std::vector<wire::Node> options = {});
// Only its JID.
wire::Jid make_group(Peer& admin, const std::vector<Peer*>& members,
                     std::vector<wire::Node> options = {});
wire::Jid jid_of_group(const wire::Node& group);

// Changes members or ranks; everybody named must be granted.
void change_members(Peer& admin, const wire::Jid& group, std::string_view action,
                    const Names& peers);
// Changes a setting, which must be granted.
void change_setting(Peer& admin, const wire::Jid& group, wire::Node setting);

// A group of three, with everybody online.
struct Trio {
  explicit Trio(ServerBench& bench)
      : alice(bench.online_peer("alice")),
        bob(bench.online_peer("bob")),
        carol(bench.online_peer("carol")),
        group(make_group(alice, {&bob, &carol})) {}

  Peer& alice;  // created it
  Peer& bob;
  Peer& carol;
  wire::Jid group;
};

// The group node that a member sees now.
wire::Node query_group(Peer& member, const wire::Jid& group);
// The participant of this account in a node, by its name there or its other one; nullptr without.
const wire::Node* find_participant(const wire::Node& node, const Peer& peer);
bool is_member(Peer& asked, const wire::Jid& group, const Peer& peer);
// The error of a participant, empty for none; fails the case when the answer does not name it.
std::string error_of(const wire::Node& answer, std::string_view action, const Peer& peer);

// `<notification type="w:gp2">` of this group with this child.
Matcher group_change(const wire::Jid& group, std::string_view child);

// A message to a group: pairwise ciphertexts for these devices, and one for all.
wire::Node group_message(Peer& from, const wire::Jid& group,
                         const std::vector<wire::Jid>& devices = {});
// Sends it and waits for the ack, which is given back.
wire::Node send_to_group(Peer& from, const wire::Node& message);

}  // namespace doublecheck::harness
