#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

// Signal's own library in a process of its own, conformance/interop/libsignal.
namespace doublecheck::interop {

using Json = nlohmann::json;

class LibsignalProcess {
 public:
  // Whether ci/adapters has installed the library.
  static bool is_prepared();

  LibsignalProcess();
  ~LibsignalProcess();
  LibsignalProcess(const LibsignalProcess&) = delete;
  LibsignalProcess& operator=(const LibsignalProcess&) = delete;

  // What it answers, also if that is a refusal. Throws if it does not answer.
  Json ask(std::string_view operation, Json request = Json::object());

 private:
  std::string read_line();

  pid_t process_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;  // what was read and is not yet a line
};

}  // namespace doublecheck::interop
