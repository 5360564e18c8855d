#include "conformance/server/group_steps.h"
#include "conformance/server/newsletter_steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Queries in GraphQL: their form, and what is asked in it that is no newsletter.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// A community with its default group, and one in which bob is.
struct SmallCommunity {
  explicit SmallCommunity(ServerBench& bench)
      : alice(bench.online_peer("alice")),
        bob(bench.online_peer("bob")),
        jid(make_group(alice, {}, {element("parent")})),
        group(make_group(alice, {&bob}, {element("linked_parent", {{"jid", jid}})})) {}

  std::string as_group_id() const { return R"({"group_id":)" + as_json(jid.to_string()) + "}"; }
  std::string as_input() const {
    return R"({"input":{"group_jid":)" + as_json(jid.to_string()) + "}}";
  }

  Peer& alice;
  Peer& bob;
  wire::Jid jid;
  wire::Jid group;
};

}  // namespace

SERVER_CASE(graphql, unknown_query, "A query that the server does not know is answered by an error",
            .checks = {Rule::NEWSLETTER_02, Rule::NEWSLETTER_01}) {
  Peer& alice = bench.online_peer("alice");
  const std::string document =
      mex_document(ask_mex(alice, "1000000000000001", R"({"variables":{}})"));
  check(json_at(document, "/errors/0/extensions/error_code") == "404" &&
            !json_text_at(document, "/errors/0/message").empty(),
        "the error has a code and a message", document);
}

SERVER_CASE(graphql, malformed_query, "A query that cannot be read is refused, and harms nothing",
            .checks = {Rule::NEWSLETTER_03}) {
  Peer& alice = bench.online_peer("alice");
  const std::string_view id = mex::kSubscribed.id;
  precondition("one that can be read is answered",
               [&] { mex_document(ask_mex(alice, id, R"({"variables":{}})")); });
  check_error(ask_mex(alice, "", R"({"variables":{}})"), "400", "bad-request");
  for (const std::string_view content :
       {"", "{", "[]", "null", R"({"variables":[]})", R"({"variables":"x"})", R"({"query":{}})",
        R"({"variables":{}}{)", "\xff"}) {
    check_error(ask_mex(alice, id, content), "400", "bad-request");
  }
  check_error(alice.ask(R"(<iq type="get" xmlns="w:mex"><query query_id="1"/></iq>)"_node), "400",
              "bad-request");
  mex_document(ask_mex(alice, id, R"({"variables":{}})"));
}

SERVER_CASE(graphql, unrestricted_account, "Who is not restricted has no reach-out time lock",
            .checks = {Rule::NEWSLETTER_37}) {
  Peer& alice = bench.online_peer("alice");
  const std::string lock = grant(alice, mex::kReachoutTimelock, "{}");
  check(json_at(lock, "/is_active") == "false", "is_active is false", lock);
}

SERVER_CASE(graphql, groups_of_a_community,
            "Whoever belongs to a community sees its groups, the default one apart",
            .checks = {Rule::NEWSLETTER_35}) {
  SmallCommunity community(bench);
  Peer& dave = bench.online_peer("dave");
  const std::string seen = grant(community.bob, mex::kSubgroups, community.as_group_id());
  check(json_size_at(seen, "/sub_groups/edges") == 1 &&
            json_text_at(seen, "/sub_groups/edges/0/node/id") == community.group.to_string(),
        "the group is there", seen);
  check(json_at(seen, "/sub_groups/edges/0/node/subject").find("A group") != std::string::npos,
        "with its subject", seen);
  const std::string by_default = json_text_at(seen, "/default_sub_group/id");
  check(by_default.ends_with("@g.us") && by_default != community.group.to_string(),
        "the default group is another", seen);
  check_refused(dave, mex::kSubgroups, community.as_group_id(), 403);
}

SERVER_CASE(graphql, participants_of_a_community, "The groups of a community are counted",
            .checks = {Rule::NEWSLETTER_36, Rule::NEWSLETTER_35}) {
  SmallCommunity community(bench);
  Peer& dave = bench.online_peer("dave");
  const std::string counts = grant(community.bob, mex::kParticipantCounts, community.as_input());
  std::string count;
  for (std::size_t i = 0; i < json_size_at(counts, "/sub_groups/edges"); ++i) {
    const std::string node = json_at(counts, "/sub_groups/edges/" + std::to_string(i) + "/node");
    if (json_text_at(node, "/id") == community.group.to_string())
      count = json_at(node, "/total_participants_count");
  }
  check(count == "2", "alice and bob are in the group", counts);
  check_refused(dave, mex::kParticipantCounts, community.as_input(), 403);
}

}  // namespace doublecheck::harness
