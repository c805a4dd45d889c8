// Every body of the channel's fixtures through the whole gateway, once, thrice and eight times at once: the same
// interactions, facts, notices and consents come out, in the store and at the destination.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connections, fixtureNumbers, Gateway } from './gateway.mjs';
import { assertOrder, Receiver } from './receiver.mjs';

const folder = fileURLToPath(new URL('../../../plugins/channels/whatsapp/fixtures/', import.meta.url));

// What each file holds when its bodies are posted in the order of the files here. By hand, from docs/channels/whatsapp.md
// and the bodies; a fact whose message was never posted (wamid.sent1 and sent2) is parked.
const expected = {
  messages: { received: 29, notices: ['unknown_number'] },  // 27 of one message, one of two over an unknown number
  people: { received: 7 },
  facts: {
    edited: ['wamid.rossi001', 'wamid.rossi002'], deleted: ['wamid.rossi001'],
    parked: 9,  // three reactions, five receipts, and one of a member of a group
    notices: ['unknown_status'],
  },
  calls: {
    received: 1, sent: 1, edited: ['wacid.1'], receipts: [['wacid.2', 'delivered']],
    consents: ['calls granted', 'calls withdrawn'],
  },
  coexistence: {
    received: 1, sent: 3,  // of the history one inbound and two outbound, beside the echo
    edited: ['wamid.echo1'], deleted: ['wamid.echo1'], notices: ['history'], quarantined: 1,
  },
  consents: { consents: ['marketing withdrawn', 'marketing granted', 'marketing granted', 'marketing unknown'] },
  account: {
    notices: ['template_status', 'template_status', 'template_quality', 'template_category', 'template_category',
      'template_components', 'account', 'account', 'account', 'account', 'account_review', 'phone_number_quality',
      'phone_number_name', 'security', 'business_capability', 'contact_sync', 'moon_phase', 'error'],
  },
  malformed: { received: 3, quarantined: 18 },  // every body once; three messages stand beside bad ones
};
const all = (key) => Object.values(expected).flatMap((file) => file[key] ?? []);
const sum = (key) => Object.values(expected).reduce((total, file) => total + (file[key] ?? 0), 0);

const bodies = Object.keys(expected).flatMap((file) =>
  Object.entries(JSON.parse(readFileSync(`${folder}${file}.json`, 'utf8'))).map(([name, body]) => ({ file, name, body })));
const running = [];
after(async () => {
  for (const { gateway, receiver } of running) {
    await gateway.stop();
    await receiver.stop();
  }
});
async function setUp() {
  const receiver = await Receiver.start();
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
  running.push({ gateway, receiver });
  return { gateway, receiver };
}

const sorted = (list) => [...list].map(String).sort();

async function compare({ gateway, receiver }, timesPosted) {
  const status = await gateway.delivered();
  assert.equal(status.interactions, sum('received') + sum('sent'));
  assert.equal(status.parked, sum('parked'));
  assert.equal(status.quarantined, sum('quarantined') * timesPosted, 'an original is kept each time it comes');
  assert.equal(status.deliveries.dead, 0);

  const interactions = await gateway.list('interaction', 'list');
  assert.equal(interactions.length, sum('received') + sum('sent'));
  assert.equal(new Set(interactions.map((one) => `${one.account} ${one.external_id}`)).size, interactions.length);
  assert.equal(interactions.filter((one) => one.direction === 'outbound').length, sum('sent'));
  assert.deepEqual(sorted(interactions.filter((one) => one.deleted).map((one) => one.external_id)), sorted(all('deleted')));

  const summary = await receiver.summary();
  assert.deepEqual({ malformed: summary.malformed, refused: summary.refused, duplicates: summary.duplicates },
    { malformed: 0, refused: 0, duplicates: 0 });
  const events = receiver.events();
  const of = (type) => events.filter((event) => event.type === type);
  assert.equal(of('interaction.received').length, sum('received'));
  assert.equal(of('interaction.sent').length, sum('sent'));
  assert.deepEqual(sorted(of('interaction.received').concat(of('interaction.sent')).map((event) => event.data.interaction.id)),
    sorted(interactions.map((one) => one.id)));
  assert.deepEqual(sorted(of('interaction.edited').map((event) => event.data.interaction.external_id)), sorted(all('edited')));
  assert.deepEqual(sorted(of('interaction.deleted').map((event) => event.data.interaction.external_id)), sorted(all('deleted')));
  assert.deepEqual(of('interaction.reacted').length, 0, 'their messages were never posted');
  assert.deepEqual(of('interaction.receipt').map((event) => [event.data.interaction.external_id, event.data.fact.receipt]),
    all('receipts'));
  const [consents, notices] = [true, false].map((wanted) =>
    of('channel.notice').filter((event) => (event.data.kind === 'consent') === wanted).map((event) => event.data));
  assert.deepEqual(sorted(notices.map((notice) => notice.kind)), sorted(all('notices')));
  assert.deepEqual(sorted(consents.map(({ content }) => `${content.category} ${content.state}`)), sorted(all('consents')));
  assertOrder(assert, events);

  // The facts, as the store holds them at their interactions.
  const facts = [];
  for (const { id, external_id } of interactions)
    for (const fact of (await gateway.ask('interaction', 'show', id)).facts) facts.push(`${fact.kind} ${external_id}`);
  assert.deepEqual(sorted(facts), sorted([...all('edited').map((id) => `edit ${id}`),
    ...all('deleted').map((id) => `deletion ${id}`), ...all('receipts').map(([id]) => `receipt ${id}`)]));
}

test('each fixture posted three times makes everything in it once', async () => {
  const both = await setUp();
  for (let round = 1; round <= 3; ++round)
    for (const { file, name, body } of bodies)
      assert.equal((await both.gateway.post(body)).status, 200, `${file}/${name}, round ${round}`);
  await compare(both, 3);
});

test('each fixture posted by eight connections at the same moment makes everything in it once', async () => {
  const both = await setUp();
  const agent = connections(8);
  for (const { file, name, body } of bodies) {
    const answers = await Promise.all(Array.from({ length: 8 }, () => both.gateway.post(body, { agent })));
    assert.deepEqual(answers.map((answer) => answer.status), Array(8).fill(200), `${file}/${name}`);
  }
  agent.destroy();
  await compare(both, 8);
});

test('an edited message shows its last text, and a reply is to what it answers', async () => {
  const { gateway } = running[0];
  const interactions = await gateway.list('interaction', 'list');
  const shown = async (external_id) =>
    gateway.ask('interaction', 'show', interactions.find((one) => one.external_id === external_id).id);
  assert.equal((await shown('wamid.rossi002')).text, 'La scatola era rotta');
  assert.equal((await shown('wamid.rossi001')).deleted, true);
  assert.equal((await shown('wamid.rossi009')).in_reply_to, 'wamid.asked1');
  assert.equal((await shown('wamid.rossi023')).visibility, 'group');
  assert.equal((await shown('wamid.old1')).historical, true);
  assert.equal((await shown('wamid.rossi024')).account, '310000000000099', 'a number that the settings do not name');
});
