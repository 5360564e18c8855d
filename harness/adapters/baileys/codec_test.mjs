// The codec by itself: how it answers good, bad and unknown requests.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const codecPath = fileURLToPath(new URL('codec.mjs', import.meta.url));
const limit = { timeout: 30_000 };
const language = new protobuf.Root();
language.loadSync(fileURLToPath(new URL('../../iut/codec.proto', import.meta.url)), { keepCase: true });
const Request = language.lookupType('doublecheck.codec.Request');
const Response = language.lookupType('doublecheck.codec.Response');

function framed(bytes) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

// The answers to all of these requests, written at once, and the exit code after them.
async function answers(requests) {
  const codec = spawn(process.execPath, [codecPath], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => codec.on('exit', (code, signal) => resolve(code ?? signal)));
  codec.stdin.end(Buffer.concat(requests.map((request) => framed(Request.encode(Request.fromObject(request)).finish()))));
  let output = Buffer.concat(await codec.stdout.toArray());
  const responses = [];
  while (output.length > 0) {
    const end = 4 + output.readUInt32BE(0);
    responses.push(Response.decode(output.subarray(4, end)));
    output = output.subarray(end);
  }
  return { responses, code: await exited };
}

test('describes itself, and ends with its input', limit, async () => {
  const { responses: [{ describe }], code } = await answers([{ describe: { protocol: 1 } }]);
  assert.equal(describe.library, 'Baileys');
  assert.ok(describe.operations.includes('decode_payload'));
  assert.equal(describe.jids_are_text, true);
  assert.equal(code, 0);
});

test('answers every request in order', limit, async () => {
  const payload = Buffer.from('00f801fc0178', 'hex');
  const { responses, code } = await answers([
    { decode_payload: { payload } }, { decode_payload: { payload: payload.subarray(0, 4) } }, { public_key: {} },
    { encode_payload: { node: { elements: [{ tag: 'x' }] } } },
  ]);
  assert.deepEqual(responses.map((response) => response.answer), ['decode_payload', 'refused', 'unsupported', 'encode_payload']);
  assert.equal(responses[0].decode_payload.elements[0].tag, 'x');
  assert.deepEqual(Buffer.from(responses[3].encode_payload.data), payload);
  assert.equal(code, 0);
});

test('gives back a node with everything in it', limit, async () => {
  const jid = { user: '15550001111', server: 'lid', device: 2 };
  const elements = [
    { tag: 'iq', attributes: [{ name: 'id', text: 'p1' }, { name: 'to', jid }], children: 2 },
    { tag: 'a', bytes: Buffer.from([0, 255]) },
    { tag: 'b', children: 0 },
  ];
  const { responses: [{ encode_payload: written }] } = await answers([{ encode_payload: { node: { elements } } }]);
  const { responses: [{ decode_payload: read }] } = await answers([{ decode_payload: { payload: written.data } }]);
  assert.equal(read.elements.length, 3);
  assert.equal(read.elements[0].attributes[1].text, '15550001111:2@lid');
  assert.deepEqual([...read.elements[1].bytes], [0, 255]);
});
