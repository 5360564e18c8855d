#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text from a peer, made safe to show. What a case observed is chosen by whoever is tested, so any
// byte can come: markup, terminal escapes, marks that reverse the reading direction, and what is
// not UTF-8 at all.
namespace doublecheck::report {

// Well-formed UTF-8 in which every character can be seen for what it is. Kept: printable
// characters, line feed and tab. Written out as \u{hex}: other control characters, invisible and
// direction-changing format characters, line and paragraph separators, non-characters. Octets that
// are no UTF-8 are written \x{hex}. The result has only characters that XML 1.0 allows.
std::string visible(std::string_view text);

// The text with each octet that is not UTF-8 replaced by U+FFFD, for formats that carry everything
// else as it is.
std::string well_formed(std::string_view text);

// `text`, or when it is longer than `max_size` octets, its start with a remark on how much is
// missing. Never cuts a well-formed character; the remark is not counted in `max_size`.
std::string clipped(std::string_view text, std::size_t max_size);

// `visible`, with & < > " ' written as references: for element content and for quoted attribute
// values of HTML and XML.
std::string escape_markup(std::string_view text);

// As `escape_markup`, with line feed and tab written as references, which an XML attribute would
// otherwise turn to blanks.
std::string escape_attribute(std::string_view text);

// "1.24 s", "12 ms", "845 µs", "3 min 20 s". Seconds; negative or not finite is shown as zero.
std::string duration_text(double seconds);

// 12345 as "12,345".
std::string grouped(std::size_t number);

}  // namespace doublecheck::report
