#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "spec/base/result.h"
#include "spec/wire/node.h"

// Nodes as text, for logs, transcripts, tests and hand-written stanzas. XML-like, and exact: what
// is printed reads back as an equal node.
//
//   <iq id="p1" to=jid:"@s.whatsapp.net" type="get" xmlns="w:p"><ping/></iq>
//   <enc type="msg" v="2">hex:0aff10</enc>     bytes, when they are not printable ASCII
//   <status>bytes:"Available"</status>          bytes, when they are
//   <body>text:"available"</body>               a string with a token or packed form
//   <x>jid:"15550001111:2@s.whatsapp.net"</x>   a JID as content
//   <list></list>                               no children, where <list/> has no content
//   <"a tag" "a name"="v"/>                     names that are not made of letters, digits and
//   `-._`
//
// In quoted text `&quot; &amp; &lt; &gt;` and `&#xHH;` stand for what they stand for in XML. Inside
// jid:"…" a character of a user or server that would separate its parts is written that way, too.
namespace doublecheck::wire {

struct PrintOptions {
  std::size_t max_bytes =
      64;  // longer byte contents are shortened to `hex:0aff…(812 bytes)`; 0: never shorten
  int indent = -1;  // spaces per level, one element a line; -1: all on one line
};
std::string print_node(const Node& node, PrintOptions options = {});

// Reads the exact form above. Depth, size, number and names are limited as in the binary codec.
Result<Node> parse_node(std::string_view text);

}  // namespace doublecheck::wire
