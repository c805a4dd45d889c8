// A plugin that does what it must not, in a worker process beside a healthy channel: the gateway and the healthy
// channel go on, and the operator is told what happened.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, fixtureNumbers, Gateway, until } from '../gateway/gateway.mjs';
import { message } from '../gateway/load.mjs';
import { Receiver } from '../gateway/receiver.mjs';

// What ends the worker, and what the operator reads then.
const fatal = {
  segfault: /signal 11 \(Segmentation fault\); what it was given last: receive; what it wrote last: about to crash/,
  abort: /signal 6 \(Aborted\)/,
  exit: /it ended by itself with status 0/,
  close_socket: /the socket to the host was closed in the worker/,
  garbage: /it broke the rules of its socket/,
};
// What is refused to it, and what it sees of that.
const refused = {
  socket: 'Operation not permitted', fork: 'Operation not permitted', execute: 'Operation not permitted',
  kill_parent: 'Operation not permitted', write_file: 'Permission denied', leak_descriptors: 'Too many open files',
};

let receiver, gateway;
before(async () => {
  receiver = await Receiver.start();
  const channels = Object.fromEntries([...Object.keys(fatal), ...Object.keys(refused), 'deadlock'].map((fault) =>
    [fault, { connector: 'chaos', fault, isolation: 'worker' }]));
  const whatsapp = { ...fixtureNumbers, isolation: 'worker' };
  gateway = await Gateway.start({ whatsapp, receiver, settings: { channels } });
});
after(async () => {
  await gateway.stop();
  await receiver.stop();
});

const poke = (fault) => call(`${gateway.public}/hooks/${fault}`, { method: 'POST', body: 'x' });
const listed = async (name) => (await gateway.status()).channels.find((channel) => channel.name === name);
let posted = 0;
async function healthyChannelTakesAMessage() {
  posted += 1;
  const answer = await gateway.post(message(1, posted));
  assert.equal(answer.status, 200, answer.body);
}

for (const [fault, reason] of Object.entries(fatal))
  test(`a plugin that ends its worker (${fault}) costs its own channel only, and says why`, async () => {
    assert.equal((await poke(fault)).status, 503);
    await until(`${fault} to be listed as failed`, async () => (await listed(fault)).state === 'failed');
    assert.match((await listed(fault)).reason, reason);
    assert.match(gateway.log, reason);
    assert.equal((await poke(fault)).status, 503);
    await healthyChannelTakesAMessage();
  });

for (const [fault, seen] of Object.entries(refused))
  test(`a plugin that tries what is refused (${fault}) sees an error and goes on`, async () => {
    const answer = await poke(fault);
    assert.deepEqual([answer.status, answer.body], [200, seen]);
    assert.equal((await listed(fault)).state, 'ready');
    await healthyChannelTakesAMessage();
  });

test('a plugin that hangs keeps nobody else from working, and everything is delivered', async () => {
  poke('deadlock').catch(() => {});
  await healthyChannelTakesAMessage();
  await gateway.delivered();
});
