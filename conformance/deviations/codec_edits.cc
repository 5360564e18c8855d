#include "conformance/deviations/codec_edits.h"

namespace doublecheck::deviations {

std::function<CodecTamper()> asking(RequestEdit edit) {
  return [edit = std::move(edit)]() -> CodecTamper {
    return [edit](const Request& request, Response& response, const AskReference& ask) {
      Request edited = request;
      edit(edited);
      ask(edited, response);
    };
  };
}

std::function<CodecTamper()> answering(ResponseEdit edit) {
  return [edit = std::move(edit)]() -> CodecTamper {
    return [edit](const Request& request, Response& response, const AskReference& ask) {
      ask(request, response);
      edit(request, response);
    };
  };
}

std::function<CodecTamper()> refusing(Refuses refuses) {
  return [refuses = std::move(refuses)]() -> CodecTamper {
    return [refuses](const Request& request, Response& response, const AskReference& ask) {
      if (refuses(request)) {
        response.mutable_refused()->set_reason("not by me");
      } else {
        ask(request, response);
      }
    };
  };
}

std::function<CodecTamper()> insisting(RequestEdit edit) {
  return [edit = std::move(edit)]() -> CodecTamper {
    return [edit](const Request& request, Response& response, const AskReference& ask) {
      ask(request, response);
      if (!response.has_refused()) return;
      Request edited = request;
      edit(edited);
      response.Clear();
      ask(edited, response);
    };
  };
}

}  // namespace doublecheck::deviations
