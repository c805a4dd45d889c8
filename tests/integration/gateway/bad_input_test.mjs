// What strangers, mistakes and providers send that is no message: each is answered as documented, and nothing is kept
// that should not be, nor lost that should be kept.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { call, fixtureNumbers, Gateway, until } from './gateway.mjs';
import { message } from './load.mjs';
import { Receiver } from './receiver.mjs';

let gateway, receiver;
before(async () => {
  receiver = await Receiver.start();
  gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
});
after(async () => {
  await gateway.stop();
  await receiver.stop();
});
const forged = () => gateway.metric('requests_forged_total', '{channel="whatsapp"}');
const stored = async () => {
  const { interactions, contacts, quarantined, parked } = await gateway.status();
  return { interactions, contacts, quarantined, parked };
};

// Sends bytes as they are and returns all that comes back until the gateway ends the connection.
function raw(bytes) {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(new URL(gateway.public).port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (part) => (said += part)).on('error', () => {}).on('close', () => resolve(said));
  });
}

test('a request that is not signed, or not by the secret, is answered 401, counted, and leaves nothing', async () => {
  const body = JSON.stringify(message(1, 1));
  const good = gateway.sign(body);
  const cases = [
    ['no signature', null],
    ['an empty one', ''],
    ['of another body', gateway.sign(body + ' ')],
    ['one digit off', good.slice(0, -1) + (good.endsWith('0') ? '1' : '0')],
    ['cut short', good.slice(0, -2)],
    ['without its prefix', good.slice('sha256='.length)],
    ['under the older scheme', good.replace('sha256=', 'sha1=')],
    ['no hexadecimal', 'sha256=' + 'z'.repeat(64)],
  ];
  const before = await stored();
  const counted = await forged();
  for (const [what, signature] of cases) assert.equal((await gateway.post(body, { signature })).status, 401, what);
  assert.deepEqual(await stored(), before);
  assert.equal(await forged(), counted + cases.length);
  assert.equal((await gateway.status()).channels[0].refused, counted + cases.length);
  assert.equal((await receiver.summary()).requests, 0);
  assert.equal((await gateway.post(body)).status, 200, 'the body itself is good');
});

test('a path that is nobody\'s is answered 404', async () => {
  for (const path of ['/', '/hooks', '/hooks/', '/hooks/telegram', '/hooks/whatsappx', '/whatsapp', '/hooks/../hooks/telegram'])
    assert.equal((await gateway.post('{}', { path })).status, 404, path);
});

test('Meta\'s question by GET is answered with the challenge, and with 403 when the token is another', async () => {
  const ask = (query) => call(`${gateway.public}/hooks/whatsapp?${query}`);
  const token = encodeURIComponent('a token of our own');
  const right = await ask(`hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`);
  assert.deepEqual([right.status, right.body], [200, '1158201444']);
  for (const query of ['hub.mode=subscribe&hub.challenge=1&hub.verify_token=another', 'hub.mode=subscribe&hub.challenge=1',
    `hub.mode=subscribe&hub.challenge=1&hub.verify_token=${token}x`])
    assert.equal((await ask(query)).status, 403, query);
});

test('a body over the limit is answered 413, and one below it is read', async () => {
  const before = await stored();
  const limit = 4 << 20;
  const head = 'POST /hooks/whatsapp HTTP/1.1\r\nhost: hooks.example\r\n';
  assert.match(await raw(`${head}content-length: ${limit + 1}\r\n\r\n`), /^HTTP\/1\.1 413 /, 'announced');
  const chunk = `${limit.toString(16)}\r\n${'x'.repeat(limit)}\r\n1\r\n`;
  assert.match(await raw(`${head}transfer-encoding: chunked\r\n\r\n${chunk}`), /^HTTP\/1\.1 413 /, 'in pieces');
  assert.deepEqual(await stored(), before);
  // Meta announces up to 3 MB.
  const large = message(2, 1);
  large.entry[0].changes[0].value.messages[0].unknown = 'x'.repeat(3_000_000);
  assert.equal((await gateway.post(large)).status, 200);
  assert.equal((await stored()).interactions, before.interactions + 1);
});

test('a head over the limit is answered 431', async () => {
  const { status } = await gateway.post('{}', { headers: { 'x-long': 'x'.repeat(20_000) } });
  assert.equal(status, 431);
});

test('what is signed but unreadable is answered 200 and kept with the reason', async () => {
  const cases = [
    ['no JSON', '{"object": "whatsapp_business_account", ', /JSON/i],
    ['not even text', Buffer.from([0xff, 0xfe, 0x00, 0x01]), /JSON|UTF-8/i],
    ['of another product', '{"object":"instagram","entry":[]}', /object/],
  ];
  for (const [what, body, reason] of cases) {
    const { quarantined } = await stored();
    assert.equal((await gateway.post(body)).status, 200, what);
    assert.equal((await stored()).quarantined, quarantined + 1, what);
    const [newest] = (await gateway.ask('quarantine', 'list')).items;
    assert.match(newest.reason, reason, what);
    assert.equal(newest.state, 'held', what);
    assert.notEqual(newest.remedy, '', what);
    const shown = await gateway.ask('quarantine', 'show', newest.id);
    if (typeof body === 'string') assert.equal(shown.original, body, what);
  }
});

test('replaying what is still unreadable closes the old entry and opens a new one', async () => {
  const old = (await gateway.ask('quarantine', 'list')).items[0];
  assert.deepEqual(await gateway.ask('quarantine', 'replay', old.id), { replayed: true });
  const [newest, second] = (await gateway.ask('quarantine', 'list')).items;
  assert.equal(second.id, old.id);
  assert.equal(second.state, 'replayed');
  assert.equal(newest.state, 'held');
  assert.equal(newest.reason, old.reason);
  const originalOf = async (id) => (await gateway.ask('quarantine', 'show', id)).original;
  assert.equal(await originalOf(newest.id), await originalOf(old.id));
  const again = await gateway.cli('--json', 'quarantine', 'replay', old.id);
  assert.equal(again.exit, 1);
  assert.equal(again.json.error.code, 'conflict');
});

test('requests that are not HTTP do not end the gateway', async () => {
  const head = 'POST /hooks/whatsapp HTTP/1.1\r\nhost: hooks.example\r\n';
  const cases = [
    ['the beginning of TLS', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'],
    ['no version', 'GET /hooks/whatsapp\r\n\r\n'],
    ['a negative length', `${head}content-length: -1\r\n\r\n`],
    ['two lengths', `${head}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`],
    ['a length beside chunks', `${head}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\nhello`],
  ];
  for (const [what, bytes] of cases) assert.match(await raw(bytes), /^HTTP\/1\.1 400 |^$/, what);
  assert.equal((await call(`${gateway.admin}/healthz`)).status, 200);
  assert.equal((await gateway.post(message(3, 1))).status, 200);
});

test('callers that hold every connection and end no request do not keep a provider out', async () => {
  const { port } = new URL(gateway.public);
  const sockets = await Promise.all(Array.from({ length: 1024 }, (_, number) => new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket)).on('error', reject);
    if (number % 2 === 1) socket.write('POST /hooks/whatsapp HTTP/1.1\r\nx-slow: ');
  })));
  for (const socket of sockets) socket.removeAllListeners('error').on('error', () => {}).resume();
  // Long before the idle ones are closed for their idleness, after 60 s.
  for (let number = 2; number < 7; ++number)
    await until('an answer', async () => (await gateway.post(message(3, number))).status === 200, 15);
  for (const socket of sockets) socket.destroy();
});
