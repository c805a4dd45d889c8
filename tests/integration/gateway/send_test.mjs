// What the business sends: accepted once under its key, refused with the reason, taken by the provider, and followed by
// its receipts; and what a kill in the middle leaves. The provider is this test, behind tests/integration/messenger.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, Gateway, until } from './gateway.mjs';
import { messenger, Provider } from './provider.mjs';
import { assertOrder, Receiver } from './receiver.mjs';
import { Schemas } from '../../npm/schemas.mjs';

const schemas = new Schemas();

const startGateway = (provider, receiver) => Gateway.start({ ...messenger(provider), receiver });

const kasia = '+48601234567';
const marek = '+48602345678';
let provider, receiver, gateway;
before(async () => {
  provider = await Provider.start();
  receiver = await Receiver.start();
  gateway = await startGateway(provider, receiver);
});
after(async () => {
  await gateway.stop();
  await receiver.stop();
  await provider.stop();
});

const hook = async (to, body) => {
  const answer = await call(`${to.public}/hooks/desk`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(answer.status, 200, answer.body);
};
const writes = async (id, from, text, more = {}, to = gateway) => {
  await hook(to, { messages: [{ id, from, text, ...more }] });
  return (await to.list('interaction', 'list')).find((one) => one.external_id === id).id;
};
const post = (key, body, to = gateway) => to.api('outbound', { method: 'POST', body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...(key === null ? {} : { 'idempotency-key': key }) } });
const shown = (id, to = gateway) => to.ask('outbound', 'show', id);
const becomes = (id, state, to = gateway, seconds = 15) => until(`${id} to be ${state}`, async () => {
  const row = await shown(id, to);
  if (row.state !== state) throw new Error(JSON.stringify(row));
  return row;
}, seconds);
const eventsOf = (type) => receiver.events().filter((event) => event.type === type);

test('an answer goes to the identity and channel that wrote, and the CRM hears of it', async () => {
  const question = await writes('in-1', kasia, 'Czy paczka już wyszła?');
  const { exit, out } = await gateway.cli('send', '--reply-to', question, 'Tak, dziś rano.');
  assert.equal(exit, 0);
  assert.match(out, /^outbound_1 is queued on desk\n$/);
  const row = await becomes('outbound_1', 'sent');
  const { id, ...message } = provider.taken[0];
  assert.match(id, /^outbound_1\./);
  assert.deepEqual(message, { account: 'front-desk', to: [`phone ${kasia}`], in_reply_to: 'in-1', conversation: `with ${kasia}`,
    text: 'Tak, dziś rano.' });
  assert.deepEqual([row.external_id, row.attempts, row.in_reply_to], ['wire-1', 1, question]);

  await gateway.delivered();
  const [event] = eventsOf('interaction.sent');
  assert.deepEqual(schemas.mistakes(event), []);
  const asked = await gateway.ask('interaction', 'show', question);
  const { interaction } = event.data;
  assert.equal(interaction.id, row.interaction);
  assert.deepEqual([interaction.direction, interaction.text, interaction.external_id, interaction.in_reply_to],
    ['outbound', 'Tak, dziś rano.', 'wire-1', 'in-1']);
  assert.equal(interaction.conversation, asked.conversation, 'in the conversation that it answers');
  assert.equal(event.data.contact.id, asked.contact, 'with the contact that it answers');
  assert.deepEqual(interaction.participants.map((one) => one.role), ['author', 'recipient']);
  assert.equal(interaction.participants[0].contact, null, 'the business');
});

test('receipts follow, only forward, also one that is faster than the answer', async () => {
  await hook(gateway, { receipts: [{ of: 'wire-1', receipt: 'read' }] });
  await hook(gateway, { receipts: [{ of: 'wire-1', receipt: 'delivered' }] });
  provider.react = async (_, number) => {
    await hook(gateway, { receipts: [{ of: `wire-${number}`, receipt: 'delivered' }] });
    return { status: 200 };
  };
  const question = await writes('in-2', kasia, 'I kiedy będzie?');
  const { id } = JSON.parse((await post('fast', { in_reply_to: question, text: 'Jutro.' })).body);
  const row = await becomes(id, 'sent');
  provider.react = () => ({ status: 200 });
  await gateway.delivered();
  const receipts = eventsOf('interaction.receipt');
  for (const event of receipts) assert.deepEqual(schemas.mistakes(event), []);
  const first = (await shown('outbound_1')).interaction;
  assert.deepEqual(receipts.map((event) => [event.data.interaction.id, event.data.fact.receipt]),
    [[first, 'read'], [row.interaction, 'delivered']], 'delivered after read is no news');
  const order = receiver.events().map((event) => `${event.type} ${event.data.interaction?.id}`);
  assert.ok(order.indexOf(`interaction.sent ${row.interaction}`) < order.indexOf(`interaction.receipt ${row.interaction}`));
});

test('the same key and body get the same answer and send once; another body is a conflict', async () => {
  const question = await writes('in-3', marek, 'Halo?');
  const body = { in_reply_to: question, text: 'Dzień dobry.' };
  const before = provider.taken.length;
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('one-key', body)));
  assert.deepEqual([...new Set(answers.map((one) => one.status))], [202]);
  assert.equal(new Set(answers.map((one) => one.body)).size, 1);
  const { id } = JSON.parse(answers[0].body);
  await becomes(id, 'sent');
  assert.equal((await post('one-key', body)).body, answers[0].body, 'also afterwards');
  assert.equal(provider.taken.length, before + 1);
  const conflict = await post('one-key', { ...body, text: 'Do widzenia.' });
  assert.equal(conflict.status, 409);
  assert.match(JSON.parse(conflict.body).error.reason, /used for another request, outbound_\d+/);
  assert.equal((await post(null, body)).status, 400, 'no key');
  assert.equal((await post('one key', body)).status, 400, 'a space in the key');
});

test('who opted out is not written to; force overrides what the law leaves to the operator', async () => {
  const question = await writes('in-4', '+48603000001', 'Proszę o fakturę');
  const to = { kind: 'phone', value: '+48603000001' };
  await hook(gateway, { consents: [{ from: '+48603000001', category: 'marketing' }] });
  const offer = { channel: 'desk', account: 'front-desk', to, text: 'Promocja!' };
  for (const [key, body] of [['offer', offer], ['forced', { ...offer, force: true }]]) {
    const refused = await post(key, body);
    assert.equal(refused.status, 422, refused.body);
    assert.match(JSON.parse(refused.body).error.reason, /withdrew their consent to marketing/);
    assert.equal((await post(key, body)).body, refused.body);
  }
  assert.equal((await post('invoice', { in_reply_to: question, text: 'W załączniku.' })).status, 202);
  await becomes(JSON.parse((await post('invoice', { in_reply_to: question, text: 'W załączniku.' })).body).id, 'sent');

  assert.equal((await gateway.cli('outbound', 'suppress', 'phone:+48603000001', '--reason', 'by letter')).exit, 0);
  const [line] = (await gateway.ask('outbound', 'suppressed')).items;
  assert.deepEqual([line.kind, line.value, line.reason], ['phone', '+48603000001', 'by letter']);
  const refused = await gateway.cli('send', '--reply-to', question, 'Jeszcze jedno');
  assert.equal(refused.exit, 1);
  assert.match(refused.err, /on the suppression list since .*: by letter; take it off/);
  assert.equal((await gateway.cli('send', '--reply-to', question, '--force', 'Jeszcze jedno')).exit, 0);
  assert.equal((await gateway.cli('outbound', 'allow', 'phone:+48603000001')).exit, 0);
  assert.equal((await gateway.cli('outbound', 'allow', 'phone:+48603000001')).exit, 4);
  assert.equal((await gateway.cli('send', '--reply-to', question, 'I jeszcze')).exit, 0);
  const states = (await gateway.list('outbound', 'list', '--state', 'refused')).map((one) => one.text);
  assert.deepEqual(states, ['Jeszcze jedno', 'Promocja!', 'Promocja!']);
});

test('outside the window a message is refused at once, with the remedy', async () => {
  const question = await writes('in-5', '+48603000002', 'Dawno temu', { seconds_ago: 7200 });
  const refused = await post('late', { in_reply_to: question, text: 'Przepraszamy' });
  assert.equal(refused.status, 422);
  const { error } = JSON.parse(refused.body);
  assert.deepEqual([error.code, error.remedy], ['refused', 'wait until they write']);
  assert.match(error.reason, /the window of desk is closed/);
  await writes('in-6', '+48603000002', 'Halo?');
  assert.equal((await post('in-time', { in_reply_to: question, text: 'Przepraszamy' })).status, 202);
});

test('what the provider refuses fails with its reason, and credentials that are refused rest the channel', async () => {
  const question = await writes('in-7', '+48603000003', 'Halo?');
  provider.react = () => ({ status: 400 });
  const failed = JSON.parse((await post('bad', { in_reply_to: question, text: 'x' })).body);
  assert.equal((await becomes(failed.id, 'failed')).reason, 'the provider answered 400');
  provider.react = () => ({ status: 401 });
  const waits = JSON.parse((await post('unauthorised', { in_reply_to: question, text: 'y' })).body);
  const row = await until('the channel to rest', async () => {
    const [channel] = (await gateway.status()).channels;
    return channel.outbound.rests === 'the provider answered 401' && shown(waits.id);
  });
  assert.deepEqual([row.state, row.attempts, row.reason, row.remedy], ['queued', 0, 'the provider answered 401', 'renew the token']);
  assert.equal((await gateway.cli('outbound', 'resolve', waits.id, '--failed')).exit, 0);
  provider.react = () => ({ status: 200 });
  assertOrder(assert, receiver.events());
});

test('a kill between the provider\'s taking and our recording leaves it uncertain, for the operator to decide', async () => {
  const other = await Provider.start();
  const killed = await startGateway(other);
  const question = await writes('in-8', kasia, 'Halo?', {}, killed);
  other.react = () => new Promise(() => {}); // took it, and never says so
  const ids = [];
  for (const text of ['1', '2', '3']) ids.push(JSON.parse((await post(`k${text}`, { in_reply_to: question, text }, killed)).body).id);
  await until('the provider to have it', () => other.taken.length === 1);
  await killed.kill();
  other.react = () => ({ status: 200 });
  await killed.start();
  await becomes(ids[2], 'sent', killed);
  assert.deepEqual(other.texts(), ['1', '2', '3'], 'nothing twice, in order');
  const [uncertain, ...more] = await killed.list('outbound', 'list', '--state', 'uncertain');
  assert.deepEqual([uncertain.id, more], [ids[0], []]);
  assert.match(uncertain.remedy, /patchbay outbound resolve/);
  assert.equal((await killed.status()).outbound.uncertain, 1);
  assert.match((await killed.cli('status')).out, /1 uncertain/);

  assert.equal((await killed.cli('outbound', 'resolve', ids[0], '--sent', '--external-id', 'theirs')).exit, 0);
  const row = await shown(ids[0], killed);
  assert.deepEqual([row.state, row.external_id], ['sent', 'theirs']);
  assert.equal((await killed.ask('interaction', 'show', row.interaction)).external_id, 'theirs');
  assert.equal((await killed.cli('outbound', 'resolve', ids[0], '--again')).exit, 1, 'no more');
  assert.equal((await killed.stop()).code, 0);
  await other.stop();
});

test('a connection that breaks in the middle is a doubt, one that never came about is none', async () => {
  const other = await Provider.start();
  const gone = await startGateway(other);
  const question = await writes('in-9', marek, 'Halo?', {}, gone);
  other.react = () => null;
  const broken = JSON.parse((await post('broken', { in_reply_to: question, text: 'a' }, gone)).body);
  await becomes(broken.id, 'uncertain', gone);
  assert.equal(other.taken.length, 1, 'the request was not repeated underneath us');
  await other.stop();
  const waits = JSON.parse((await post('waits', { in_reply_to: question, text: 'b' }, gone)).body);
  const row = await until('it to rest', async () => {
    const one = await shown(waits.id, gone);
    return one.reason !== null && one;
  });
  assert.deepEqual([row.state, row.attempts], ['queued', 0]);
  assert.equal((await gone.stop()).code, 0);
});

test('a hundred messages through five kills: each once or marked, in order for each recipient', async () => {
  const other = await Provider.start();
  const shaken = await startGateway(other);
  const people = ['+48604000000', '+48604000001', '+48604000002', '+48604000003'];
  const questions = [];
  for (const [number, from] of people.entries()) questions.push(await writes(`in-1${number}`, from, 'Halo?', {}, shaken));
  other.react = () => new Promise((resolve) => setTimeout(() => resolve({ status: 200 }), 5));
  const accepted = new Map(); // by text
  const ask = async (number) => {
    const answer = await post(`shaken-${number}`, { in_reply_to: questions[number % 4], text: String(number) }, shaken).catch(() => null);
    if (answer?.status === 202) accepted.set(String(number), JSON.parse(answer.body).id);
  };
  for (let number = 0; number < 100; number += 20) {
    for (let one = number; one < number + 20; ++one) await ask(one);
    const seen = other.taken.length;
    await until('some to be taken', () => other.taken.length > seen || other.taken.length >= number + 20);
    await shaken.kill();
    await shaken.start();
  }
  for (let number = 0; number < 100; ++number) if (!accepted.has(String(number))) await ask(number);
  await until('the end of it', async () => {
    const status = JSON.parse((await shaken.api('status')).body);
    return status.outbound.queued === 0 && (await shaken.list('outbound', 'list', '--state', 'sending')).length === 0;
  });
  const rows = await shaken.list('outbound', 'list');
  assert.equal(rows.length, 100);
  assert.equal(new Set(other.texts()).size, other.texts().length, 'none was sent twice');
  for (const row of rows) {
    assert.equal(row.id, accepted.get(row.text));
    assert.ok(['sent', 'uncertain'].includes(row.state), JSON.stringify(row));
    if (row.state === 'sent') assert.ok(other.texts().includes(row.text));
  }
  for (const [person] of people.entries()) {
    const ids = other.texts().filter((text) => Number(text) % 4 === person).map((text) => Number(accepted.get(text).split('_')[1]));
    assert.deepEqual(ids, [...ids].sort((a, b) => a - b));
  }
  assert.equal((await shaken.stop()).code, 0);
  await other.stop();
});
