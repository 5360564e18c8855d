#!/usr/bin/env node
// Drives Baileys, unmodified, for the suite; the contract is harness/iut/README.md. A rejection that
// the library leaves unhandled ends this process, as it would end an application: the suite sees it.
import { advanceClock } from './clock.mjs'; // before the library
import { Console } from 'node:console';
import { Agent } from 'node:https';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import * as baileys from 'baileys';
import pino from 'pino';

const { jidNormalizedUser, WAMessageStatus: Status } = baileys;
const protocolVersion = 1;
const capabilities = [
  'websocket', 'websocket_tls', 'trust_root', 'push_name', 'connect_timeout', 'keepalive',
  'qr_pairing', 'code_pairing', 'logout', 'send_text', 'receive_text', 'receipts', 'mark_read',
  'presence', 'groups', 'presence_of_others', 'advance_clock',
];
const receiptTypes = {
  [Status.SERVER_ACK]: 'server',
  [Status.DELIVERY_ACK]: 'delivered',
  [Status.READ]: 'read',
  [Status.PLAYED]: 'played',
};
// What the library may tell of a group: how the server names the change, and the one to false.
const groupChanges = {
  subject: ['subject'],
  desc: ['description'],
  announce: ['announcement', 'not_announcement'],
  restrict: ['locked', 'unlocked'],
  inviteCode: ['invite'],
  memberAddMode: ['member_add_mode'],
  joinApprovalMode: ['membership_approval_mode'],
};

// stdout belongs to the events; the Signal code below Baileys prints to the console.
globalThis.console = new Console(process.stderr, process.stderr);
const level = process.env.BAILEYS_LOG_LEVEL ?? 'warn';
const logger = pino({ level }, pino.destination({ fd: 2, sync: true }));

let settings; // of the library, and where its state is; set by `configure`
let stateDir;
let socket; // the library's, from the start of a connection to its end
let restarting; // a connection that is being started without a command
let qrShown = false; // on this connection: the server waits for a pairing
const writes = new Set(); // into stateDir, not finished yet

class Unsupported extends Error {}

function emit(event, fields) {
  process.stdout.write(`${JSON.stringify({ [event]: fields })}\n`);
}

function tracked(write) {
  writes.add(write);
  return write.finally(() => writes.delete(write));
}

async function flush() {
  while (writes.size > 0) await Promise.allSettled(writes);
}

const sent = new Map(); // messages
let sending; // settles when those that are under way are in `sent`
const chatAndId = ({ remoteJid, id }) => `${jidNormalizedUser(remoteJid)} ${id}`;

function connected() {
  if (!socket) throw new Error('not connected');
  return socket;
}

// Not socket.user: that stays what it was when the socket was made.
function me() {
  return socket?.authState.creds.me ?? {};
}

async function connect() {
  if (!settings) throw new Error('not configured');
  if (socket) throw new Error('connected already');
  await flush();
  const { state, saveCreds } = await baileys.useMultiFileAuthState(stateDir);
  const keys = { get: state.keys.get, set: (data) => tracked(state.keys.set(data)) };
  qrShown = false;
  socket = baileys.makeWASocket({ ...settings, logger, auth: { creds: state.creds, keys } });
  socket.ev.on('creds.update', () => tracked(saveCreds()));
  socket.ev.on('connection.update', onConnection);
  socket.ev.on('messages.upsert', onMessages);
  socket.ev.on('messages.update', onMessageUpdates);
  socket.ev.on('message-receipt.update', onGroupReceipts);
  socket.ev.on('presence.update', onPresence);
  socket.ev.on('groups.upsert', (groups) => groups.forEach((group) => onGroup(group, 'create')));
  socket.ev.on('groups.update', onGroupUpdates);
  socket.ev.on('group-participants.update', (update) => onGroup(update, update.action));
  socket.ev.on('group.join-request', onJoinRequest);
}

function onConnection({ connection, qr, isNewLogin, lastDisconnect }) {
  const { id: jid, lid } = me();
  qrShown ||= Boolean(qr);
  if (qr) emit('qr', { text: qr });
  if (isNewLogin) emit('paired', { jid, lid });
  if (connection === 'open') emit('open', { jid, lid });
  if (connection === 'close') {
    socket = undefined;
    const error = lastDisconnect?.error;
    const status = error?.output?.statusCode ?? 0;
    // Restarting after a pairing is what Baileys leaves to every application.
    const restart = status === baileys.DisconnectReason.restartRequired;
    emit('closed', { status, reason: error?.message ?? '', will_reconnect: restart });
    if (restart) restarting = connect();
  }
}

function onMessages({ messages, type }) {
  for (const { key, message, pushName, messageStubType, messageStubParameters } of messages) {
    const self = jidNormalizedUser(me().id);
    const sender = key.participant || (key.fromMe ? self : key.remoteJid);
    const origin = { chat: key.remoteJid, sender, id: key.id };
    const content = baileys.normalizeMessageContent(message);
    const text = content?.conversation ?? content?.extendedTextMessage?.text;
    if (messageStubType === baileys.WAMessageStubType.CIPHERTEXT) {
      emit('undecryptable', { ...origin, reason: messageStubParameters?.[0] });
    } else if (typeof text === 'string') {
      const about = { push_name: pushName, from_me: key.fromMe, chat_alt: jidNormalizedUser(key.remoteJidAlt) };
      emit('message', { ...origin, text, ...about, offline: type === 'append' });
    }
  }
}

function onMessageUpdates(updates) {
  for (const { key, update } of updates) {
    const about = { chat: jidNormalizedUser(key.remoteJid), id: key.id };
    if (update.status === Status.ERROR) {
      emit('rejected', { ...about, reason: update.messageStubParameters?.[0] });
    } else if (update.status in receiptTypes) {
      const from = key.participant || key.remoteJid;
      emit('receipt', { ...about, type: receiptTypes[update.status], from });
    }
  }
}

function onGroupReceipts(updates) {
  for (const { key, receipt } of updates) {
    const type = receipt.receiptTimestamp ? 'delivered' : 'read';
    emit('receipt', { chat: key.remoteJid, id: key.id, type, from: receipt.userJid });
  }
}

function onPresence({ id: chat, presences }) {
  for (const [user, presence] of Object.entries(presences)) {
    const { lastKnownPresence, lastSeen } = presence;
    const available = lastKnownPresence === 'available';
    // "paused" comes as "available", too; but only a presence has lastSeen, be it undefined.
    if ('lastSeen' in presence) emit('presence', { user, available, last_seen: lastSeen });
    else emit('chat_state', { chat, sender: user, state: available ? 'paused' : lastKnownPresence });
  }
}

function onGroup({ id: group, author: actor, participants = [] }, change) {
  emit('group_changed', { group, change, actor, participants: participants.map(({ id }) => id) });
}

function onGroupUpdates(updates) {
  for (const update of updates) {
    if (update.participants) continue; // all of a group, at the server's request: no change
    for (const [field, [change, toFalse = change]] of Object.entries(groupChanges)) {
      if (field in update) onGroup(update, update[field] === false ? toFalse : change);
    }
  }
}

function onJoinRequest({ participant: id, action, ...request }) {
  const verb = action === 'created' ? action : 'revoked';
  onGroup({ ...request, participants: [{ id }] }, `${verb}_membership_requests`);
}

const commands = {
  hello({ protocol }) {
    if (protocol !== protocolVersion) throw new Error(`only protocol ${protocolVersion} is spoken`);
    const { version } = createRequire(import.meta.url)('baileys/package.json');
    emit('ready', { protocol: protocolVersion, library: 'baileys', version, capabilities });
  },
  configure(wanted) {
    if (socket) throw new Error('connected');
    if (!wanted.state_dir) throw new Error('state_dir is missing');
    const { protocol } = new URL(wanted.url);
    if (!['ws:', 'wss:'].includes(protocol)) throw new Unsupported(`no transport ${protocol}`);
    const trustRoot = Buffer.from(wanted.trust_root_hex, 'hex');
    if (trustRoot.length !== 32) throw new Error('trust_root_hex is not 64 hexadecimal digits');
    baileys.WA_CERT_DETAILS.PUBLIC_KEY = trustRoot;
    stateDir = wanted.state_dir;
    // emitOwnEvents: what is sent from here is not a message that came.
    // The library asks every application for what it has sent, to send it again. Somebody may want
    // it again before the library has said that it was sent.
    const getMessage = async (key) => {
      await sending;
      return sent.get(chatAndId(key));
    };
    settings = { waWebSocketUrl: wanted.url, pushName: wanted.push_name, emitOwnEvents: false, getMessage };
    if (wanted.connect_timeout_ms) settings.connectTimeoutMs = wanted.connect_timeout_ms;
    if (wanted.keepalive_ms) settings.keepAliveIntervalMs = wanted.keepalive_ms;
    if (wanted.insecure_tls) settings.agent = new Agent({ rejectUnauthorized: false });
  },
  connect,
  async disconnect() {
    await restarting;
    await socket?.end(undefined);
  },
  exit: flush,
  async advance_clock({ ms }) {
    await advanceClock(ms);
  },
  async pair_code({ phone }) {
    if (!qrShown) throw new Error('not pairing: no qr has been shown');
    emit('pairing_code', { code: await connected().requestPairingCode(phone) });
  },
  logout: () => connected().logout(),
  async send_text({ to, text = '', message_id: messageId }) {
    const sendAndKeep = async () => {
      const message = await connected().sendMessage(to, { text }, messageId ? { messageId } : {});
      sent.set(chatAndId(message.key), message.message);
      return message.key.id;
    };
    const kept = sendAndKeep();
    sending = Promise.allSettled([sending, kept]);
    return { message_id: await kept };
  },
  async mark_read({ chat: remoteJid, sender, ids = [] }) {
    const participant = sender || undefined;
    await connected().readMessages(ids.map((id) => ({ remoteJid, participant, id })));
  },
  async send_presence({ type }) {
    // Without a name the library would do nothing and report success.
    if (!me().name) throw new Error('Baileys does not know its own name yet');
    await connected().sendPresenceUpdate(type);
  },
  async create_group({ subject, participants = [] }) {
    return { group: (await connected().groupCreate(subject, participants)).id };
  },
  async update_group({ group, action, participants = [] }) {
    const answers = await connected().groupParticipantsUpdate(group, participants, action);
    const refused = answers.find(({ status }) => status !== '200');
    if (refused) throw new Error(`${refused.jid} was refused: ${refused.status}`);
  },
  leave_group: ({ group }) => connected().groupLeave(group),
  subscribe_presence: ({ user }) => connected().presenceSubscribe(user),
  send_chat_state: ({ chat, state }) => connected().sendPresenceUpdate(state, chat),
};

function parse(line) {
  const { id, ...command } = JSON.parse(line) ?? {};
  const [name, ...others] = Object.keys(command);
  const valid = Number.isInteger(id) && id > 0 && name && others.length === 0;
  if (!valid) throw new Error('an id and one command are needed');
  return { id, name, fields: command[name] ?? {} };
}

async function execute({ id, name, fields }) {
  try {
    if (!Object.hasOwn(commands, name)) throw new Unsupported(`no command ${name}`);
    emit('done', { id, ...(await commands[name](fields)) });
  } catch (error) {
    const unsupported = error instanceof Unsupported;
    emit('failed', { id, reason: error?.message ?? String(error), unsupported });
  }
  if (name === 'exit') process.exit(0);
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue;
  let command;
  try {
    command = parse(line);
  } catch (error) {
    emit('error', { what: `not a command: ${error.message}` });
    continue;
  }
  void execute(command); // not awaited: a later command may end what this one waits for
}
await flush();
process.exit(0);
