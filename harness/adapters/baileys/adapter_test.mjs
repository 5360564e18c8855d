// The adapter by itself: what it answers, and what it does when nobody answers it. Loopback only.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const adapterPath = fileURLToPath(new URL('adapter.mjs', import.meta.url));
const webSocketGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // RFC 6455
const introHeader = Buffer.from([0x57, 0x41, 0x06, 0x03]);
const limit = { timeout: 30_000 };
const user = '15550001112@s.whatsapp.net';
const group = '120363000000000001@g.us';
const onAConnection = [ // commands that need one
  ['pair_code', { phone: '15550001111' }],
  ['logout'],
  ['send_text', { to: user, text: 'hello' }],
  ['send_text', { to: group, text: 'hello' }],
  ['mark_read', { chat: group, sender: user, ids: ['1'] }],
  ['send_presence', { type: 'available' }],
  ['create_group', { subject: 'friends', participants: [user] }],
  ['update_group', { group, action: 'add', participants: [user] }],
  ['leave_group', { group }],
  ['subscribe_presence', { user }],
  ['send_chat_state', { chat: user, state: 'composing' }],
];

const stateDir = mkdtempSync(join(tmpdir(), 'doublecheck-baileys-'));
after(() => rmSync(stateDir, { recursive: true, force: true }));

// A running adapter: lines in, events out. It does not outlive its test.
class Adapter {
  #process = spawn(process.execPath, [adapterPath], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, BAILEYS_LOG_LEVEL: 'silent' },
  });
  #events = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  #lastId = 0;
  exited = new Promise((resolve) => {
    this.#process.on('exit', (code, signal) => resolve(code ?? signal));
  });

  constructor(t) {
    t.after(() => this.#process.kill('SIGKILL'));
  }

  write(line) {
    this.#process.stdin.write(`${line}\n`);
  }

  send(name, fields = {}) {
    this.write(JSON.stringify({ id: ++this.#lastId, [name]: fields }));
    return this.#lastId;
  }

  // The next event. Whatever else is on stdout fails the test here.
  async next() {
    const { value, done } = await this.#events.next();
    assert.ok(!done, 'the adapter ended');
    return JSON.parse(value);
  }

  // Sends a command and returns its answer: it must be the next event.
  async ask(name, fields) {
    const id = this.send(name, fields);
    const event = await this.next();
    const answer = event.done ?? event.failed;
    assert.equal(answer?.id, id, `${name} was answered by ${JSON.stringify(event)}`);
    return event;
  }

  configure(fields) {
    const trust_root_hex = '01'.repeat(32);
    return this.ask('configure', { trust_root_hex, state_dir: stateDir, push_name: 'alice', ...fields });
  }

  endInput() {
    this.#process.stdin.end();
    return this.exited;
  }
}

function listen(server) {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}

function switchToWebSocket(request, stream) {
  const key = request.headers['sec-websocket-key'];
  const accept = createHash('sha1').update(key + webSocketGuid).digest('base64');
  stream.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
}

async function closedPort() {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('hello is answered by ready and done', limit, async (t) => {
  const adapter = new Adapter(t);
  const id = adapter.send('hello', { protocol: 1 });
  const { ready } = await adapter.next();
  assert.equal(ready.protocol, 1);
  assert.equal(ready.library, 'baileys');
  assert.equal(ready.version, '7.0.0-rc14');
  for (const name of ['qr_pairing', 'groups', 'presence_of_others']) {
    assert.ok(ready.capabilities.includes(name), name);
  }
  assert.deepEqual(await adapter.next(), { done: { id } });
  assert.equal(await adapter.endInput(), 0);
});

test('another protocol version is refused', limit, async (t) => {
  const adapter = new Adapter(t);
  const { failed } = await adapter.ask('hello', { protocol: 2 });
  assert.ok(failed);
  assert.equal(failed.unsupported, false);
});

test('a malformed line is reported and the adapter goes on', limit, async (t) => {
  const adapter = new Adapter(t);
  const malformed = [
    '{', 'hello', '[]', '5', 'null', '{}', '{"id":1}', '{"hello":{"protocol":1}}',
    '{"id":0,"exit":{}}', '{"id":"1","exit":{}}', '{"id":1,"exit":{},"connect":{}}',
  ];
  for (const line of malformed) {
    adapter.write(line);
    const event = await adapter.next();
    assert.ok(event.error?.what, `${line} gave ${JSON.stringify(event)}`);
  }
  adapter.send('hello', { protocol: 1 });
  assert.ok((await adapter.next()).ready);
});

test('what the library cannot do is unsupported', limit, async (t) => {
  const adapter = new Adapter(t);
  for (const name of ['no_such_command', 'constructor']) {
    const { failed } = await adapter.ask(name);
    assert.equal(failed?.unsupported, true, name);
  }
  const { failed } = await adapter.configure({ url: 'tcp://127.0.0.1:1' });
  assert.equal(failed?.unsupported, true);
});

test('the library waits by a clock that can be moved', limit, async (t) => {
  const server = createServer();
  t.after(() => server.close());
  const greeted = new Promise((resolve) => {
    server.on('upgrade', (request, stream) => { // answers no hello, but hangs up when the library does
      stream.once('data', (hello) => {
        stream.once('data', () => stream.destroy());
        resolve(hello);
      });
      switchToWebSocket(request, stream);
    });
  });
  const adapter = new Adapter(t);
  const url = `ws://127.0.0.1:${await listen(server)}/ws/chat`;
  assert.ok((await adapter.configure({ url, connect_timeout_ms: 3_600_000 })).done);
  assert.ok((await adapter.ask('connect')).done);
  await greeted;
  assert.ok((await adapter.ask('advance_clock', { ms: 3_000_000 })).done);
  const id = adapter.send('advance_clock', { ms: 600_001 });
  const events = [await adapter.next(), await adapter.next()];
  assert.ok(events.some(({ closed }) => closed), JSON.stringify(events));
  assert.ok(events.some(({ done }) => done?.id === id), JSON.stringify(events));
});

test('commands that come too early fail, and may come again later', limit, async (t) => {
  const adapter = new Adapter(t);
  for (const [name, fields] of [['connect'], ...onAConnection]) {
    const { failed } = await adapter.ask(name, fields);
    assert.equal(failed?.unsupported, false, name);
  }
  assert.ok((await adapter.ask('disconnect')).done);
});

test('commands on a connection that is not open yet fail, whatever their arguments', limit, async (t) => {
  const server = createServer();
  t.after(() => server.close());
  const adapter = new Adapter(t);
  const url = `ws://127.0.0.1:${await listen(server)}/ws/chat`; // a server that answers nothing
  assert.ok((await adapter.configure({ url })).done);
  assert.ok((await adapter.ask('connect')).done);
  const senseless = [{}, { group: 5, user: 5, chat: 5 }, { participants: 'none', state: 'dancing' }];
  for (const [name, fields] of onAConnection.filter(([name]) => name !== 'logout')) {
    for (const tried of [fields, ...senseless]) {
      const { failed } = await adapter.ask(name, tried);
      assert.equal(failed?.unsupported, false, `${name} ${JSON.stringify(tried)}`);
    }
  }
});

test('a configuration that cannot be used fails', limit, async (t) => {
  const adapter = new Adapter(t);
  const url = 'ws://127.0.0.1:1/ws/chat';
  assert.ok((await adapter.configure({ url: 'nonsense' })).failed);
  assert.ok((await adapter.configure({ url, state_dir: '' })).failed);
  assert.ok((await adapter.configure({ url, trust_root_hex: '0102' })).failed);
  assert.ok((await adapter.configure({ url, trust_root_hex: 'x'.repeat(64) })).failed);
  assert.ok((await adapter.configure({ url })).done);
});

test('a closed port is reported as closed, each time', limit, async (t) => {
  const adapter = new Adapter(t);
  const url = `ws://127.0.0.1:${await closedPort()}/ws/chat`;
  assert.ok((await adapter.configure({ url })).done);
  for (let attempt = 0; attempt < 2; ++attempt) {
    assert.ok((await adapter.ask('connect')).done);
    const { closed } = await adapter.next();
    assert.equal(closed.status, 408);
    assert.match(closed.reason, /ECONNREFUSED/);
    assert.equal(closed.will_reconnect, false);
  }
});

test('the configured server is spoken to, and its hanging up is reported', limit, async (t) => {
  const server = createServer();
  t.after(() => server.close());
  const firstBytes = new Promise((resolve) => {
    server.on('upgrade', (request, stream) => {
      assert.equal(request.url, '/ws/chat');
      stream.on('data', (frame) => {
        stream.destroy();
        resolve(frame);
      });
      switchToWebSocket(request, stream);
    });
  });
  const adapter = new Adapter(t);
  const url = `ws://127.0.0.1:${await listen(server)}/ws/chat`;
  assert.ok((await adapter.configure({ url })).done);
  assert.ok((await adapter.ask('connect')).done);

  // A masked binary frame of fewer than 126 bytes: 2 bytes of header, then 4 of mask.
  const frame = await firstBytes;
  const mask = frame.subarray(2, 6);
  const intro = frame.subarray(6, 10).map((byte, i) => byte ^ mask[i]);
  assert.deepEqual(Buffer.from(intro), introHeader);

  const { closed } = await adapter.next();
  assert.equal(closed.status, 428);
  assert.equal(closed.will_reconnect, false);
});

test('disconnect closes, and is done after closed', limit, async (t) => {
  const server = createServer();
  t.after(() => server.close());
  const connection = new Promise((resolve) => {
    server.on('connection', (stream) => resolve(stream));
  });
  const adapter = new Adapter(t);
  const url = `ws://127.0.0.1:${await listen(server)}/ws/chat`; // a server that answers nothing
  assert.ok((await adapter.configure({ url })).done);
  assert.ok((await adapter.ask('connect')).done);
  assert.ok((await adapter.ask('connect')).failed, 'a second connection');
  await connection;
  const id = adapter.send('disconnect');
  const { closed } = await adapter.next();
  assert.equal(closed.will_reconnect, false);
  assert.deepEqual(await adapter.next(), { done: { id } });
});

test('exit is answered and ends the process with code 0', limit, async (t) => {
  const adapter = new Adapter(t);
  assert.ok((await adapter.ask('exit')).done);
  assert.equal(await adapter.exited, 0);
});

test('the end of input ends the process with code 0', limit, async (t) => {
  assert.equal(await new Adapter(t).endInput(), 0);
});
