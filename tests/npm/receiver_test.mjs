// The receiver that the tests trust refuses what it must refuse. Its deliveries are signed by `standardwebhooks`, by
// `svix` and by Node's crypto, not by Patchbay.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPrivateKey, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { makeKeyPair, makeSymmetricKey } from './keys.mjs';
import { schemaFolder } from './schemas.mjs';

const folder = mkdtempSync(join(tmpdir(), 'patchbay-receiver-'));
const running = [];
after(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function start(keys, answers = []) {
  const log = join(folder, `${running.length}.jsonl`);
  const program = fileURLToPath(new URL('receiver.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, ...keys.flatMap((key) => ['--key', key]), '--log', log,
    '--answers', JSON.stringify(answers)], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const [line] = await once(createInterface(child.stdout), 'line', { signal: AbortSignal.timeout(60_000) });
  const lines = () => readFileSync(log, 'utf8').trim().split('\n').map((text) => JSON.parse(text));
  return { url: line.replace('listening on ', ''), lines };
}

const body = readFileSync(join(schemaFolder, 'examples/contact.created.json'), 'utf8');
const { id } = JSON.parse(body);
const symmetric = makeSymmetricKey();
const other = makeSymmetricKey();
const pair = makeKeyPair();

function signatureOf(key, at, text = body, messageId = id) {
  if (!key.startsWith('whsk_')) return new StandardWebhook(key).sign(messageId, at, text);
  const seed = Buffer.from(key.slice('whsk_'.length), 'base64');
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex'); // RFC 8410, PKCS#8 around the seed
  const privateKey = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' });
  const signed = Buffer.from(`${messageId}.${Math.floor(at / 1000)}.${text}`);
  return 'v1a,' + sign(null, signed, privateKey).toString('base64');
}

function headersFor(keys, { at = new Date(), text = body, messageId = id } = {}) {
  return {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'user-agent': 'Patchbay/0.1.0',
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': keys.map((key) => signatureOf(key, at, text, messageId)).join(' '),
  };
}

// Each request has a connection of its own: one that is kept may be closed by the other end just as it is used again.
function ask(url, { method = 'GET', headers = {}, text } = {}) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false, timeout: 20_000 }, async (response) => {
      const parts = [];
      for await (const part of response) parts.push(part);
      resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() });
    });
    request.on('timeout', () => request.destroy(new Error('the receiver did not answer within 20 s')));
    request.on('error', reject);
    request.end(text);
  });
}

async function post(url, headers, text = body) {
  const answer = await ask(url, { method: 'POST', headers, text });
  return [answer.status, answer.text];
}

test('a good delivery is applied once, however often it comes', async () => {
  const { url, lines } = await start([symmetric]);
  for (let i = 0; i < 3; ++i) assert.equal((await post(url, headersFor([symmetric])))[0], 204);
  assert.deepEqual(lines().map((line) => [line.applied, line.duplicate]), [[true, false], [false, true], [false, true]]);
  assert.deepEqual(JSON.parse((await ask(`${url}/summary`)).text),
    { requests: 3, applied: 1, duplicates: 2, refused: 0, malformed: 0 });
});

test('svix and standardwebhooks agree on a signature', () => {
  const at = new Date(1_800_000_000_000);
  assert.equal(new SvixWebhook(symmetric).sign(id, at, body), signatureOf(symmetric, at));
});

test('every key must have signed, in either scheme', async () => {
  const { url } = await start([symmetric, other, pair.publicKey]);
  const cases = [
    ['all three', [symmetric, other, pair.privateKey], 204],
    ['in another order', [pair.privateKey, symmetric, other], 204],
    ['one HMAC key is missing', [symmetric, pair.privateKey], 401],
    ['the Ed25519 key is missing', [symmetric, other], 401],
    ['another Ed25519 key', [symmetric, other, makeKeyPair().privateKey], 401],
    ['none', [], 401],
  ];
  for (const [what, keys, status] of cases) assert.equal((await post(url, headersFor(keys)))[0], status, what);
});

test('what was signed and then changed is refused', async () => {
  const { url, lines } = await start([symmetric, pair.publicKey]);
  const good = () => headersFor([symmetric, pair.privateKey]);
  const hour = 3_600_000;
  const cases = [
    ['the body', good(), body.replace('Kasia', 'Basia')],
    ['the id', { ...good(), 'webhook-id': 'event_99' }, body],
    ['the time', { ...good(), 'webhook-timestamp': String(Math.floor(Date.now() / 1000) + 2) }, body],
    ['an hour passed', headersFor([symmetric, pair.privateKey], { at: new Date(Date.now() - hour) }), body],
  ];
  for (const [what, headers, text] of cases) assert.equal((await post(url, headers, text))[0], 401, what);
  assert.ok(lines().every((line) => line.mistakes.length > 0 && !line.applied));
});

test('a signed body that is no event of ours is answered 400', async () => {
  const { url } = await start([symmetric]);
  const without = (field) => JSON.stringify({ ...JSON.parse(body), [field]: undefined });
  const cases = [
    ['no object', '[]'],
    ['no specversion', without('specversion')],
    ['no sequence', without('sequence')],
    ['an unknown type', body.replaceAll('contact.created', 'contact.invented')],
  ];
  for (const [what, text] of cases) {
    const [status] = await post(url, headersFor([symmetric], { text }), text);
    assert.equal(status, 400, what);
  }
  const plain = { ...headersFor([symmetric]), 'content-type': 'application/json' };
  assert.equal((await post(url, plain))[0], 400);
  const foreign = headersFor([symmetric], { messageId: 'event_99' });
  assert.match((await post(url, foreign))[1], /webhook-id event_99 is not the event's/);
});

test('the script decides how good deliveries are answered, and what failed is not applied', async () => {
  const script = [{ status: 503, headers: { 'retry-after': '7' }, body: 'later' }, { drop: true }, { status: 410 }];
  const { url, lines } = await start([symmetric], script);
  const first = await ask(url, { method: 'POST', headers: headersFor([symmetric]), text: body });
  assert.deepEqual([first.status, first.headers['retry-after'], first.text], [503, '7', 'later']);
  await assert.rejects(post(url, headersFor([symmetric])));
  assert.equal((await post(url, headersFor([symmetric])))[0], 410);
  assert.equal((await post(url, headersFor([symmetric])))[0], 204);
  assert.deepEqual(lines().map((line) => line.applied), [false, false, false, true]);
});
