// Receivers that mean no good, all at once beside one that is well: each costs its own deliveries and nobody else's, and
// `patchbay delivery show` says what is wrong with it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bin, fixtureNumbers, Gateway, makeFolder, until } from './gateway.mjs';
import { Authority, faults, Hostile } from './hostile.mjs';
import { message } from './load.mjs';
import { assertOrder, Receiver } from './receiver.mjs';

const toEnd = [];
after(async () => {
  for (const one of toEnd.reverse()) await one.stop();
});

const residentMiB = (pid, which) =>
  Number(new RegExp(`^${which}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const instrumented = /\/(asan|tsan|fuzz)\/bin\//.test(bin);
const deliveriesOf = async (gateway, event) =>
  new Map((await gateway.ask('delivery', 'show', event)).map((one) => [one.destination, one]));

const authority = new Authority();
let followed = 0;
const canary = createServer((request, response) => {
  ++followed;
  response.end();
});
await new Promise((resolve) => canary.unref().listen(0, '127.0.0.1', resolve));
const canaryPort = canary.address().port;

// A gateway that delivers to the receiver as `crm` and to all of these, with a second for the exchanges that stall.
async function gatewayWith(receiver, peers, program = bin) {
  const gateway = new Gateway({ whatsapp: fixtureNumbers, receiver, program });
  toEnd.push(gateway);
  const key = gateway.settings.destinations.crm.keys[0];
  for (const { fault, url, range } of peers) {
    gateway.settings.destinations[fault.name] = { sink: 'webhook', url, keys: [key], timeout: fault.stalls ? 1 : 20,
      allow_private: [range, `127.0.0.1/32:${canaryPort}`], ...(fault.secured ? { ca_file: authority.file } : {}) };
    gateway.settings.routes.push({ from: '*', to: fault.name });
  }
  await gateway.start();
  return gateway;
}

test('each hostile receiver gets its verdict, and the operator the reason', async () => {
  const receiver = await Receiver.start();
  toEnd.push(receiver);
  const peers = await Promise.all(faults(authority, `http://127.0.0.1:${canaryPort}/`).map((fault) => Hostile.start(fault)));
  const gateway = await gatewayWith(receiver, peers);
  const before = residentMiB(gateway.child.pid, 'VmRSS');
  assert.equal((await gateway.post(message(1, 0))).status, 200);
  const seen = await until('an attempt at each', async () => {
    const all = await deliveriesOf(gateway, 'event_1');
    const untried = peers.filter(({ fault }) => !(all.get(fault.name)?.attempts > 0)).map(({ fault }) => fault.name);
    if (untried.length > 0) throw new Error(untried.join(', '));
    return all;
  });

  const wrong = [];
  for (const { fault, connections } of peers) {
    const { state, last_status, last_reason } = seen.get(fault.name);
    if (state !== fault.state || (last_status ?? 0) !== fault.status || !fault.reason.test(last_reason) || connections === 0)
      wrong.push(`${fault.name}: ${state} ${last_status} "${last_reason}", ${connections} connections`);
  }
  assert.deepEqual(wrong, []);
  assert.equal(followed, 0, 'a redirect was followed');

  const stalls = peers.filter(({ fault }) => fault.stalls && !fault.blind);
  await until('the end of what stalls', () => stalls.every(({ held }) => held.length > 0));
  const times = stalls.map(({ held }) => held[0]).sort((a, b) => a - b);
  console.log(`hostile: with a second to wait, exchanges were ended after ${times[0]} to ${times.at(-1)} ms`);

  // Both events of the contact came to those who take them, on a fresh connection where the old one held an answer too many.
  await until('the second event', async () => {
    const all = await deliveriesOf(gateway, 'event_2');
    return ['gzip_bomb', 'keeps_the_connection', 'answers_twice'].every((name) => all.get(name).state === 'delivered');
  });
  assert.equal((await receiver.summary()).applied, 2);
  const grown = residentMiB(gateway.child.pid, 'VmHWM') - before;
  console.log(`hostile: ${peers.length} receivers cost ${grown.toFixed(1)} MiB at most`);
  if (!instrumented) assert.ok(grown < 64, `${grown.toFixed(1)} MiB`);
});

test('with every way taken by dead receivers, the healthy one gets everything in order', async () => {
  const receiver = await Receiver.start();
  toEnd.push(receiver);
  const wanted = ['accepts_and_never_reads', 'body_at_a_byte_a_second', 'chunks_without_end', 'tls_that_stalls',
    'resets_in_the_body'];
  const chosen = faults(authority, '').filter(({ name }) => wanted.includes(name));
  // Four of each: far more exchanges at once than it was given descriptors for.
  const peers = await Promise.all(chosen.flatMap((fault) => [1, 2, 3, 4].map((number) =>
    Hostile.start({ ...fault, name: `${fault.name}_${number}` }))));
  const fewDescriptors = join(makeFolder(), 'patchbay');
  writeFileSync(fewDescriptors, `#!/bin/sh\nulimit -S -n 256\nexec '${bin}' "$@"\n`, { mode: 0o700 });
  const gateway = await gatewayWith(receiver, peers, fewDescriptors);
  const before = residentMiB(gateway.child.pid, 'VmRSS');
  const people = 70, each = 2;
  for (let i = 0; i < each; ++i)
    await Promise.all(Array.from({ length: people }, async (_, person) =>
      assert.equal((await gateway.post(message(person, i))).status, 200)));
  await until('the healthy deliveries', async () => (await receiver.summary()).applied === people * (each + 1), 60);
  assertOrder(assert, receiver.events());
  const healthy = await gateway.list('delivery', 'list', '--destination', 'crm');
  assert.deepEqual(healthy.filter(({ attempts }) => attempts > 1), [], 'a healthy delivery had to be repeated');
  for (const { fault } of peers) {
    const taken = await gateway.ask('delivery', 'list', '--destination', fault.name, '--state', 'delivered');
    assert.equal(taken.items.length, 0, fault.name);
  }
  const grown = residentMiB(gateway.child.pid, 'VmHWM') - before;
  console.log(`hostile: ${peers.length} dead receivers with 64 exchanges each cost ${grown.toFixed(1)} MiB at most`);
  if (!instrumented) assert.ok(grown < 64, `${grown.toFixed(1)} MiB`);
});
