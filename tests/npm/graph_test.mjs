// The stand-in for Meta's Graph API that sending is tested with behaves as a client that others wrote expects of Meta:
// `whatsapp-api-js` sends to it, reads its answers, and verifies and reads its webhooks.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import { after, beforeEach, test } from 'node:test';
import { WhatsAppAPI } from 'whatsapp-api-js';
import { Image, Text } from 'whatsapp-api-js/messages';
import { Graph } from '../integration/whatsapp/graph.mjs';

const secret = 'app secret';
const number = '310000000000001';
const running = [];
after(() => Promise.all(running.map((one) => one.stop())));

let clock = Date.now();
beforeEach(() => (clock += 3_600_000));

async function start(options = {}) {
  const graph = await Graph.start({ token: 'EAAG', numbers: { [number]: '390212345678' }, now: () => clock, ...options });
  running.push(graph);
  return graph;
}

// A client of that Graph API: it knows Meta's address only, so that the way there is led round.
function clientOf(graph, { token = 'EAAG' } = {}) {
  const there = (url, options) => fetch(String(url).replace('https://graph.facebook.com', graph.api.replace('/v25.0', '')), options);
  return new WhatsAppAPI({ token, appSecret: secret, v: 'v25.0', ponyfill: { fetch: there, subtle: webcrypto.subtle } });
}

const send = (graph, { to = '393331234567', text = 'Ciao', context, callback, from = number, token } = {}) =>
  clientOf(graph, { token }).sendMessage(from, to, new Text(text), context, callback);

test('a text that is sent is answered with its id', async () => {
  const graph = await start();
  const answer = await send(graph, { text: 'Buongiorno è', context: 'wamid.HBgM', callback: 'outbound_1' });
  assert.deepEqual(answer.contacts, [{ input: '393331234567', wa_id: '393331234567' }]);
  assert.match(answer.messages[0].id, /^wamid\./);
  assert.equal(graph.sent.length, 1);
  const [{ id, text, answers, callback }] = graph.sent;
  assert.deepEqual({ id, text, answers, callback },
    { id: answer.messages[0].id, text: 'Buongiorno è', answers: 'wamid.HBgM', callback: 'outbound_1' });
});

test('receipts are signed, and carry what the sender gave with the message', async () => {
  const statuses = [];
  const receiver = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      const text = Buffer.concat(parts).toString();
      const client = clientOf(graph);
      client.on.status = ({ status, id, phone, phoneID, error, biz_opaque_callback_data: callback }) =>
        statuses.push({ status, id, phone, phoneID, error: error?.code, callback });
      const known = await client.post(JSON.parse(text), text, request.headers['x-hub-signature-256']).then(() => 200, () => 401);
      // As when a gateway is full: what is not answered 200 comes again.
      response.writeHead(statuses.length === 1 ? 503 : known).end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const graph = await start({ webhook: { url: `http://127.0.0.1:${receiver.address().port}/`, secret } });
  const { messages: [{ id }] } = await send(graph, { callback: 'outbound_7' });
  await graph.report(id, 'sent');
  await graph.report(id, 'delivered');
  await graph.report(id, 'failed', 131026);
  receiver.close();
  const common = { id, phone: '393331234567', phoneID: number, callback: 'outbound_7' };
  assert.deepEqual(statuses, [{ ...common, status: 'sent', error: undefined }, { ...common, status: 'sent', error: undefined },
    { ...common, status: 'delivered', error: undefined }, { ...common, status: 'failed', error: 131026 }]);
});

test('a wrong token, number, receiver or type is refused as Meta does', async () => {
  const graph = await start();
  assert.equal((await send(graph, { token: 'other' })).error.code, 190);
  const elsewhere = await send(graph, { from: '310000000000009' });
  assert.deepEqual([elsewhere.error.code, elsewhere.error.error_subcode], [100, 33]);
  assert.equal((await send(graph, { to: 'Kasia' })).error.code, 100);
  assert.equal((await send(graph, { to: '390212345678' })).error.code, 131021);
  assert.equal((await send(graph, { context: 'outbound_1' })).error.code, 100);
  assert.equal((await send(graph, { callback: 'x'.repeat(513) })).error.code, 100);
  assert.equal((await clientOf(graph).sendMessage(number, '393331234567', new Image('https://a.example/b.jpg'))).error.code, 100);
  assert.equal(graph.sent.length, 0);
});

test('what the reference does not name is refused', async () => {
  const graph = await start();
  const post = async (change, headers = {}) => {
    const body = { messaging_product: 'whatsapp', to: '+393331234567', type: 'text', text: { body: 'Ciao' }, ...change };
    const answer = await fetch(`${graph.api}/${number}/messages`, { method: 'POST', body: JSON.stringify(body),
      headers: { authorization: 'Bearer EAAG', 'content-type': 'application/json', ...headers } });
    const { error } = await answer.json();
    return error ? `${answer.status} ${error.code} ${error.type}` : answer.status;
  };
  assert.equal(await post({}), 200);
  assert.equal(await post({ to: undefined, recipient: 'IT.13491208655302741918' }), 200);
  const wrong = '400 100 OAuthException';
  for (const change of [{ surprise: 1 }, { text: { body: 'Ciao', surprise: 1 } }, { text: { body: 5 } }, { text: 'Ciao' },
    { text: { body: '' } }, { text: { body: 'x'.repeat(4097) } }, { text: { body: 'x', preview_url: 'true' } },
    { to: undefined }, { to: 393331234567 }, { recipient: 'Kasia' }, { messaging_product: 'sms' }, { messaging_product: undefined },
    { context: { id: 'wamid.1' } }, { recipient_type: 'group' }, { biz_opaque_callback_data: { id: 1 } }])
    assert.equal(await post(change), wrong, JSON.stringify(change));
  assert.equal(await post({}, { 'content-type': 'text/plain' }), wrong);
  assert.equal(graph.sent.length, 2);
});

test('the limits of a number, of a pair and of the window are those of the reference', async () => {
  const graph = await start({ perSecond: 2, pairEvery: 6000, window: 24 * 3_600_000 });
  const code = async (to) => (await send(graph, { to })).error?.code;
  assert.equal(await code('393331234567'), 131047, 'nobody wrote yet');
  for (const person of ['393331234567', '393331234568', '393331234569']) graph.hear(person);
  assert.equal(await code('393331234567'), undefined);
  assert.equal(await code('393331234567'), 131056, 'again, to the same');
  assert.equal(await code('393331234568'), undefined, 'others are free');
  assert.equal(await code('393331234569'), 130429, 'the third within a second');
  clock += 6000;
  assert.equal(await code('393331234567'), undefined);
  clock += 24 * 3_600_000;
  assert.equal(await code('393331234567'), 131047);
});

test('faults happen in their order, once each, before or after a message is taken', async () => {
  const graph = await start();
  graph.next({ error: 130429, headers: { 'retry-after': '3' } }, { status: 502, body: '<html>' }, { before: 'reset' },
    { then: 'reset' }, { then: 'garble' });
  assert.equal((await send(graph)).error.code, 130429);
  await assert.rejects(send(graph), SyntaxError);
  await assert.rejects(send(graph), TypeError);
  assert.equal(graph.sent.length, 0);
  await assert.rejects(send(graph), TypeError);
  assert.equal(graph.sent.length, 1, 'taken, and nobody was told');
  await assert.rejects(send(graph), SyntaxError);
  assert.ok((await send(graph)).messages);
  assert.equal(graph.sent.length, 3);
  graph.next({ then: 'hang' });
  const hanging = send(graph);
  while (graph.sent.length < 4) await new Promise(setImmediate);
  await graph.stop();
  await assert.rejects(hanging, TypeError);
});
