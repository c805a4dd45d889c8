// Dead letters sent again, a destination filled from history, and contacts whose news reaches whoever knows them.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fixtureNumbers, Gateway, until } from './gateway.mjs';
import { assertOrder, Receiver } from './receiver.mjs';
import { message } from './load.mjs';

const toEnd = [];
after(async () => {
  for (const one of toEnd.reverse()) await one.stop();
});
const refusals = (count) => Array.from({ length: count }, () => ({ status: 422, body: 'a field is missing' }));

async function startReceiver(answers = []) {
  const receiver = await Receiver.start({ answers });
  toEnd.push(receiver);
  return receiver;
}

function addDestination(gateway, name, receiver, from = '*') {
  const keys = receiver.signingKeys.map((key, number) => gateway.secretFile(`${name}_key_${number}`, key));
  gateway.settings.destinations[name] = { sink: 'webhook', url: receiver.url, keys, allow_private: [receiver.range] };
  gateway.settings.routes.push({ from, to: name });
}

async function post(gateway, people, each, path) {
  for (let number = 0; number < each; ++number)
    for (let person = 0; person < people; ++person)
      assert.equal((await gateway.post(message(person, number), { path })).status, 200);
}
const dead = (gateway, ...words) => gateway.list('delivery', 'list', '--state', 'dead', ...words);

test('dead letters are found and sent again by what they have in common, under the ids that they had', async () => {
  const receiver = await startReceiver(refusals(8));
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
  toEnd.push(gateway);
  await post(gateway, 4, 1); // contact.created and interaction.received of each
  await gateway.delivered();
  const letters = await dead(gateway);
  assert.equal(letters.length, 8);
  const [first, second] = [...new Set(letters.map((letter) => letter.contact))];

  const found = async (...words) => (await dead(gateway, ...words)).map((letter) => letter.event).sort();
  assert.equal((await found('--reason', 'http 422')).length, 8);
  assert.equal((await found('--reason', 'HTTP 500')).length, 0);
  assert.equal((await found('--since', '2020-01-01')).length, 8);
  assert.equal((await found('--until', '2020-01-01')).length, 0);
  const ofFirst = await found('--contact', first);
  assert.equal(ofFirst.length, 2);
  const listed = JSON.parse((await gateway.api(`deliveries?state=dead&contact=${first}&reason=422&since=2020-01-01T00:00:00Z`)).body);
  assert.deepEqual(listed.items.map((letter) => letter.event).sort(), ofFirst);

  const replay = (...words) => gateway.ask('delivery', 'replay', ...words);
  assert.deepEqual(await replay('--contact', first, '--dry-run'), { would_open: 2 });
  assert.equal((await dead(gateway)).length, 8, 'counting sends nothing');
  assert.deepEqual(await replay('--contact', first), { opened: 2, total: 2 });
  const [ofSecond] = await found('--contact', second);
  assert.deepEqual(await replay(ofSecond, ofFirst[0]), { opened: 1, total: 1 }, 'what was sent again is no dead letter');
  assert.deepEqual(await replay('--destination', 'crm', '--reason', '422'), { opened: 5, total: 5 });
  await gateway.delivered();
  assert.deepEqual(await found(), []);

  const taken = receiver.lines().filter((line) => line.applied);
  assert.deepEqual(taken.map((line) => line.id).sort(), letters.map((letter) => letter.event).sort());
  for (const line of receiver.lines()) assert.deepEqual(line.mistakes, []);
  for (const { event, attempts } of await gateway.list('delivery', 'list')) assert.equal(attempts, 1, `${event}: anew`);

  assert.deepEqual(await replay('--state', 'delivered', '--contact', first), { opened: 2, total: 2 });
  await gateway.delivered();
  assert.equal((await receiver.summary()).duplicates, 2, 'the receiver knows them by their ids');
});

test('a replay that does not say what, or names what is not there, changes nothing and says so', async () => {
  const receiver = await startReceiver(refusals(2));
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
  toEnd.push(gateway);
  await post(gateway, 1, 1);
  await gateway.delivered();
  for (const [exit, ...words] of [[1, 'replay'], [4, 'replay', '--destination', 'nowhere'], [1, 'replay', '--since', 'yesterday'],
    [1, 'replay', 'contact_1'], [2, 'replay', '--all', '--state', 'open'], [4, 'fill', 'nowhere'], [2, 'fill'],
    [4, 'fill', 'crm', '--channel', 'telegram'], [2, 'list', '--since', 'yesterday'], [2, 'list', '--contact', 'event_1']]) {
    const { exit: got, err } = await gateway.cli('delivery', ...words);
    assert.equal(got, exit, `${words.join(' ')}: ${err}`);
    assert.notEqual(err, '', words.join(' '));
  }
  const ask = (path, body, headers) => gateway.api(path, { method: 'POST', body, headers });
  for (const body of ['', '[]', '{}', '{"al": true}', '{"all": 1}', '{"state": "open"}', '{"events": ["contact_1"]}', '{"events": 1}',
    '{"destination": ""}', '{"since": 5}', '{"contact": "5x"}', `{"events": ${JSON.stringify(Array(501).fill('event_1'))}}`]) {
    const answer = await ask('deliveries/replay', body);
    assert.equal(answer.status, 400, `${body}: ${answer.body}`);
    assert.equal(JSON.parse(answer.body).error.code, 'invalid');
  }
  assert.equal((await ask('deliveries/fill', '{}')).status, 400);
  assert.equal((await ask('deliveries/replay', '{"all": true}', { authorization: 'Bearer no' })).status, 401);
  assert.equal((await gateway.api('deliveries/replay')).status, 404, 'GET changes nothing');
  assert.equal((await dead(gateway)).length, 2);
});

// A lane may be ahead of the disk by sixteen outcomes and one delivery under way.
const mostRepeated = 17;

test('a replay whose gateway is killed goes on with the same command, and sends nothing again whose outcome is on the disk', async () => {
  const people = 20, each = 10, all = people * (each + 1);
  const receiver = await startReceiver(refusals(all));
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
  toEnd.push(gateway);
  await post(gateway, people, each);
  await gateway.delivered(60);
  const words = ['delivery', 'replay', '--destination', 'crm'];
  const running = gateway.cli(...words);
  await until('some to be sent again', async () => JSON.parse((await gateway.api('status')).body).deliveries.delivered > 10);
  await gateway.kill();
  await running;
  const durable = new Set((await gateway.list('delivery', 'list', '--state', 'delivered')).map((delivery) => delivery.event));
  assert.ok(durable.size > 10);
  await gateway.start();
  assert.equal((await gateway.cli(...words)).exit, 0);
  await gateway.delivered(60);
  assert.deepEqual(await dead(gateway), []);
  const events = receiver.events();
  assert.equal(events.length, all);
  assertOrder(assert, events);
  const repeated = receiver.lines().filter((line) => line.duplicate);
  assert.deepEqual(repeated.filter((line) => durable.has(line.id)), []);
  const laneOf = new Map((await gateway.list('delivery', 'list')).map((delivery) => [delivery.event, delivery.contact]));
  const ofLanes = new Map();
  for (const { id } of repeated) ofLanes.set(laneOf.get(id), (ofLanes.get(laneOf.get(id)) ?? 0) + 1);
  assert.ok(Math.max(0, ...ofLanes.values()) <= mostRepeated, JSON.stringify([...ofLanes]));
});

test('a destination that is added later is filled with what its routes would have sent, once and in order', async () => {
  const gateway = new Gateway({ whatsapp: fixtureNumbers });
  toEnd.push(gateway);
  await gateway.start();
  await post(gateway, 5, 4);
  await gateway.stop();
  const receiver = await startReceiver();
  addDestination(gateway, 'archive', receiver);
  await gateway.start();
  await post(gateway, 1, 5); // the fifth is news
  await gateway.delivered();
  assert.equal((await receiver.summary()).applied, 1);
  const later = new Date(Date.now() + 3_600_000).toISOString();
  assert.deepEqual(await gateway.ask('delivery', 'fill', 'archive', '--since', later), { opened: 0, total: 0 });
  assert.deepEqual(await gateway.ask('delivery', 'fill', 'archive', '--channel', 'whatsapp'), { opened: 25, total: 25 });
  assert.deepEqual(await gateway.ask('delivery', 'fill', 'archive'), { opened: 0, total: 0 });
  await gateway.delivered();
  const events = receiver.events();
  assert.equal(events.length, 26);
  assertOrder(assert, events.slice(1));
  assert.equal((await receiver.summary()).duplicates, 0);
  const status = await gateway.status();
  assert.deepEqual(status.deliveries, { open: 0, delivered: 26, dead: 0 });
});

test('news of a contact reaches every destination that was told of it, whatever the channel', async () => {
  const [desk, crm] = [await startReceiver(), await startReceiver()];
  const gateway = new Gateway({ whatsapp: fixtureNumbers });
  toEnd.push(gateway);
  gateway.settings.channels.second = { ...gateway.settings.channels.whatsapp };
  addDestination(gateway, 'desk', desk, ['whatsapp']);
  addDestination(gateway, 'crm', crm, ['second']);
  await gateway.start();
  const typesAt = async (receiver) => {
    await gateway.delivered();
    return receiver.events().map((event) => event.type);
  };
  await post(gateway, 1, 1);
  assert.deepEqual(await typesAt(desk), ['contact.created', 'interaction.received']);
  assert.deepEqual(await typesAt(crm), []);

  const renamed = message(0, 1);
  renamed.entry[0].changes[0].value.contacts[0].profile.name = 'Kasia Nowak';
  assert.equal((await gateway.post(renamed, { path: '/hooks/second' })).status, 200);
  assert.deepEqual(await typesAt(crm), ['contact.updated', 'interaction.received']);
  assert.deepEqual(await typesAt(desk), ['contact.created', 'interaction.received', 'contact.updated']);
  const cards = [desk, crm].map((receiver) => receiver.events().find((event) => event.type === 'contact.updated'));
  assert.equal(cards[0].id, cards[1].id, 'one event for both');
  for (const receiver of [desk, crm]) assert.equal((await receiver.summary()).malformed, 0);
});
