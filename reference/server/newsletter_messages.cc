#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reference/server/delivery.h"
#include "reference/server/limits.h"
#include "reference/server/message_parts.h"
#include "reference/server/newsletter_nodes.h"
#include "reference/server/stanzas.h"

// Messages to newsletters: posts and their changes, which admins write and followers get as they
// are, for they are not encrypted; and reactions, which are counted.
namespace doublecheck::server {
namespace {

// What the attribute `edit` makes of a message: a post is changed, or taken back.
constexpr std::string_view kEditsPost = "3";
constexpr std::string_view kRevokesPost = "8";

struct NewsletterMessage {
  Turn& turn;
  const Party& sender;
  Newsletter& newsletter;
  const wire::Node& message;
  ConnectionId connection;
};

MessageVerdict refuse_post(const NewsletterMessage& in, std::string_view error,
                           const std::string& why) {
  in.turn.log(in.connection, "refused message to " + in.newsletter.jid().to_string() + ": " + why);
  return {.error = error, .phash = {}, .server_id = {}};
}

MessageVerdict accepted_post(const NewsletterPost& post) {
  return {.error = {}, .phash = {}, .server_id = std::to_string(post.server_id)};
}

// What is wrong with the plaintext that a post is made of; empty when nothing is.
std::string plaintext_error(const wire::Node& message) {
  const wire::Node* plaintext = message.child("plaintext");
  if (plaintext == nullptr) return "a post without plaintext";
  if (plaintext->bytes().value_or(ByteView{}).size() > kMaxPostBytes)
    return "a plaintext of more than kMaxPostBytes";
  if (message.text("type").value_or("").size() > kMaxPostAttributeBytes ||
      plaintext->text("mediatype").value_or("").size() > kMaxPostAttributeBytes) {
    return "a type of more than kMaxPostAttributeBytes";
  }
  return {};
}

Bytes plaintext_of(const wire::Node& message) {
  return to_bytes(message.child("plaintext")->bytes().value_or(ByteView{}));
}

// The post as it reaches followers. Who wrote it they do not learn.
wire::Node delivered_post(const NewsletterMessage& in, const NewsletterPost& post) {
  wire::Node stanza = post_node(post, {});
  stanza.set("from", in.newsletter.jid());
  stanza.content = std::vector<wire::Node>{stanza.children().front()};  // without reactions
  return stanza;
}

// … and as its change does, which says when that was and what it is a change of.
wire::Node delivered_change(const NewsletterMessage& in, const NewsletterPost& post,
                            std::string_view edit) {
  wire::Node stanza = delivered_post(in, post);
  stanza.set("edit", wire::Text(edit));
  stanza.set("t", wire::Text(in.turn.timestamp()));
  std::vector<wire::Node> children{
      element("meta", {{"msg_edit_t", wire::Text(in.turn.timestamp() + "000")},
                       {"original_msg_t", wire::Text(std::to_string(post.at.seconds()))}})};
  children.insert(children.begin(), stanza.children().front());
  stanza.content = std::move(children);
  return stanza;
}

// To all devices of those who follow but the one that wrote it. A follower who reads nothing must
// not silence the newsletter: what finds no room in his queue is counted, and in the history.
void deliver_to_followers(const NewsletterMessage& in, const wire::Node& stanza) {
  for (const auto& [phone_number, follower] : in.newsletter.followers) {
    Account* account = in.turn.state.directory.by_phone_number(phone_number);
    if (account == nullptr) continue;
    for (auto& [number, device] : account->devices) {
      if (&device != &in.sender.device) deliver(in.turn, device, stanza);
    }
  }
}

MessageVerdict accept_post(const NewsletterMessage& in) {
  const std::string& author = in.sender.account.phone_number;
  const std::string_view id = *in.message.text("id");
  const wire::Jid to = in.newsletter.jid();
  const bool repeated = is_repeated(in.turn, in.sender.account, to, in.message);
  if (!in.turn.guard().holds(Rule::NEWSLETTER_24, !repeated)) {
    const NewsletterPost* post = in.newsletter.history.find(id, author);
    return post == nullptr ? MessageVerdict{} : accepted_post(*post);
  }
  const UnixTime now = in.turn.context.now.wall;
  const auto added = in.newsletter.history.add(
      {.server_id = 0,
       .id = std::string(id),
       .author = author,
       .type = std::string(in.message.text("type").value_or("")),
       .media_type = std::string(in.message.child("plaintext")->text("mediatype").value_or("")),
       .plaintext = plaintext_of(in.message),
       .at = now,
       .changed_at = now,
       .revoked = false,
       .reactions = {},
       .revision = 0});
  if (!added) return refuse_post(in, message_error::kUnavailable, added.error().to_string());
  remember(in.sender.account, to, in.message);
  deliver_to_followers(in, delivered_post(in, **added));
  return accepted_post(**added);
}

// Under the id of the post that it is about. Authors change theirs; any admin takes one back.
MessageVerdict accept_change(const NewsletterMessage& in, std::string_view edit) {
  NewsletterHistory& history = in.newsletter.history;
  const std::string_view id = *in.message.text("id");
  const NewsletterPost* post =
      edit == kEditsPost ? history.find(id, in.sender.account.phone_number) : history.find(id);
  if (post == nullptr || (post->revoked && edit == kEditsPost))
    return refuse_post(in, message_error::kNoSuchChat, "there is no post of that id to change");
  const UnixTime now = in.turn.context.now.wall;
  const bool changed = edit == kEditsPost
                           ? history.edit(post->server_id, plaintext_of(in.message), now)
                           : history.revoke(post->server_id, now);
  if (changed) deliver_to_followers(in, delivered_change(in, *post, edit));
  return accepted_post(*post);
}

// News of a post, to whoever has asked for them lately, the one that caused them included.
void tell_live(const NewsletterMessage& in, const NewsletterPost& post) {
  const wire::Node notification = parent(
      "notification",
      {parent("live_updates", {posts_node(in.turn, in.newsletter, {post_update_node(post)})})},
      {{"type", "newsletter"},
       {"from", in.newsletter.jid()},
       {"id", wire::Text(in.turn.new_stanza_id())},
       {"t", wire::Text(in.turn.timestamp())}});
  for (auto& [connection, session] : in.turn.state.sessions) {
    const LoggedInPhase* login = session.in<LoggedInPhase>();
    if (login == nullptr) continue;
    const auto wish = login->live_updates.find(in.newsletter.id);
    if (wish == login->live_updates.end()) continue;
    if (!in.turn.guard().holds(Rule::NEWSLETTER_31, wish->second > in.turn.context.now.steady))
      continue;
    Device* device = in.turn.state.directory.find_device(login->address);
    if (device != nullptr && device->connection == connection)
      deliver(in.turn, *device, notification);
  }
}

// Whether there is room for a reaction of this kind.
bool has_room_for(const NewsletterPost& post, const std::string& code) {
  const auto counts = post.counts();
  return counts.contains(code) || counts.size() < kMaxReactionCodes;
}

MessageVerdict accept_reaction(const NewsletterMessage& in, const wire::Node& reaction) {
  const std::string& account = in.sender.account.phone_number;
  if (!in.turn.guard().holds(Rule::NEWSLETTER_28, in.newsletter.has(account)))
    return refuse_post(in, message_error::kForbidden, "only followers react");
  const auto server_id = in.message.number("server_id");
  const NewsletterPost* post = server_id ? in.newsletter.history.find(*server_id) : nullptr;
  if (post == nullptr || post->revoked)
    return refuse_post(in, message_error::kNoSuchChat, "there is no post of that server_id");
  // Clients take one back by leaving the code out, or empty.
  const std::string code(reaction.text("code").value_or(""));
  if (code.size() > kMaxReactionBytes)
    return refuse_post(in, message_error::kMalformed, "a code of more than kMaxReactionBytes");
  if (!has_room_for(*post, code) && !code.empty())
    return refuse_post(in, message_error::kUnavailable, "the post has kMaxReactionCodes");
  if (in.newsletter.history.react(*server_id, account, code, in.turn.context.now.wall))
    tell_live(in, *post);
  return accepted_post(*post);
}

}  // namespace

MessageVerdict accept_newsletter_message(Turn& turn, const Party& sender, const wire::Jid& to,
                                         const wire::Node& message, ConnectionId connection) {
  Newsletter* newsletter = turn.state.newsletters.find(to);
  if (newsletter == nullptr) {
    turn.log(connection, "refused message: there is no newsletter " + to.to_string());
    return {.error = message_error::kNoSuchChat, .phash = {}, .server_id = {}};
  }
  const NewsletterMessage in{turn, sender, *newsletter, message, connection};
  if (const wire::Node* reaction = message.child("reaction")) return accept_reaction(in, *reaction);
  if (!turn.guard().holds(Rule::NEWSLETTER_20, newsletter->is_admin(sender.account.phone_number)))
    return refuse_post(in, message_error::kForbidden, "only admins write in it");
  if (const std::string wrong = plaintext_error(message); !wrong.empty())
    return refuse_post(in, message_error::kMalformed, wrong);
  const auto edit = message.text("edit");
  if (!edit) return accept_post(in);
  if (*edit != kEditsPost && *edit != kRevokesPost)
    return refuse_post(in, message_error::kMalformed, "there is no such edit of a post");
  return accept_change(in, *edit);
}

}  // namespace doublecheck::server
