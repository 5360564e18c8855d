#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// How everything in this project fails: by value, saying what, where and why.
namespace doublecheck {

struct Error {
  std::string what;  // what was being done: "node", "handshake", "certificate chain"
  std::string why;   // the reason, in words
  std::optional<std::size_t>
      offset;  // where, in bytes from the start of the input, if that is known

  std::string to_string() const;
  bool operator==(const Error&) const = default;
};

// `Result<T>` holds a value or an Error; `Result<>` only says whether it worked.
template <typename T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string_view what, std::string why,
                                   std::optional<std::size_t> offset = std::nullopt) {
  return std::unexpected(Error{std::string(what), std::move(why), offset});
}

// The error of a failed result of one type as a result of another.
template <typename T>
std::unexpected<Error> propagate(Result<T>& failed) {
  return std::unexpected(std::move(failed).error());
}
template <typename T>
std::unexpected<Error> propagate(Result<T>&& failed) {
  return std::unexpected(std::move(failed).error());
}

}  // namespace doublecheck
