#include <algorithm>

#include "conformance/server/newsletter_steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_text.h"

// What is posted in newsletters: who may, whom it reaches, and what becomes of it.
namespace doublecheck::harness {
namespace {

// Posts so many, and gives their numbers.
std::vector<std::string> write_posts(Peer& author, const wire::Jid& newsletter, int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i)
    ids.push_back(accept_post(author, new_post(author, newsletter, "post " + std::to_string(i))));
  return ids;
}

void check_post_refused(Peer& from, const wire::Node& message) {
  const wire::Node ack = send_post(from, message);
  check(ack.has("error") && !ack.has("server_id"), "it is refused", wire::print_node(ack));
}

// Wishes for live updates, and gives their duration.
Duration wish_for_live_updates(Peer& peer, const wire::Jid& newsletter) {
  const wire::Node answer =
      peer.ask(element("iq", {{"to", newsletter}, {"type", "set"}, {"xmlns", "newsletter"}},
                       {element("live_updates")}));
  check_result(answer);
  const auto duration = descend(answer, {"live_updates"}).number("duration");
  check(duration && *duration > 0, "the answer has a duration", wire::print_node(answer));
  return std::chrono::seconds(*duration);
}

// How many reactions of this code a post has in the history.
std::size_t reactions_in_history(Peer& peer, const wire::Jid& newsletter,
                                 const std::string& server_id, std::string_view code) {
  for (const wire::Node& post : posts_of(peer, newsletter)) {
    if (post.text("server_id") == server_id) return count_of_reaction(post, code);
  }
  fail_case("the post is in the history");
}

bool has_jid_of_account(const wire::Node& node, const Peer& peer) {
  const std::string text = wire::print_node(node);
  return text.find(peer.jid().user.view()) != std::string::npos ||
         text.find(peer.lid().user.view()) != std::string::npos;
}

}  // namespace

// ---- Posting

SERVER_CASE(newsletter_posts, acknowledged, "A post gets a number, which grows",
            .checks = {Rule::NEWSLETTER_19}) {
  Channel channel(bench);
  std::uint64_t last = 99;
  for (int i = 0; i < 3; ++i) {
    const wire::Node ack = send_post(channel.alice, new_post(channel.alice, channel.jid, "tea"));
    const auto server_id = ack.number("server_id");
    check(!ack.has("error") && server_id && *server_id > last && *server_id <= 2'147'476'647,
          "it has a server_id above the last one", wire::print_node(ack));
    check(names(ack, "from", channel.jid) && ack.number("t"), "it is from the newsletter",
          wire::print_node(ack));
    last = *server_id;
  }
}

SERVER_CASE(newsletter_posts, delivery, "A post reaches every device of those who follow",
            .checks = {Rule::NEWSLETTER_21, Rule::NEWSLETTER_19}) {
  Channel channel(bench);
  Peer& second = bench.online_peer_of("bob", "bob's second");
  Peer& own = bench.online_peer_of("alice", "alice's second");
  // A string of this content would be packed.
  const wire::Node post = new_post(channel.alice, channel.jid, "12345");
  const std::string server_id = accept_post(channel.alice, post);
  for (Peer* peer : {&channel.bob, &second, &own}) {
    const wire::Node received = peer->expect(message(id_of(post)));
    check(names(received, "from", channel.jid) && received.number("t") &&
              received.text("type") == "text" && received.text("server_id") == server_id,
          "it is from the newsletter, with type, t and server_id", wire::print_node(received));
    check(plaintext_of_post(received) == "12345", "the plaintext is unchanged",
          wire::print_node(received));
  }
  for (Peer* peer : {&channel.carol, &channel.alice}) {
    peer->barrier();
    peer->expect_none(message(id_of(post)));
  }
}

SERVER_CASE(newsletter_posts, author_is_hidden, "Followers do not learn who has written a post",
            .checks = {Rule::NEWSLETTER_22}) {
  Channel channel(bench);
  const wire::Node post = new_post(channel.alice, channel.jid, "tea");
  accept_post(channel.alice, post);
  const wire::Node received = channel.bob.expect(message(id_of(post)));
  check(!received.has("participant") && !received.has("notify") &&
            !has_jid_of_account(received, channel.alice),
        "nothing names alice", wire::print_node(received));
  for (const wire::Node& shown : posts_of(channel.bob, channel.jid)) {
    check(!has_jid_of_account(shown, channel.alice), "nor in the history", wire::print_node(shown));
  }
}

SERVER_CASE(newsletter_posts, only_admins_post, "Only the owner and the admins post",
            .checks = {Rule::NEWSLETTER_20}) {
  Channel channel(bench);
  Peer& second = bench.online_peer_of("bob", "bob's second");
  precondition("alice does", [&] {
    const wire::Node post = new_post(channel.alice, channel.jid, "tea");
    accept_post(channel.alice, post);
    for (Peer* peer : {&channel.bob, &second}) peer->expect(message(id_of(post)));
  });
  for (Peer* peer : {&channel.bob, &channel.carol})
    check_post_refused(*peer, new_post(*peer, channel.jid, "coffee"));
  for (Peer* peer : {&channel.alice, &second}) {
    peer->barrier();
    peer->expect_none(from_newsletter("message", channel.jid));
  }
  check(posts_of(channel.carol, channel.jid).size() == 1, "nothing else is in the history");
}

SERVER_CASE(newsletter_posts, nothing_after_leaving, "Who has left gets no more posts",
            .checks = {Rule::NEWSLETTER_23}) {
  Channel channel(bench);
  precondition("before, bob does", [&] {
    const wire::Node post = new_post(channel.alice, channel.jid, "tea");
    accept_post(channel.alice, post);
    channel.bob.expect(message(id_of(post)));
  });
  grant(channel.bob, mex::kLeave, of_newsletter(channel.jid));
  accept_post(channel.alice, new_post(channel.alice, channel.jid, "coffee"));
  channel.bob.barrier();
  channel.bob.expect_none(from_newsletter("message", channel.jid));
}

SERVER_CASE(newsletter_posts, posted_once,
            "A post that is sent again is acknowledged, and no other",
            .checks = {Rule::NEWSLETTER_24}) {
  Channel channel(bench);
  const wire::Node post = new_post(channel.alice, channel.jid, "tea");
  const std::string server_id = accept_post(channel.alice, post);
  channel.bob.expect(message(id_of(post)));
  check(accept_post(channel.alice, post) == server_id, "it has the server_id that it had");
  channel.bob.barrier();
  channel.bob.expect_none(message(id_of(post)));
  check(posts_of(channel.bob, channel.jid).size() == 1, "it is in the history once");
}

SERVER_CASE(newsletter_posts, away, "Posts wait for devices that are away, in order",
            .checks = {Rule::NEWSLETTER_41, Rule::NEWSLETTER_21}) {
  Channel channel(bench);
  settle_everything(channel.bob);
  channel.bob.close();
  let_pass(bench);
  const auto ids = write_posts(channel.alice, channel.jid, 3);
  channel.bob.log_in();
  std::vector<wire::Node> posts = channel.bob.activate();
  std::erase_if(posts, [&](const wire::Node& node) {
    return !from_newsletter("message", channel.jid).matches(node);
  });
  check(server_ids(posts) == ids, "each comes once, in order");
  for (const wire::Node& post : posts)
    check(post.has("offline"), "it is marked as queued", wire::print_node(post));
}

// ---- The history

SERVER_CASE(newsletter_posts, history, "The latest posts are shown, oldest first",
            .checks = {Rule::NEWSLETTER_25, Rule::NEWSLETTER_26}) {
  Channel channel(bench);
  check(posts_of(channel.carol, channel.jid).empty(), "there are none yet");
  const auto ids = write_posts(channel.alice, channel.jid, 4);
  using Ids = std::vector<std::string>;
  const std::vector<wire::Node> all = posts_of(channel.carol, channel.jid);
  check(server_ids(all) == ids, "a guest sees all of them");
  for (std::size_t i = 0; i < all.size(); ++i) {
    check(!id_of(all[i]).empty() && all[i].number("t") && all[i].text("type") == "text" &&
              plaintext_of_post(all[i]) == "post " + std::to_string(i),
          "a post is complete", wire::print_node(all[i]));
  }
  const auto latest = posts_of(channel.bob, channel.jid, {{"count", "2"}});
  check(server_ids(latest) == Ids{ids[2], ids[3]}, "the latest two");
  const auto earlier =
      posts_of(channel.bob, channel.jid, {{"count", "2"}, {"before", wire::Text(ids[2])}});
  check(server_ids(earlier) == Ids{ids[0], ids[1]}, "the two before these");
}

SERVER_CASE(newsletter_posts, asked_at_the_server, "Posts may be asked for at the server",
            .checks = {Rule::NEWSLETTER_38}) {
  Channel channel(bench);
  const auto ids = write_posts(channel.alice, channel.jid, 2);
  const wire::Node answer = channel.bob.ask(
      element("iq", {{"type", "get"}, {"xmlns", "newsletter"}},
              {element("messages", {{"type", "jid"}, {"jid", channel.jid}, {"count", "1"}})}));
  check_result(answer);
  const auto posts = descend(answer, {"messages"}).children();
  check(server_ids({posts.begin(), posts.end()}) == std::vector<std::string>{ids[1]},
        "the answer is the same", wire::print_node(answer));
}

SERVER_CASE(newsletter_posts, own_posts, "Its author alone sees which posts are his",
            .checks = {Rule::NEWSLETTER_34}) {
  Channel channel(bench);
  write_posts(channel.alice, channel.jid, 1);
  const std::vector<wire::Node> own = posts_of(channel.alice, channel.jid);
  check(own.size() == 1 && own[0].text("is_sender") == "true", "alice's is marked");
  for (Peer* peer : {&channel.bob, &channel.carol}) {
    const std::vector<wire::Node> seen = posts_of(*peer, channel.jid);
    check(seen.size() == 1 && seen[0].text("is_sender") != "true", "to others it is not");
  }
}

SERVER_CASE(newsletter_posts, edit, "The edit of a post is delivered, and shown in its place",
            .checks = {Rule::NEWSLETTER_32}) {
  Channel channel(bench);
  const wire::Node post = new_post(channel.alice, channel.jid, "tea");
  const std::string server_id = accept_post(channel.alice, post);
  channel.bob.expect(message(id_of(post)));
  check(accept_post(channel.alice, change_of_post(post, "3", "green tea")) == server_id,
        "it is the same post");
  const wire::Node received = channel.bob.expect(message(id_of(post)));
  check(received.text("edit") == "3" && received.text("server_id") == server_id &&
            plaintext_of_post(received) == "green tea",
        "bob gets the edit", wire::print_node(received));
  const std::vector<wire::Node> posts = posts_of(channel.carol, channel.jid);
  check(posts.size() == 1 && plaintext_of_post(posts[0]) == "green tea",
        "the history shows it instead");
}

SERVER_CASE(newsletter_posts, revocation, "A post that is revoked is shown no more",
            .checks = {Rule::NEWSLETTER_33}) {
  Channel channel(bench);
  const wire::Node post = new_post(channel.alice, channel.jid, "tea");
  const std::string server_id = accept_post(channel.alice, post);
  channel.bob.expect(message(id_of(post)));
  check(accept_post(channel.alice, change_of_post(post, "8", "")) == server_id,
        "it is the same post");
  const wire::Node received = channel.bob.expect(message(id_of(post)));
  check(received.text("edit") == "8" && received.text("server_id") == server_id, "bob is told",
        wire::print_node(received));
  check(posts_of(channel.carol, channel.jid).empty(), "the history does not show it");
}

// ---- Reactions

SERVER_CASE(newsletter_posts, reactions, "Reactions are counted, one for each account",
            .checks = {Rule::NEWSLETTER_27}) {
  Channel channel(bench);
  const std::string post = write_posts(channel.alice, channel.jid, 1)[0];
  const auto react = [&](Peer& peer, std::string_view code) {
    const wire::Node ack = send_post(peer, new_reaction(peer, channel.jid, post, code));
    check(!ack.has("error"), "the reaction is accepted", wire::print_node(ack));
  };
  const auto counted = [&](std::string_view code) {
    return reactions_in_history(channel.carol, channel.jid, post, code);
  };
  react(channel.alice, "👍");
  react(channel.bob, "👍");
  check(counted("👍") == 2, "there are two");
  react(channel.bob, "👍");
  check(counted("👍") == 2, "bob counts once");
  react(channel.bob, "🍵");
  check(counted("👍") == 1 && counted("🍵") == 1, "another one takes its place");
  react(channel.bob, "");
  check(counted("👍") == 1 && counted("🍵") == 0, "it is taken back");
}

SERVER_CASE(newsletter_posts, strangers_do_not_react, "Who does not follow does not react",
            .checks = {Rule::NEWSLETTER_28}) {
  Channel channel(bench);
  const std::string post = write_posts(channel.alice, channel.jid, 1)[0];
  precondition("bob does", [&] {
    const wire::Node ack =
        send_post(channel.bob, new_reaction(channel.bob, channel.jid, post, "👍"));
    check(!ack.has("error"), "it is accepted", wire::print_node(ack));
  });
  check_post_refused(channel.carol, new_reaction(channel.carol, channel.jid, post, "👍"));
  check(reactions_in_history(channel.bob, channel.jid, post, "👍") == 1, "only bob's is counted");
}

SERVER_CASE(newsletter_posts, unknown_post, "What is about a post that does not exist is refused",
            .checks = {Rule::NEWSLETTER_43}) {
  Channel channel(bench);
  const std::string post = write_posts(channel.alice, channel.jid, 1)[0];
  precondition("one that exists is reacted to", [&] {
    const wire::Node ack =
        send_post(channel.bob, new_reaction(channel.bob, channel.jid, post, "👍"));
    check(!ack.has("error"), "it is accepted", wire::print_node(ack));
  });
  check_post_refused(channel.bob, new_reaction(channel.bob, channel.jid, "2147476647", "👍"));
  const wire::Node never = new_post(channel.alice, channel.jid, "tea");
  for (const std::string_view edit : {"3", "8"})
    check_post_refused(channel.alice, change_of_post(never, edit, "coffee"));
  check(posts_of(channel.bob, channel.jid).size() == 1, "there is no other post");
}

SERVER_CASE(newsletter_posts, live_updates, "Who wishes for live updates hears of reactions",
            .checks = {Rule::NEWSLETTER_29, Rule::NEWSLETTER_30}) {
  Channel channel(bench);
  const std::string post = write_posts(channel.alice, channel.jid, 1)[0];
  for (Peer* peer : {&channel.alice, &channel.bob}) wish_for_live_updates(*peer, channel.jid);
  const wire::Node ack = send_post(channel.bob, new_reaction(channel.bob, channel.jid, post, "👍"));
  check(!ack.has("error"), "the reaction is accepted", wire::print_node(ack));
  for (Peer* peer : {&channel.alice, &channel.bob}) {
    const wire::Node news = peer->expect(from_newsletter("notification", channel.jid));
    check(news.text("type") == "newsletter" && news.number("t") && news.has("id"),
          "it is a notification of type newsletter", wire::print_node(news));
    const wire::Node& messages = descend(news, {"live_updates", "messages"});
    check(names(messages, "jid", channel.jid), "the newsletter is named", wire::print_node(news));
    const wire::Node& update = descend(messages, {"message"});
    check(update.text("server_id") == post && count_of_reaction(update, "👍") == 1,
          "the reaction is counted", wire::print_node(news));
  }
  channel.carol.barrier();
  channel.carol.expect_none(from_newsletter("notification", channel.jid));
}

SERVER_CASE(newsletter_posts, end_of_live_updates, "Live updates end after their duration",
            .checks = {Rule::NEWSLETTER_31}, .needs = {Need::kClock}) {
  Channel channel(bench);
  const std::string post = write_posts(channel.alice, channel.jid, 1)[0];
  const Duration duration = wish_for_live_updates(channel.bob, channel.jid);
  const auto react = [&](std::string_view code) {
    const wire::Node ack =
        send_post(channel.alice, new_reaction(channel.alice, channel.jid, post, code));
    check(!ack.has("error"), "the reaction is accepted", wire::print_node(ack));
    channel.bob.barrier();
  };
  precondition("before, bob hears of a reaction", [&] {
    react("👍");
    channel.bob.expect(from_newsletter("notification", channel.jid));
  });
  bench.pass(duration + std::chrono::seconds(1));
  react("🍵");
  channel.bob.expect_none(from_newsletter("notification", channel.jid));
}

SERVER_CASE(newsletter_posts, updates, "Reactions are told apart from the posts",
            .checks = {Rule::NEWSLETTER_39}) {
  Channel channel(bench);
  const auto posts = write_posts(channel.alice, channel.jid, 2);
  for (const std::string& post : posts)
    send_post(channel.bob, new_reaction(channel.bob, channel.jid, post, "👍"));
  const wire::Node answer = channel.bob.ask(
      element("iq", {{"to", channel.jid}, {"type", "get"}, {"xmlns", "newsletter"}},
              {element("message_updates", {{"count", "10"}, {"after", wire::Text(posts[0])}})}));
  check_result(answer);
  const auto updates = descend(answer, {"message_updates", "messages"}).children();
  check(updates.size() == 1 && updates[0].text("server_id") == posts[1] &&
            count_of_reaction(updates[0], "👍") == 1 && updates[0].child("plaintext") == nullptr,
        "the counts of the second post are told", wire::print_node(answer));
}

}  // namespace doublecheck::harness
