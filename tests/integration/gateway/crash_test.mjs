// Power cuts and stops under load: what was answered 200 is kept once and delivered in order, however the end came.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtureNumbers, Gateway, until } from './gateway.mjs';
import { Load, message } from './load.mjs';
import { assertOrder, Receiver } from './receiver.mjs';

const kills = 10;

async function compare(gateway, receiver, load) {
  const status = await gateway.delivered(30);
  assert.equal(status.deliveries.dead, 0);
  const interactions = await gateway.list('interaction', 'list');
  const ids = interactions.map((one) => one.external_id);
  assert.equal(new Set(ids).size, ids.length, 'each message is there once');
  assert.deepEqual([...load.accepted].filter((id) => !ids.includes(id)), [], 'what was answered 200 is there');
  // One that was committed and not answered is there, too: the provider would have repeated it.
  assert.ok(ids.length - load.accepted.size <= load.lanes.length * (kills + 1), `${ids.length} of ${load.accepted.size}`);

  const events = receiver.events();
  const received = events.filter((event) => event.type === 'interaction.received').map((event) => event.data.interaction.external_id);
  assert.deepEqual(received.sort(), ids.sort(), 'each message is delivered, and applied once');
  assert.equal(new Set(events.map((event) => event.id)).size, events.length, 'no id of an event is used twice');
  assertOrder(assert, events);
  // A person's messages came in the order in which they were posted.
  const last = new Map();
  for (const event of events) {
    if (event.type !== 'interaction.received') continue;
    const [, person, number] = /^wamid\.p(\d+)n(\d+)$/.exec(event.data.interaction.external_id);
    assert.ok((last.get(person) ?? -1) < Number(number), `person ${person}: ${number} after ${last.get(person)}`);
    last.set(person, Number(number));
  }
  const { malformed, refused } = await receiver.summary();
  assert.deepEqual({ malformed, refused }, { malformed: 0, refused: 0 });
}

test('ten kills under load lose nothing that was accepted, and double nothing', async () => {
  const receiver = await Receiver.start();
  const gateway = new Gateway({ whatsapp: fixtureNumbers, receiver });
  const load = new Load(2);
  for (let round = 0; round < kills; ++round) await load.runIntoKill(gateway, round);
  await gateway.start();
  for (let person = 0; person < 10; ++person) assert.equal((await gateway.post(message(person, 1_000_000))).status, 200);
  for (let person = 0; person < 10; ++person) load.accepted.add(`wamid.p${person}n1000000`);
  assert.deepEqual([...load.answers.keys()], [200]);
  await compare(gateway, receiver, load);
  assert.equal((await gateway.stop()).code, 0);
  await receiver.stop();
});

test('SIGTERM under load ends within 10 s with status 0, and what was answered is kept', async () => {
  const receiver = await Receiver.start();
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
  const load = new Load(2);
  const running = load.run(gateway, () => false);
  await until('some messages', () => load.accepted.size >= 50);
  const { code, ms } = await gateway.stop();
  await running;
  assert.equal(code, 0);
  console.log(`crash: SIGTERM under load took ${ms} ms`);
  assert.ok(ms < 10_000, `it took ${ms} ms`);
  assert.deepEqual([...load.answers.keys()].filter((status) => ![200, 503].includes(status)), []);
  await gateway.start();
  await compare(gateway, receiver, load);
  assert.equal((await gateway.stop()).code, 0);
  await receiver.stop();
});

test('SIGTERM does not wait for a destination that does not answer', async () => {
  const receiver = await Receiver.start({ answers: [{ delay_ms: 90_000 }] });
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
  assert.equal((await gateway.post(message(1, 1))).status, 200);
  await until('the delivery to be under way', async () => (await receiver.summary()).requests >= 1);
  const { code, ms } = await gateway.stop();
  assert.equal(code, 0);
  console.log(`crash: SIGTERM with a delivery under way took ${ms} ms`);
  assert.ok(ms < 60_000, `it took ${ms} ms`);
  await gateway.start();
  const { deliveries } = await gateway.delivered(30);
  assert.equal(deliveries.delivered, 2);
  assert.equal((await receiver.summary()).applied, 2, 'the receiver saw them once by their ids');
  await gateway.stop();
  await receiver.stop();
});

test('a second gateway on the same store is refused', async () => {
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers });
  const second = new Gateway({ whatsapp: fixtureNumbers, folder: gateway.folder });
  await assert.rejects(second.start(), /ended with {"code":1/);
  assert.match(second.log, /another gateway holds it/);
  assert.equal((await gateway.stop()).code, 0);
});
