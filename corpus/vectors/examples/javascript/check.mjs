// Loads the vectors of key derivation and key agreement, and checks what Node.js makes of them.
import { createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const bytes = (hex) => Buffer.from(hex, 'hex');
const privateKey = (hex) => createPrivateKey({ key: bytes(`302e020100300506032b656e04220420${hex}`), format: 'der', type: 'pkcs8' });
const publicKey = (hex) => createPublicKey({ key: bytes(`302a300506032b656e032100${hex}`), format: 'der', type: 'spki' });
const operations = {
  derive_key: ({ input, salt, info, size }) =>
    ({ key: Buffer.from(hkdfSync('sha256', bytes(input), bytes(salt), bytes(info), size)).toString('hex') }),
  agree: ({ private_key: own, public_key: peer }) =>
    ({ secret: diffieHellman({ privateKey: privateKey(own), publicKey: publicKey(peer) }).toString('hex') }),
  public_key: ({ private_key: own }) =>
    ({ public_key: createPublicKey(privateKey(own)).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex') }),
};

const lines = ['key-derivation', 'key-agreement'].flatMap((layer) =>
  readFileSync(join(process.argv[2], `${layer}.jsonl`), 'utf8').trimEnd().split('\n'));
let failures = 0;
for (const vector of lines.map((line) => JSON.parse(line))) {
  let answer = null; // refused
  try { answer = operations[vector.operation](vector.input); } catch { /* as it may be right */ }
  if (JSON.stringify(answer) === JSON.stringify(vector.output)) continue;
  failures += 1;
  console.log(`${vector.id}: ${JSON.stringify(answer)}, not ${JSON.stringify(vector.output)}`);
}
console.log(`${lines.length} vectors checked, ${failures} failures`);
process.exitCode = failures > 0 || lines.length === 0 ? 1 : 0;
