#include "conformance/server/newsletter_steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_text.h"

// Newsletters: what they say of themselves, who follows them, and who may change what.
namespace doublecheck::harness {
namespace {

// `{"newsletter_id": "…", "user_id": "…"}`
std::string of_user(const wire::Jid& newsletter, const Peer& peer) {
  return of_newsletter(newsletter, R"(,"user_id":)" + as_json(peer.lid().account().to_string()));
}

std::string with_name(const wire::Jid& newsletter, std::string_view name) {
  return of_newsletter(newsletter, R"(,"updates":{"name":)" + as_json(name) + "}");
}

std::string name_seen_by(Peer& peer, const wire::Jid& newsletter) {
  return json_text_at(look_at(peer, newsletter), "/thread_metadata/name/text");
}

std::string subscribers_seen_by(Peer& peer, const wire::Jid& newsletter) {
  return json_text_at(look_at(peer, newsletter), "/thread_metadata/subscribers_count");
}

std::string mute_seen_by(Peer& peer, const wire::Jid& newsletter) {
  return json_text_at(look_at(peer, newsletter), "/viewer_metadata/mute");
}

// alice has given her newsletter to bob, and is an admin of it.
struct HandedOver : Channel {
  explicit HandedOver(ServerBench& bench) : Channel(bench) {
    grant(alice, mex::kChangeOwner, of_user(jid, bob));
  }
};

Matcher mex_news(std::string_view operation) {
  return stanza("notification", {{"type", "mex"}}) &&
         Matcher{"of " + std::string(operation),
                 [wanted = std::string(operation)](const wire::Node& node) {
                   const wire::Node* update = node.child("update");
                   return update != nullptr && update->text("op_name") == wanted;
                 }};
}

}  // namespace

// ---- Creating and looking

SERVER_CASE(newsletters, creation, "A new newsletter is described in full, and is its creator's",
            .checks = {Rule::NEWSLETTER_04, Rule::NEWSLETTER_01, Rule::NEWSLETTER_05}) {
  Peer& alice = bench.online_peer("alice");
  const std::string created =
      grant(alice, mex::kCreate, R"({"input":{"name":"Tea","description":"Of leaves"}})");
  const auto jid = wire::parse_jid(json_text_at(created, "/id"));
  check(jid && jid->server == wire::server_name::kNewsletter, "the id is a newsletter's JID",
        created);
  check(json_text_at(created, "/thread_metadata/name/text") == "Tea" &&
            json_text_at(created, "/thread_metadata/description/text") == "Of leaves",
        "name and description are as asked", created);
  check(!json_text_at(created, "/thread_metadata/invite").empty(), "it has an invite code",
        created);
  for (const char* number : {"creation_time", "subscribers_count"}) {
    const std::string text = json_text_at(created, std::string("/thread_metadata/") + number);
    check(!text.empty() && text.find_first_not_of("0123456789") == std::string::npos,
          std::string(number) + " is a number, as a text", created);
  }
  check(json_text_at(created, "/state/type") == "ACTIVE", "it is active", created);
  check(json_text_at(created, "/viewer_metadata/role") == "owner", "alice owns it", created);
}

SERVER_CASE(newsletters, names, "The name of a newsletter has 1 to 100 characters",
            .checks = {Rule::NEWSLETTER_42}) {
  Peer& alice = bench.online_peer("alice");
  const wire::Jid newsletter = make_newsletter(alice);
  std::string longest;
  while (longest.size() < 200) longest += "é";
  precondition("100 are granted",
               [&] { grant(alice, mex::kUpdate, with_name(newsletter, longest)); });
  for (const std::string& name : {longest + "é", std::string()}) {
    check_refused(alice, mex::kUpdate, with_name(newsletter, name), 406);
    check_refused(alice, mex::kCreate, R"({"input":{"name":)" + as_json(name) + "}}", 406);
  }
  check(name_seen_by(alice, newsletter) == longest, "the name is the one that was granted");
}

SERVER_CASE(newsletters, roles, "Everybody sees a newsletter, and what he is to it",
            .checks = {Rule::NEWSLETTER_05}) {
  Channel channel(bench);
  check(role_in(channel.alice, channel.jid) == "owner", "alice owns it");
  check(role_in(channel.bob, channel.jid) == "subscriber", "bob follows it");
  check(role_in(channel.carol, channel.jid) == "guest", "carol does not");
}

SERVER_CASE(newsletters, invite_code, "A newsletter is found by its invite code",
            .checks = {Rule::NEWSLETTER_06}) {
  Channel channel(bench);
  const std::string seen = look_at(channel.carol, channel.jid);
  check(json_text_at(seen, "/id") == channel.jid.to_string(), "by its JID it is found", seen);
  const auto with_code = [](const std::string& code) {
    return R"({"input":{"type":"INVITE","key":)" + as_json(code) + "}}";
  };
  const std::string code = json_text_at(seen, "/thread_metadata/invite");
  const std::string found = grant(channel.carol, mex::kMetadata, with_code(code));
  check(json_text_at(found, "/id") == channel.jid.to_string(), "by its code as well", found);
  check_refused(channel.carol, mex::kMetadata, with_code(code + "x"), 404);
}

SERVER_CASE(newsletters, unknown, "What is done to a newsletter that does not exist is refused",
            .checks = {Rule::NEWSLETTER_07}) {
  Peer& alice = bench.online_peer("alice");
  precondition("one that exists is found", [&] { look_at(alice, make_newsletter(alice)); });
  const wire::Jid nowhere{"120363999999999999", wire::server_name::kNewsletter, 0, 0};
  check_refused(alice, mex::kMetadata,
                R"({"input":{"type":"JID","key":)" + as_json(nowhere.to_string()) + "}}", 404);
  for (const MexQuery& query :
       {mex::kJoin, mex::kLeave, mex::kMute, mex::kAdminCount, mex::kSubscribers, mex::kDelete}) {
    check_refused(alice, query, of_newsletter(nowhere), 404);
  }
  check_refused(alice, mex::kUpdate, with_name(nowhere, "Tea"), 404);
}

SERVER_CASE(newsletters, list, "An account is told the newsletters that it follows",
            .checks = {Rule::NEWSLETTER_08}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  check(json_size_at(grant(bob, mex::kSubscribed, "{}"), "") == 0, "there is none yet");
  const wire::Jid followed = make_newsletter(alice);
  make_newsletter(alice);
  follow(bob, followed);
  const std::string of_bob = grant(bob, mex::kSubscribed, "{}");
  check(json_size_at(of_bob, "") == 1 && json_text_at(of_bob, "/0/id") == followed.to_string() &&
            json_text_at(of_bob, "/0/viewer_metadata/role") == "subscriber",
        "bob follows one of them", of_bob);
  const std::string of_alice = grant(alice, mex::kSubscribed, "{}");
  check(json_size_at(of_alice, "") == 2, "alice has both", of_alice);
}

// ---- Followers

SERVER_CASE(newsletters, joining, "Who joins is a subscriber, and counted once",
            .checks = {Rule::NEWSLETTER_09}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Jid newsletter = make_newsletter(alice);
  const auto before = std::stoul(subscribers_seen_by(alice, newsletter));
  for (int i = 0; i < 2; ++i) {
    const std::string joined = grant(bob, mex::kJoin, of_newsletter(newsletter));
    check(json_text_at(joined, "/id") == newsletter.to_string() &&
              json_text_at(joined, "/viewer_metadata/role") == "subscriber",
          "the answer is the newsletter, as a subscriber sees it", joined);
  }
  check(subscribers_seen_by(alice, newsletter) == std::to_string(before + 1),
        "bob is counted once");
}

SERVER_CASE(newsletters, leaving, "Who leaves follows no more", .checks = {Rule::NEWSLETTER_10}) {
  Channel channel(bench);
  const auto before = std::stoul(subscribers_seen_by(channel.alice, channel.jid));
  grant(channel.bob, mex::kLeave, of_newsletter(channel.jid));
  check(role_in(channel.bob, channel.jid) == "guest", "bob is a guest");
  check(json_size_at(grant(channel.bob, mex::kSubscribed, "{}"), "") == 0, "and follows nothing");
  check(subscribers_seen_by(channel.alice, channel.jid) == std::to_string(before - 1),
        "he is not counted");
}

SERVER_CASE(newsletters, own_devices_hear, "Other devices hear that their account joins and leaves",
            .checks = {Rule::NEWSLETTER_40}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  const wire::Jid newsletter = make_newsletter(alice);
  follow(bob, newsletter);
  const wire::Node joined = second.expect(mex_news("NotificationNewsletterJoin"));
  const std::string news = to_text(descend(joined, {"update"}).bytes().value_or(ByteView{}));
  check(json_text_at(news, "/data/xwa2_notify_newsletter_on_join/id") == newsletter.to_string(),
        "the newsletter is named", news);
  grant(bob, mex::kLeave, of_newsletter(newsletter));
  second.expect(mex_news("NotificationNewsletterLeave"));
  bob.barrier();
  bob.expect_none(stanza("notification", {{"type", "mex"}}));
}

SERVER_CASE(newsletters, muting, "A follower mutes a newsletter, and hears it again",
            .checks = {Rule::NEWSLETTER_16}) {
  Channel channel(bench);
  check(mute_seen_by(channel.bob, channel.jid) == "OFF", "at first it is not muted");
  grant(channel.bob, mex::kMute, of_newsletter(channel.jid));
  check(mute_seen_by(channel.bob, channel.jid) == "ON", "then it is");
  check(mute_seen_by(channel.alice, channel.jid) == "OFF", "for bob alone");
  grant(channel.bob, mex::kUnmute, of_newsletter(channel.jid));
  check(mute_seen_by(channel.bob, channel.jid) == "OFF", "and then not any more");
}

SERVER_CASE(newsletters, followers_are_listed, "The owner sees who follows a newsletter",
            .checks = {Rule::NEWSLETTER_18}) {
  Channel channel(bench);
  const std::string followers = grant(channel.alice, mex::kSubscribers, of_newsletter(channel.jid));
  check(followers.find(channel.bob.lid().account().to_string()) != std::string::npos,
        "bob is named", followers);
}

SERVER_CASE(newsletters, followers_are_private,
            "Only who writes in a newsletter sees who follows it",
            .checks = {Rule::NEWSLETTER_18}) {
  Channel channel(bench);
  precondition("alice sees bob", [&] {
    const std::string followers =
        grant(channel.alice, mex::kSubscribers, of_newsletter(channel.jid));
    check(followers.find(channel.bob.lid().account().to_string()) != std::string::npos,
          "bob is named", followers);
  });
  for (Peer* peer : {&channel.bob, &channel.carol})
    check_refused(*peer, mex::kSubscribers, of_newsletter(channel.jid), 403);
}

// ---- Who may change what

SERVER_CASE(newsletters, only_admins_change_it, "Only the owner and the admins change what it says",
            .checks = {Rule::NEWSLETTER_11}) {
  Channel channel(bench);
  precondition("alice does", [&] {
    const std::string changed = grant(channel.alice, mex::kUpdate, with_name(channel.jid, "Tea"));
    check(json_text_at(changed, "/thread_metadata/name/text") == "Tea", "it has the new name",
          changed);
  });
  for (Peer* peer : {&channel.bob, &channel.carol})
    check_refused(*peer, mex::kUpdate, with_name(channel.jid, "Coffee"), 403);
  check(name_seen_by(channel.bob, channel.jid) == "Tea", "the name is alice's");
}

SERVER_CASE(newsletters, only_the_owner_deletes_it, "Only the owner deletes a newsletter",
            .checks = {Rule::NEWSLETTER_12, Rule::NEWSLETTER_07}) {
  HandedOver channel(bench);
  for (Peer* peer : {&channel.alice, &channel.carol})
    check_refused(*peer, mex::kDelete, of_newsletter(channel.jid), 403);
  check(role_in(channel.carol, channel.jid) == "guest", "it is still there");
  grant(channel.bob, mex::kDelete, of_newsletter(channel.jid));
  check_refused(channel.alice, mex::kJoin, of_newsletter(channel.jid), 404);
  check(json_size_at(grant(channel.alice, mex::kSubscribed, "{}"), "") == 0, "nobody follows it");
}

SERVER_CASE(newsletters, only_the_owner_gives_it_away, "Only the owner gives a newsletter away",
            .checks = {Rule::NEWSLETTER_13}) {
  HandedOver channel(bench);
  check_refused(channel.alice, mex::kChangeOwner, of_user(channel.jid, channel.alice), 403);
  check_refused(channel.carol, mex::kChangeOwner, of_user(channel.jid, channel.alice), 403);
  check(role_in(channel.bob, channel.jid) == "owner", "it is bob's");
  grant(channel.bob, mex::kChangeOwner, of_user(channel.jid, channel.alice));
  check(role_in(channel.alice, channel.jid) == "owner", "bob gives it back");
}

SERVER_CASE(newsletters, former_owner, "Who gives a newsletter away is one of its admins",
            .checks = {Rule::NEWSLETTER_15}) {
  HandedOver channel(bench);
  check(role_in(channel.bob, channel.jid) == "owner", "bob owns it");
  check(role_in(channel.alice, channel.jid) == "admin", "alice is an admin");
  grant(channel.alice, mex::kUpdate, with_name(channel.jid, "Tea"));
  check_refused(channel.bob, mex::kChangeOwner, of_user(channel.jid, channel.carol), 404);
}

SERVER_CASE(newsletters, admin_count, "Who writes in a newsletter is counted",
            .checks = {Rule::NEWSLETTER_17}) {
  HandedOver channel(bench);
  const auto admins = [&] {
    return json_at(grant(channel.bob, mex::kAdminCount, of_newsletter(channel.jid)),
                   "/admin_count");
  };
  check(admins() == "2", "alice and bob do", admins());
  grant(channel.bob, mex::kDemote, of_user(channel.jid, channel.alice));
  check(admins() == "1", "then bob alone", admins());
}

SERVER_CASE(newsletters, demotion, "The owner demotes an admin, other admins do not",
            .checks = {Rule::NEWSLETTER_14}) {
  HandedOver channel(bench);
  follow(channel.carol, channel.jid);
  grant(channel.bob, mex::kChangeOwner, of_user(channel.jid, channel.carol));
  check(role_in(channel.alice, channel.jid) == "admin" &&
            role_in(channel.bob, channel.jid) == "admin",
        "alice and bob are admins");
  check_refused(channel.alice, mex::kDemote, of_user(channel.jid, channel.bob), 403);
  check(role_in(channel.bob, channel.jid) == "admin", "bob still is one");
  grant(channel.carol, mex::kDemote, of_user(channel.jid, channel.bob));
  check(role_in(channel.bob, channel.jid) == "subscriber", "then he is not");
  grant(channel.alice, mex::kDemote, of_user(channel.jid, channel.alice));
  check(role_in(channel.alice, channel.jid) == "subscriber", "alice lays it down herself");
}

}  // namespace doublecheck::harness
