#!/usr/bin/env node
// Signal's own library as a black box: one request as JSON in a line, one answer as JSON in a line.
// Bytes are hexadecimal. One device with one peer; `identity` starts anew. What it refuses is
// answered by {"error": the name of its error code, "message"}.
import { createInterface } from 'node:readline';
import * as signal from '@signalapp/libsignal-client';
import { Device } from './device.mjs';

const hex = (bytes) => bytes.toString('hex');
const bytes = (text) => Buffer.from(text, 'hex');
const key = (text) => signal.PublicKey.deserialize(bytes(text));
const peer = signal.ProtocolAddress.new('peer', 1);
const own = signal.ProtocolAddress.new('own', 1);

let device = new Device();
let lastPrekey = 0;

const operations = {
  identity() {
    device = new Device();
    return { key: hex(device.identities.key.getPublicKey().serialize()) };
  },

  // Fresh prekeys, as a server would hand them out.
  async bundle({ with_one_time_prekey: withOneTime }) {
    const id = ++lastPrekey;
    const prekey = signal.PrivateKey.generate();
    const publicKey = prekey.getPublicKey();
    const signature = device.identities.key.sign(publicKey.serialize());
    await device.signed.saveSignedPreKey(
      id, signal.SignedPreKeyRecord.new(id, 0, publicKey, prekey, signature));
    const bundle = {
      registration_id: device.identities.registrationId,
      identity_key: hex(device.identities.key.getPublicKey().serialize()),
      signed_prekey: { id, key: hex(publicKey.serialize()), signature: hex(signature) },
    };
    if (withOneTime) {
      const oneTime = signal.PrivateKey.generate();
      await device.oneTime.savePreKey(
        id, signal.PreKeyRecord.new(id, oneTime.getPublicKey(), oneTime));
      bundle.one_time_prekey = { id, key: hex(oneTime.getPublicKey().serialize()) };
    }
    return bundle;
  },

  async process_bundle({ registration_id: registrationId, identity_key: identityKey,
    signed_prekey: signed, one_time_prekey: oneTime }) {
    await signal.processPreKeyBundle(
      signal.PreKeyBundle.new(
        registrationId, 1, oneTime?.id ?? null, oneTime ? key(oneTime.key) : null, signed.id,
        key(signed.key), bytes(signed.signature), key(identityKey)),
      peer, device.sessions, device.identities);
    return {};
  },

  async encrypt({ plaintext }) {
    const message = await signal.signalEncrypt(
      bytes(plaintext), peer, device.sessions, device.identities);
    const type = message.type() === signal.CiphertextMessageType.PreKey ? 'pkmsg' : 'msg';
    return { type, bytes: hex(message.serialize()) };
  },

  async decrypt({ type, bytes: encoded }) {
    const plaintext = type === 'pkmsg'
      ? await signal.signalDecryptPreKey(
        signal.PreKeySignalMessage.deserialize(bytes(encoded)), peer, device.sessions,
        device.identities, device.oneTime, device.signed)
      : await signal.signalDecrypt(
        signal.SignalMessage.deserialize(bytes(encoded)), peer, device.sessions,
        device.identities);
    return { plaintext: hex(plaintext) };
  },

  // Everything that a message could change, to be compared only.
  state() {
    const record = device.sessions.records.get(peer.toString());
    return { session: record ? hex(record.serialize()) : '', prekeys: [...device.oneTime.records.keys()],
      groups: [...device.groups.records.values()].map((group) => hex(group.serialize())) };
  },

  // Its messages of groups name a distribution id beside the key id, which the protocol of this
  // suite does not have: both forms are told in their parts.
  async distribute({ group }) {
    const message = await signal.SenderKeyDistributionMessage.create(own, group, device.groups);
    const encoded = message.serialize();
    const signingKey = encoded.subarray(-33);  // the last field
    const again = signal.SenderKeyDistributionMessage._new(
      3, group, message.chainId(), message.iteration(), message.chainKey(),
      signal.PublicKey.deserialize(signingKey));
    if (!again.serialize().equals(encoded)) throw new Error('the signing key is not the last field');
    return { key_id: message.chainId(), iteration: message.iteration(),
      chain_key: hex(message.chainKey()), signing_key: hex(signingKey) };
  },

  async process_distribution({ group, key_id: keyId, iteration, chain_key: chainKey,
    signing_key: signingKey }) {
    const message = signal.SenderKeyDistributionMessage._new(
      3, group, keyId, iteration, bytes(chainKey), key(signingKey));
    await signal.processSenderKeyDistributionMessage(
      peer, signal.SenderKeyDistributionMessage.deserialize(message.serialize()), device.groups);
    return {};
  },

  async group_encrypt({ group, plaintext }) {
    const encoded = (await signal.groupEncrypt(own, group, device.groups, bytes(plaintext))).serialize();
    const message = signal.SenderKeyMessage.deserialize(encoded);
    return { bytes: hex(encoded), key_id: message.chainId(), iteration: message.iteration(),
      ciphertext: hex(message.ciphertext()) };
  },

  // A message in the library's form, without the signature.
  group_message({ group, key_id: keyId, iteration, ciphertext }) {
    const message = signal.SenderKeyMessage._new(
      3, group, keyId, iteration, bytes(ciphertext), signal.PrivateKey.generate());
    return { bytes: hex(message.serialize().subarray(0, -64)) };
  },

  async group_decrypt({ bytes: encoded }) {
    return { plaintext: hex(await signal.groupDecrypt(peer, device.groups, bytes(encoded))) };
  },

  sign({ message }) { return { signature: hex(device.identities.key.sign(bytes(message))) }; },
  verify({ key: signer, message, signature }) {
    return { valid: key(signer).verify(bytes(message), bytes(signature)) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...request } = JSON.parse(line);
  let answer;
  try {
    answer = await operations[op](request);
  } catch (error) {
    answer = { error: signal.ErrorCode[error.code] ?? 'Other', message: String(error.message) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
