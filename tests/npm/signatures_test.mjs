// 10,000 payloads of random text, all of Unicode among it, that the host's code signs and that others verify: v1 by
// `standardwebhooks` and `svix`, v1a by Node's crypto. The seed is printed; PATCHBAY_SEED repeats a run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { makeKeyPair, makeSymmetricKey, verifyAsymmetric } from './keys.mjs';

const count = 10_000;
const seed = Number(process.env.PATCHBAY_SEED ?? randomInt(2 ** 31));
console.log(`signatures: PATCHBAY_SEED=${seed}`);

// Numbers in [0, below) that follow from the seed (the generator of Knuth's MMIX).
let state = BigInt(seed);
function random(below) {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
  return Number((state >> 33n) % BigInt(below));
}

// Every scalar value of Unicode once, over all payloads, and as many more at random.
const scalars = 0x110000 - 0x800;
const scalar = (index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800);
function text(number) {
  const [from, to] = [number, number + 1].map((edge) => Math.floor((edge * scalars) / count));
  let characters = '';
  for (let index = from; index < to; ++index) characters += scalar(index);
  for (let more = random(200); more > 0; --more) characters += scalar(random(scalars));
  return characters;
}

// What the program says to these lines.
function signed(lines) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.env.PATCHBAY_SIGNER, { stdio: ['pipe', 'pipe', 'inherit'] });
    const parts = [];
    child.stdout.on('data', (part) => parts.push(part));
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(parts).toString().trimEnd().split('\n')));
    child.stdin.end(lines.join('\n') + '\n');
  });
}

test('10,000 payloads are verified by others, and none that was changed', async () => {
  const keys = Array.from({ length: 8 }, makeSymmetricKey);
  const pairs = Array.from({ length: 8 }, makeKeyPair);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const payloads = Array.from({ length: count }, (_, number) => ({
    id: `event_${random(2 ** 31)}`, body: JSON.stringify({ text: text(number) }), key: keys[random(8)], pair: pairs[random(8)],
  }));
  const lines = payloads.flatMap(({ id, body, key, pair }) => {
    const message = Buffer.from(`${id}.${timestamp}.${body}`).toString('base64');
    return [`${key} ${message}`, `${pair.privateKey} ${message}`];
  });
  const signatures = await signed(lines);
  assert.equal(signatures.length, 2 * count);
  for (const [number, { id, body, key, pair }] of payloads.entries()) {
    const [v1, v1a] = signatures.slice(2 * number, 2 * number + 2);
    assert.match(v1, /^v1,/);
    assert.match(v1a, /^v1a,/);
    const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `${v1} ${v1a}` };
    assert.doesNotThrow(() => new StandardWebhook(key).verify(body, headers), `standardwebhooks, payload ${number}`);
    assert.doesNotThrow(() => new SvixWebhook(key).verify(body, headers), `svix, payload ${number}`);
    assert.ok(verifyAsymmetric(pair.publicKey, headers, Buffer.from(body)), `crypto, payload ${number}`);
    if (number % 10 !== 0) continue;
    // One byte of the body or one character of the id is another.
    const bytes = Buffer.from(body);
    bytes[random(bytes.length)] ^= 1 << random(8);
    const other = { ...headers, 'webhook-id': id + random(10) };
    for (const [what, head, content] of [['the body', headers, bytes], ['the id', other, Buffer.from(body)]]) {
      assert.throws(() => new StandardWebhook(key).verify(content, head), /signature/, `${what} of payload ${number}`);
      assert.throws(() => new SvixWebhook(key).verify(content, head), /signature/, `${what} of payload ${number}`);
      assert.ok(!verifyAsymmetric(pair.publicKey, head, content), `${what} of payload ${number}`);
    }
  }
});
