#pragma once

#include <optional>
#include <string>

#include "reference/client/credentials.h"
#include "spec/base/result.h"

// A client's credentials in a folder of its own, which only its user may read.
namespace doublecheck::net {

class CredentialsFile {
 public:
  // Makes the folder when there is none.
  static Result<CredentialsFile> in(const std::string& folder);

  // Nothing when none were kept.
  Result<std::optional<client::Credentials>> load() const;
  // All of it or nothing, and durable.
  Result<> save(const client::Credentials& credentials) const;

 private:
  explicit CredentialsFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace doublecheck::net
