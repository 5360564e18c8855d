#pragma once

#include <iosfwd>

#include "spec/base/bytes.h"
#include "spec/wire/jid.h"
#include "spec/wire/node.h"

// Arbitrary values of the wire layer, for properties. What they shrink to is smaller and still
// valid.
namespace rc {
template <typename T>
class Gen;
}

namespace doublecheck::properties {

// A JID in one of the forms that the binary codec has: servers, accounts and devices of every
// domain, and opaque servers (NODE-44 … NODE-49, NODE-69).
rc::Gen<wire::Jid> arbitrary_jid();

// A JID that also has a text form: a known server, and a user without the characters that separate
// its parts.
rc::Gen<wire::Jid> arbitrary_jid_with_text();

// A node that an encoder accepts and that survives the wire unchanged: nested, with values of every
// type, texts of every encoding and at the limits of those. A text as content has a token or can
// be packed, because any other arrives as bytes.
rc::Gen<wire::Node> arbitrary_node();

// Bytes that are nearly `valid`: some overwritten, inserted, removed or repeated.
rc::Gen<Bytes> nearly(const Bytes& valid);

}  // namespace doublecheck::properties

// How RapidCheck shows counter-examples: as the text form of nodes, which can be pasted into a
// test.
namespace doublecheck::wire {
void showValue(const Node& node, std::ostream& out);
void showValue(const Jid& jid, std::ostream& out);
}  // namespace doublecheck::wire
