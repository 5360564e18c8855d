#include "reference/server/newsletter_nodes.h"

#include <utility>

#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

wire::Node reactions_node(const NewsletterPost& post) {
  std::vector<wire::Node> reactions;
  for (const auto& [code, count] : post.counts()) {
    reactions.push_back(element(
        "reaction", {{"code", wire::Text(code)}, {"count", wire::Text(std::to_string(count))}}));
  }
  return parent("reactions", std::move(reactions));
}

wire::Node head_of_post(const NewsletterPost& post) {
  return element("message", {{"id", wire::Text(post.id)},
                             {"server_id", wire::Text(std::to_string(post.server_id))},
                             {"t", wire::Text(std::to_string(post.at.seconds()))},
                             {"type", wire::Text(post.type)}});
}

}  // namespace

wire::Node post_node(const NewsletterPost& post, const std::string& viewer) {
  wire::Node node = head_of_post(post);
  if (post.author == viewer) node.set("is_sender", "true");
  wire::Node plaintext = element("plaintext", {}, wire::Blob(post.plaintext));
  if (!post.media_type.empty()) plaintext.set("mediatype", wire::Text(post.media_type));
  std::vector<wire::Node> children{std::move(plaintext)};
  if (!post.reactions.empty()) children.push_back(reactions_node(post));
  node.content = std::move(children);
  return node;
}

wire::Node post_update_node(const NewsletterPost& post) {
  wire::Node node = head_of_post(post);
  node.content = std::vector<wire::Node>{reactions_node(post)};
  return node;
}

wire::Node posts_node(const Turn& turn, const Newsletter& newsletter,
                      std::vector<wire::Node> posts) {
  return parent("messages", std::move(posts),
                {{"jid", newsletter.jid()}, {"t", wire::Text(turn.timestamp())}});
}

}  // namespace doublecheck::server
