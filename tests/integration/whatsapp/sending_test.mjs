// Somebody writes by WhatsApp, the business answers through the gateway, and what became of the answer comes back: with
// a stand-in for Meta's Graph API (graph.mjs) that is held to Meta's reference by a client that others wrote.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fixtureNumbers, Gateway, until } from '../gateway/gateway.mjs';
import { Receiver } from '../gateway/receiver.mjs';
import { Graph } from './graph.mjs';

const numbers = { 310000000000001: '390212345678', 310000000000002: '48221234567' };
const kasia = '48601234567';

let graph, receiver, gateway;
before(async () => {
  receiver = await Receiver.start();
  graph = await Graph.start({ token: 'EAAG', numbers, receipts: ['sent', 'delivered', 'read'], window: 24 * 3_600_000 });
  gateway = new Gateway({ whatsapp: { ...fixtureNumbers, api: graph.api, allow_private: [graph.range] }, receiver });
  gateway.settings.channels.whatsapp.token = gateway.secretFile('token', 'EAAG');
  await gateway.start();
  graph.webhook = { url: `${gateway.public}/hooks/whatsapp`, secret: gateway.secret };
});
after(async () => {
  await graph.stop();
  await gateway.stop();
  await receiver.stop();
});

let written = 0;
// Somebody writes, to the Polish number where none is said; resolves to the public id of the interaction.
async function write(from, { text = 'Dzień dobry', number = '310000000000002', at = Date.now() } = {}) {
  const id = `wamid.written${++written}`;
  const body = { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value: {
    messaging_product: 'whatsapp', metadata: { display_phone_number: numbers[number], phone_number_id: number },
    contacts: [{ profile: { name: 'Kasia' }, ...(/^[0-9]+$/.test(from) ? { wa_id: from } : { user_id: from }) }],
    messages: [{ ...(/^[0-9]+$/.test(from) ? { from } : { from_user_id: from }), id, timestamp: String(Math.floor(at / 1000)),
      type: 'text', text: { body: text } }] } }] }] };
  assert.equal((await gateway.post(body)).status, 200);
  graph.hear(from);
  const interactions = await gateway.list('interaction', 'list');
  return { id, interaction: interactions.find((one) => one.external_id === id).id };
}

let keys = 0;
async function send(request, key = `key-${++keys}`) {
  const { status, body } = await gateway.api('outbound', { method: 'POST', body: JSON.stringify(request),
    headers: { 'content-type': 'application/json', 'idempotency-key': key } });
  return { status, ...JSON.parse(body) };
}

const shown = async (id) => JSON.parse((await gateway.api(`outbound/${id}`)).body);
const ended = (id, ...states) => until(`${id} to be ${states}`, async () => {
  const outbound = await shown(id);
  if (!states.includes(outbound.state)) throw new Error(JSON.stringify(outbound));
  return outbound;
});
const receiptsOf = (externalId) => receiver.events().filter((event) => event.type === 'interaction.receipt' &&
  event.data.interaction.external_id === externalId).map((event) => event.data.fact.receipt);

test('an answer goes from the number that was written to, quotes what it answers, and its receipts come back', async () => {
  const { id, interaction } = await write(kasia);
  const accepted = await send({ in_reply_to: interaction, text: 'Dzień dobry, Pani Kasiu!' });
  assert.equal(accepted.status, 202, JSON.stringify(accepted));
  const outbound = await ended(accepted.id, 'sent');
  const [taken] = graph.sent;
  assert.equal(outbound.external_id, taken.id);
  assert.deepEqual([taken.number, taken.to, taken.text, taken.answers],
    ['310000000000002', '+48601234567', 'Dzień dobry, Pani Kasiu!', id]);
  assert.ok(taken.callback.startsWith(`${accepted.id}.`), taken.callback);
  await until('the receipts', () => receiptsOf(taken.id).includes('read'));
  const sent = receiver.events().filter((event) => event.type === 'interaction.sent');
  assert.equal(sent.length, 1);
  assert.equal(sent[0].data.interaction.text, 'Dzień dobry, Pani Kasiu!');
});

test('a person without a phone number is answered by user id', async () => {
  const { interaction } = await write('PL.20260000000000000017');
  const { id } = await send({ in_reply_to: interaction, text: 'Już sprawdzam.' });
  await ended(id, 'sent');
  const taken = graph.sent.at(-1);
  assert.deepEqual([taken.to, taken.recipient], [undefined, 'PL.20260000000000000017']);
});

test('the same key sends once', async () => {
  const { interaction } = await write(kasia);
  const before = graph.sent.length;
  const request = { in_reply_to: interaction, text: 'Raz.' };
  const answers = await Promise.all(Array.from({ length: 5 }, () => send(request, 'once')));
  assert.equal(new Set(answers.map((answer) => answer.id)).size, 1);
  await ended(answers[0].id, 'sent');
  assert.equal(graph.sent.length, before + 1);
});

test('outside of the window nothing reaches WhatsApp', async () => {
  const { interaction } = await write('48601111111', { at: Date.now() - 25 * 3_600_000 });
  const before = graph.requests.length;
  const { status, error } = await send({ in_reply_to: interaction, text: 'Za późno' });
  assert.equal(status, 422);
  assert.match(error.remedy, /template/);
  assert.equal(graph.requests.length, before);
});

test('what WhatsApp limits is sent later, once', async () => {
  const { interaction } = await write(kasia);
  const before = graph.sent.length;
  graph.next({ error: 130429 }, { error: 130429, headers: { 'retry-after': '1' } });
  const { id } = await send({ in_reply_to: interaction, text: 'Po przerwie.' });
  await ended(id, 'sent');
  assert.equal(graph.sent.length, before + 1);
});

test('what may have been taken is never sent again by itself', async () => {
  const { interaction } = await write(kasia);
  const before = graph.requests.length;
  graph.receipts = [];
  graph.next({ then: 'reset' });
  const { id } = await send({ in_reply_to: interaction, text: 'Doszło?' });
  await ended(id, 'uncertain');
  assert.equal(graph.requests.length, before + 1);
  graph.receipts = ['sent', 'delivered', 'read'];
});

test('what WhatsApp refuses for good ends with the reason', async () => {
  const { interaction } = await write(kasia);
  graph.next({ error: 131026 });
  const { id } = await send({ in_reply_to: interaction, text: 'Niemożliwe.' });
  const outbound = await ended(id, 'failed');
  assert.match(outbound.reason, /error 131026 \(HTTP 400\)/);
  assert.ok(outbound.remedy);
});

test('text of more than 4,096 characters is refused, not cut', async () => {
  const { interaction } = await write(kasia);
  const before = graph.requests.length;
  const { id } = await send({ in_reply_to: interaction, text: 'ż'.repeat(4097) });
  assert.match((await ended(id, 'failed')).reason, /up to 4096 characters, found 4097/);
  assert.equal(graph.requests.length, before);
});
