#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/server/steps.h"

// What cases about newsletters, and about other things that clients ask in GraphQL, do or look for.
namespace doublecheck::harness {

// ---- GraphQL

// A persisted query, as libraries name it today, and what its answer is called in `data`.
struct MexQuery {
  std::string_view id;
  std::string_view field;
};
namespace mex {
inline constexpr MexQuery kCreate{"25149874324715067", "xwa2_newsletter_create"};
inline constexpr MexQuery kMetadata{"6563316087068696", "xwa2_newsletter"};
inline constexpr MexQuery kSubscribed{"33101596156151910", "xwa2_newsletter_subscribed"};
inline constexpr MexQuery kUpdate{"24250201037901610", "xwa2_newsletter_update"};
inline constexpr MexQuery kJoin{"24404358912487870", "xwa2_newsletter_join_v2"};
inline constexpr MexQuery kLeave{"9767147403369991", "xwa2_newsletter_leave_v2"};
inline constexpr MexQuery kMute{"29766401636284406", "xwa2_newsletter_mute_v2"};
inline constexpr MexQuery kUnmute{"9864994326891137", "xwa2_newsletter_unmute_v2"};
inline constexpr MexQuery kAdminCount{"7130823597031706", "xwa2_newsletter_admin"};
inline constexpr MexQuery kSubscribers{"9783111038412085", "xwa2_newsletter_subscribers"};
inline constexpr MexQuery kChangeOwner{"7341777602580933", "xwa2_newsletter_change_owner"};
inline constexpr MexQuery kDemote{"6551828931592903", "xwa2_newsletter_demote"};
inline constexpr MexQuery kDelete{"30062808666639665", "xwa2_newsletter_delete_v2"};
inline constexpr MexQuery kSubgroups{"9935467776504344", "xwa2_group_query_by_id"};
inline constexpr MexQuery kParticipantCounts{"24079399904996141", "xwa2_group_query_by_id"};
inline constexpr MexQuery kReachoutTimelock{"23983697327930364",
                                            "xwa2_fetch_account_reachout_timelock"};
}  // namespace mex

// A query of xmlns `w:mex` with this content, and the answer of either kind.
wire::Node ask_mex(Peer& peer, std::string_view query_id, std::string_view content);
// The JSON document of a result, which must hold one.
std::string mex_document(const wire::Node& answer);

// What a query is granted: the JSON value under its name.
std::string grant(Peer& peer, const MexQuery& query, std::string_view variables);
// It is refused, with this error_code.
void check_refused(Peer& peer, const MexQuery& query, std::string_view variables, int code);

// What stands in a JSON document at a path of names and places, "/edges/0/node": as JSON, so that a
// text is in quotes; empty when there is nothing.
std::string json_at(const std::string& json, const std::string& path);
// The text that stands there; fails the case when there is none.
std::string json_text_at(const std::string& json, const std::string& path);
// How many elements an array has that stands there; fails the case when it is none.
std::size_t json_size_at(const std::string& json, const std::string& path);
// A text as JSON.
std::string as_json(std::string_view text);

// ---- Newsletters

// `{"newsletter_id": "…"}`, with other members.
std::string of_newsletter(const wire::Jid& newsletter, std::string_view others = "");
wire::Jid make_newsletter(Peer& owner);
// The peer joins, which must be granted.
void follow(Peer& peer, const wire::Jid& newsletter);
// The newsletter as the peer sees it.
std::string look_at(Peer& peer, const wire::Jid& newsletter);
std::string role_in(Peer& peer, const wire::Jid& newsletter);

// A newsletter of alice's that bob follows, and carol does not.
struct Channel {
  explicit Channel(ServerBench& bench)
      : alice(bench.online_peer("alice")),
        bob(bench.online_peer("bob")),
        carol(bench.online_peer("carol")),
        jid(make_newsletter(alice)) {
    follow(bob, jid);
  }

  Peer& alice;
  Peer& bob;
  Peer& carol;
  wire::Jid jid;
};

// A post with this plaintext, not sent yet, and its change under the same id.
wire::Node new_post(Peer& author, const wire::Jid& newsletter, std::string_view plaintext);
wire::Node change_of_post(const wire::Node& post, std::string_view edit,
                          std::string_view plaintext);
// Sends a message to a newsletter, and gives the ack.
wire::Node send_post(Peer& from, const wire::Node& message);
// … which must accept it; the server_id that it tells.
std::string accept_post(Peer& from, const wire::Node& message);
// A reaction; an empty code takes it back.
wire::Node new_reaction(Peer& from, const wire::Jid& newsletter, std::string_view server_id,
                        std::string_view code);

// The posts in the answer to `<messages/>` with these attributes.
std::vector<wire::Node> posts_of(Peer& peer, const wire::Jid& newsletter,
                                 std::vector<wire::Attribute> attributes = {{"count", "20"}});
std::vector<std::string> server_ids(const std::vector<wire::Node>& posts);
std::string plaintext_of_post(const wire::Node& post);
// How many reactions of this code a post shows; 0 when it shows none.
std::size_t count_of_reaction(const wire::Node& post, std::string_view code);

Matcher from_newsletter(std::string_view tag, const wire::Jid& newsletter);

}  // namespace doublecheck::harness
