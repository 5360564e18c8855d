#include "harness/iut/codec_operations.h"

#include <array>

#include "harness/iut/codec.pb.h"

namespace doublecheck::harness {
namespace {

constexpr auto kOperations = std::to_array<CodecOperation>({
    {codec::Request::kEncodeFrame, "encode_frame"},
    {codec::Request::kDecodeFrames, "decode_frames"},
    {codec::Request::kEncodePayload, "encode_payload"},
    {codec::Request::kDecodePayload, "decode_payload"},
    {codec::Request::kPublicKey, "public_key"},
    {codec::Request::kAgree, "agree"},
    {codec::Request::kSign, "sign"},
    {codec::Request::kVerify, "verify"},
    {codec::Request::kStartHandshake, "start_handshake"},
    {codec::Request::kFinishHandshake, "finish_handshake"},
    {codec::Request::kSeal, "seal"},
    {codec::Request::kOpen, "open"},
    {codec::Request::kCreateDevice, "create_device"},
    {codec::Request::kStartSession, "start_session"},
    {codec::Request::kEncrypt, "encrypt"},
    {codec::Request::kDecrypt, "decrypt"},
    {codec::Request::kCreateSenderKey, "create_sender_key"},
    {codec::Request::kTakeSenderKey, "take_sender_key"},
    {codec::Request::kEncryptForGroup, "encrypt_for_group"},
    {codec::Request::kDecryptFromGroup, "decrypt_from_group"},
    {codec::Request::kPad, "pad"},
    {codec::Request::kUnpad, "unpad"},
    {codec::Request::kPhash, "phash"},
    {codec::Request::kFormatQr, "format_qr"},
    {codec::Request::kParseQr, "parse_qr"},
    {codec::Request::kAcceptIdentity, "accept_identity"},
    {codec::Request::kVerifyIdentity, "verify_identity"},
    {codec::Request::kVerifyKeyIndexList, "verify_key_index_list"},
    {codec::Request::kUnwrapPairingKey, "unwrap_pairing_key"},
    {codec::Request::kDeriveKey, "derive_key"},
});

}  // namespace

std::span<const CodecOperation> codec_operations() { return kOperations; }

std::string_view codec_operation_name(int number) {
  if (number == codec::Request::kDescribe) return "describe";
  for (const CodecOperation& operation : kOperations) {
    if (operation.number == number) return operation.name;
  }
  return "unknown";
}

}  // namespace doublecheck::harness
