#pragma once

#include <string>
#include <vector>

#include "reference/server/newsletter.h"
#include "reference/server/turn.h"
#include "spec/wire/node.h"

// Newsletters on the wire.
namespace doublecheck::server {

// A post as `viewer` sees it in the history: complete, with its reactions. Only its author learns
// whose it is.
wire::Node post_node(const NewsletterPost& post, const std::string& viewer);

// What may have changed of a post since somebody has seen it: its reactions.
wire::Node post_update_node(const NewsletterPost& post);

// `<messages jid t>` with posts of a newsletter, as of now.
wire::Node posts_node(const Turn& turn, const Newsletter& newsletter,
                      std::vector<wire::Node> posts);

}  // namespace doublecheck::server
