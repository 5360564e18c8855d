#!/usr/bin/env node
// Baileys, unmodified, as a codec: its functions behind harness/iut/codec.proto; the contract is in
// harness/iut/README.md. Everything is called as the library's own socket calls it.
import { Console } from 'node:console';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as baileys from 'baileys';
import pino from 'pino';
import protobuf from 'protobufjs';

const { Curve, DEFAULT_CONNECTION_CONFIG: defaults, WA_CERT_DETAILS, proto } = baileys;
const lengthSize = 4;
const ownJid = '15550000001:1@s.whatsapp.net'; // in whose name sender keys are kept

// stdout belongs to the responses; the Signal code below Baileys prints to the console.
globalThis.console = new Console(process.stderr, process.stderr);
const logger = pino({ level: process.env.BAILEYS_LOG_LEVEL ?? 'fatal' }, pino.destination({ fd: 2, sync: true }));

const language = new protobuf.Root();
language.loadSync(fileURLToPath(new URL('../../iut/codec.proto', import.meta.url)), { keepCase: true });
const Request = language.lookupType('doublecheck.codec.Request');
const Response = language.lookupType('doublecheck.codec.Response');

class Unsupported extends Error {}

// Absent fields read as their defaults.
const has = (message, field) => Object.hasOwn(message, field);

const handshakes = new Map(); // handle → the library's noise handler, and the keys of the handshake
const devices = new Map(); // handle → the library's signal repository

// ---- Keys

// The library is never given a private key without its public one, and has no function for it.
function keyPair(privateKey) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), privateKey]);
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return {
    private: Buffer.from(privateKey),
    public: Buffer.from(key.export({ format: 'der', type: 'spki' }).subarray(-32)),
  };
}

// ---- Nodes

function jidText(jid) {
  return baileys.jidEncode(jid.user, jid.server, jid.device || undefined);
}

// The node that begins at elements[at.next], as an application writes one.
function readNode(elements, at) {
  const element = elements[at.next++];
  const attrs = {};
  for (const attribute of element.attributes) {
    attrs[attribute.name] = attribute.jid ? jidText(attribute.jid) : attribute.text;
  }
  let content;
  if (element.content === 'children') {
    content = Array.from({ length: element.children }, () => readNode(elements, at));
  } else if (element.content === 'jid') {
    content = jidText(element.jid);
  } else if (element.content === 'bytes') {
    content = Buffer.from(element.bytes);
  } else if (element.content === 'text') {
    content = element.text;
  }
  return { tag: element.tag, attrs, content };
}

function writeNode(node, elements = []) {
  const element = {
    tag: node.tag,
    attributes: Object.entries(node.attrs).map(([name, text]) => ({ name, text })),
  };
  elements.push(element);
  if (Array.isArray(node.content)) {
    element.children = node.content.length;
    for (const child of node.content) writeNode(child, elements);
  } else if (typeof node.content === 'string') {
    element.text = node.content;
  } else if (node.content !== undefined) {
    element.bytes = node.content;
  }
  return elements;
}

// ---- Noise

function noiseHandler(pair, intro, routingInfo) {
  return baileys.makeNoiseHandler({ keyPair: pair, NOISE_HEADER: intro, logger, routingInfo });
}

function handshake(handle) {
  const found = handshakes.get(handle);
  if (!found) throw new Error('no such handshake');
  return found;
}

// ---- End-to-end encryption

// What the library keeps its keys in, in memory.
function keyStore() {
  const values = new Map();
  return {
    get: async (type, ids) =>
      Object.fromEntries(ids.filter((id) => values.has(`${type}/${id}`)).map((id) => [id, values.get(`${type}/${id}`)])),
    set: async (data) => {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries)) {
          if (value === null) values.delete(`${type}/${id}`);
          else values.set(`${type}/${id}`, value);
        }
      }
    },
  };
}

function device(handle) {
  const found = devices.get(handle);
  if (!found) throw new Error('no such device');
  return found;
}

function signed(prekey, identity) {
  const pair = keyPair(prekey.private_key);
  const signature = Curve.sign(identity.private, baileys.generateSignalPubKey(pair.public));
  return { keyPair: pair, signature, keyId: prekey.id };
}

const operations = {
  // ---- Frames

  encode_frame(request) {
    const { payload, first } = request;
    const routingInfo = has(request, 'routing_info') ? Buffer.from(request.routing_info) : undefined;
    const noise = noiseHandler(Curve.generateKeyPair(), baileys.NOISE_WA_HEADER, routingInfo);
    // The library puts the intro in front of the first frame of a connection by itself.
    if (!first) noise.encodeFrame(Buffer.alloc(0));
    return { data: noise.encodeFrame(payload) };
  },

  async decode_frames({ chunks }) {
    const noise = noiseHandler(Curve.generateKeyPair(), baileys.NOISE_WA_HEADER);
    const complete = [];
    for (const chunk of chunks) {
      const frames = [];
      await noise.decodeFrame(chunk, (frame) => frames.push(frame));
      complete.push({ frames });
    }
    return { chunks: complete };
  },

  // ---- Nodes

  encode_payload({ node }) {
    return { data: baileys.encodeBinaryNode(readNode(node.elements, { next: 0 })) };
  },

  async decode_payload({ payload }) {
    return { elements: writeNode(await baileys.decodeBinaryNode(Buffer.from(payload))) };
  },

  // ---- Keys and signatures

  agree({ private_key: own, public_key: peer }) {
    return { data: Curve.sharedKey(own, peer) };
  },

  derive_key({ input, salt, info, size }) {
    return { data: baileys.hkdf(input, size, { salt: Buffer.from(salt), info: Buffer.from(info).toString() }) };
  },

  sign({ private_key: key, message }) {
    return { data: Curve.sign(key, message) };
  },

  verify({ public_key: key, message, signature }) {
    return { valid: Curve.verify(key, message, signature) };
  },

  // ---- Noise

  start_handshake(request) {
    if (has(request, 'server_static_key')) throw new Unsupported('the library does not resume');
    const ephemeral = has(request, 'ephemeral_private_key')
      ? keyPair(request.ephemeral_private_key)
      : Curve.generateKeyPair();
    const noise = noiseHandler(ephemeral, request.intro);
    // Documented as the place of the key; see README.md.
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(request.trust_root);
    handshakes.set(request.handshake, {
      noise, staticKey: keyPair(request.static_private_key), payload: request.payload,
    });
    const hello = proto.HandshakeMessage.fromObject({ clientHello: { ephemeral: ephemeral.public } });
    return { data: proto.HandshakeMessage.encode(hello).finish() };
  },

  async finish_handshake({ handshake: handle, server_hello: serverHello }) {
    const { noise, staticKey, payload } = handshake(handle);
    const message = proto.HandshakeMessage.decode(serverHello);
    const keyEnc = noise.processHandshake(message, staticKey);
    const payloadEnc = noise.encrypt(payload);
    await noise.finishInit();
    const finish = proto.HandshakeMessage.encode({ clientFinish: { static: keyEnc, payload: payloadEnc } }).finish();
    return { data: finish };
  },

  seal({ handshake: handle, plaintext }) {
    return { data: handshake(handle).noise.encrypt(plaintext) };
  },

  open({ handshake: handle, ciphertext }) {
    return { data: handshake(handle).noise.decrypt(ciphertext) };
  },

  // ---- End-to-end encryption

  async create_device(request) {
    if (request.signed_prekeys.length !== 1) throw new Unsupported('the library keeps one signed prekey');
    const identity = keyPair(request.identity_private_key);
    const signedPreKey = signed(request.signed_prekeys[0], identity);
    const creds = {
      ...baileys.initAuthCreds(), signedIdentityKey: identity, signedPreKey, registrationId: request.registration_id,
    };
    const keys = baileys.addTransactionCapability(keyStore(), logger, defaults.transactionOpts);
    const oneTime = request.one_time_prekeys.map((prekey) => ({ id: prekey.id, pair: keyPair(prekey.private_key) }));
    await keys.set({ 'pre-key': Object.fromEntries(oneTime.map(({ id, pair }) => [id, pair])) });
    const repository = defaults.makeSignalRepository({ creds, keys }, logger, async () => undefined);
    devices.set(request.device, repository);
    const bundle = {
      registration_id: request.registration_id,
      identity_key: identity.public,
      signed_prekey: {
        id: signedPreKey.keyId, public_key: signedPreKey.keyPair.public, signature: signedPreKey.signature,
      },
    };
    if (oneTime.length > 0) bundle.one_time_prekey = { id: oneTime[0].id, public_key: oneTime[0].pair.public };
    return bundle;
  },

  async start_session({ device: handle, peer, bundle }) {
    const prekey = (key) => key && {
      keyId: key.id, publicKey: baileys.generateSignalPubKey(Buffer.from(key.public_key)),
      signature: key.signature && Buffer.from(key.signature),
    };
    await device(handle).injectE2ESession({
      jid: peer,
      session: {
        registrationId: bundle.registration_id,
        identityKey: baileys.generateSignalPubKey(Buffer.from(bundle.identity_key)),
        signedPreKey: prekey(bundle.signed_prekey),
        preKey: prekey(bundle.one_time_prekey),
      },
    });
    return {};
  },

  async encrypt({ device: handle, peer, plaintext }) {
    const { type, ciphertext } = await device(handle).encryptMessage({ jid: peer, data: Buffer.from(plaintext) });
    return { type, data: ciphertext };
  },

  async decrypt({ device: handle, peer, type, data }) {
    return { data: await device(handle).decryptMessage({ jid: peer, type, ciphertext: Buffer.from(data) }) };
  },

  async create_sender_key({ device: handle, group }) {
    return { data: await device(handle).getSenderKeyDistributionMessage({ group, meId: ownJid }) };
  },

  async take_sender_key({ device: handle, group, sender, data }) {
    const item = { groupId: group, axolotlSenderKeyDistributionMessage: Buffer.from(data) };
    await device(handle).processSenderKeyDistributionMessage({ item, authorJid: sender });
    return {};
  },

  async encrypt_for_group({ device: handle, group, plaintext }) {
    const { ciphertext } = await device(handle).encryptGroupMessage({ group, meId: ownJid, data: Buffer.from(plaintext) });
    return { data: ciphertext };
  },

  async decrypt_from_group({ device: handle, group, sender, data }) {
    return { data: await device(handle).decryptGroupMessage({ group, authorJid: sender, msg: Buffer.from(data) }) };
  },

  // ---- What is encrypted

  pad({ data }) {
    return { data: baileys.writeRandomPadMax16(data) };
  },

  unpad({ data }) {
    return { data: baileys.unpadRandomMax16(data) };
  },

  phash({ devices: jids }) {
    return { text: baileys.generateParticipantHashV2(jids.map(jidText)) };
  },

  // ---- Pairing

  format_qr({ qr }) {
    const base64 = (bytes) => Buffer.from(bytes).toString('base64');
    const keys = [base64(qr.noise_key), base64(qr.identity_key), base64(qr.adv_secret)];
    return { text: baileys.buildPairingQRData(qr.ref, ...keys, defaults.browser) };
  },

  // As the library's socket does it, in a function that is not exported.
  async unwrap_pairing_key({ code, wrapped }) {
    const secret = await baileys.derivePairingCodeKey(code, wrapped.slice(0, 32));
    return { data: baileys.aesDecryptCTR(wrapped.slice(48, 80), secret, wrapped.slice(32, 48)) };
  },

  accept_identity({ container, adv_secret: secret, identity_private_key: identity }) {
    const stanza = {
      tag: 'iq',
      attrs: { id: '1' },
      content: [{
        tag: 'pair-success',
        attrs: {},
        content: [
          { tag: 'device-identity', attrs: {}, content: Buffer.from(container) },
          { tag: 'device', attrs: { jid: ownJid, lid: '915550000001:1@lid' } },
        ],
      }],
    };
    const { reply } = baileys.configureSuccessfulPairing(stanza, {
      advSecretKey: Buffer.from(secret).toString('base64'), signedIdentityKey: keyPair(identity), signalIdentities: [],
    });
    const sign = baileys.getBinaryNodeChild(reply, 'pair-device-sign');
    const answer = baileys.getBinaryNodeChild(sign, 'device-identity');
    return { device_identity: answer.content, key_index: Number(answer.attrs['key-index']) };
  },
};

function describe() {
  return {
    library: 'Baileys',
    version: createRequire(import.meta.url)('baileys/package.json').version,
    operations: Object.keys(operations),
    jids_are_text: true,
  };
}

async function respond(bytes) {
  const request = Request.decode(bytes);
  const { operation } = request;
  if (operation === 'describe') return { describe: describe() };
  if (!operations[operation]) return { unsupported: { reason: `the library has no ${operation}` } };
  try {
    return { [operation]: await operations[operation](request[operation]) };
  } catch (error) {
    if (error instanceof Unsupported) return { unsupported: { reason: error.message } };
    return { refused: { reason: String(error?.message ?? error) } };
  }
}

function write(bytes) {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

let unread = Buffer.alloc(0);
const chunks = [];
let buffered = 0;
for await (const chunk of process.stdin) {
  chunks.push(chunk);
  buffered += chunk.length;
  const known = unread.length >= lengthSize ? unread.readUInt32BE(0) : 0;
  if (unread.length + buffered < lengthSize + known) continue; // copied once, when it is whole
  unread = Buffer.concat([unread, ...chunks.splice(0)]);
  buffered = 0;
  while (unread.length >= lengthSize && unread.length >= lengthSize + unread.readUInt32BE(0)) {
    const end = lengthSize + unread.readUInt32BE(0);
    const response = Buffer.from(Response.encode(Response.fromObject(await respond(unread.subarray(lengthSize, end)))).finish());
    const length = Buffer.alloc(lengthSize);
    length.writeUInt32BE(response.length);
    write(Buffer.concat([length, response]));
    unread = unread.subarray(end);
  }
}
