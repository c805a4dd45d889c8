// SIGHUP: only what has changed is started anew, a mistake changes nothing, and no message is lost meanwhile.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { call, fixtureNumbers, Gateway, makeFolder, plugins, until } from './gateway.mjs';
import { Load, message } from './load.mjs';
import { Receiver } from './receiver.mjs';

const toEnd = [];
after(async () => {
  for (const one of toEnd.reverse()) await one.stop();
});
async function setUp(options = {}) {
  const receiver = await Receiver.start();
  toEnd.push(receiver);
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver, ...options });
  toEnd.push(gateway);
  return { receiver, gateway };
}

// What the gateway said that it did.
async function reload(gateway) {
  const from = gateway.log.length;
  gateway.writeSettings();
  gateway.child.kill('SIGHUP');
  await until('the gateway to have reloaded', () => /reloaded: |nothing has been reloaded/.test(gateway.log.slice(from)));
  // It says everything in one go, before it answers anybody.
  await gateway.api('status');
  return gateway.log.slice(from);
}

const ready = (gateway, name) => until(`${name} to be ready`, async () =>
  (await gateway.status()).channels.find((one) => one.name === name)?.state === 'ready');

for (const isolation of ['in_process', 'worker']) {
  test(`${isolation}: a changed channel is started anew under load, and nothing is lost or doubled`, async () => {
    const { receiver, gateway } = await setUp({ whatsapp: { ...fixtureNumbers, isolation } });
    const load = new Load(4);
    let over = false;
    const running = load.run(gateway, () => over);
    for (let round = 1; round <= 5; ++round) {
      await until('some messages', () => load.accepted.size >= 50 * round);
      gateway.settings.channels.whatsapp.numbers = { ...fixtureNumbers.numbers,
        [`n${round}`]: { id: `31000000000010${round}`, region: 'DE' } };
      assert.match(await reload(gateway), /reloaded: the channel whatsapp is started anew: its settings have changed/);
    }
    await until('some messages', () => load.accepted.size >= 300);
    over = true;
    await running;
    assert.deepEqual([...load.answers.keys()], [200], 'no sender was turned away');
    await gateway.delivered(60);
    const received = receiver.events().filter((event) => event.type === 'interaction.received')
      .map((event) => event.data.interaction.external_id);
    assert.equal(new Set(received).size, received.length);
    assert.deepEqual(new Set(received), load.accepted);
  });

  test(`${isolation}: a changed destination is started anew under load, and each event arrives once`, async () => {
    const receiver = await Receiver.start(), other = await Receiver.start();
    toEnd.push(receiver, other);
    const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
    toEnd.push(gateway);
    gateway.settings.destinations.crm.isolation = isolation;
    await reload(gateway);
    const load = new Load(4);
    let over = false;
    const running = load.run(gateway, () => over);
    await until('some messages', () => load.accepted.size >= 100);
    const keys = other.signingKeys.map((key, number) => gateway.secretFile(`other_${number}`, key));
    Object.assign(gateway.settings.destinations.crm, { url: other.url, keys, allow_private: [other.range] });
    assert.match(await reload(gateway), /reloaded: the destination crm is started anew: its settings have changed/);
    await until('some messages', () => load.accepted.size >= 200);
    over = true;
    await running;
    await gateway.delivered(60);
    const events = [...receiver.events(), ...other.events()].filter((event) => event.type === 'interaction.received');
    assert.ok(receiver.events().length > 0 && other.events().length > 0);
    assert.equal(new Set(events.map((event) => event.id)).size, events.length);
    assert.equal(events.length, load.accepted.size);
  });
}

test('what has not changed goes on, and it says so', async () => {
  const { gateway } = await setUp();
  await gateway.stop();
  gateway.adminPort = new URL(gateway.admin).port; // or that would be a change
  await gateway.start();
  assert.equal((await gateway.post(message(1, 1))).status, 200);
  await gateway.delivered();
  assert.match(await reload(gateway), /reloaded: nothing has changed/);
  assert.equal((await gateway.status()).channels[0].accepted, 1, 'it is the same channel');
  gateway.settings.destinations.crm.rate = { per_second: 100 };
  const log = await reload(gateway);
  assert.match(log, /reloaded: the destination crm is sent to as its settings say now/);
  assert.doesNotMatch(log, /anew/);
  const status = await gateway.status();
  assert.equal(status.channels[0].accepted, 1);
  assert.equal(status.destinations[0].delivered, 2);
});

test('a mistake in the file changes nothing, and is told with its line', async () => {
  const { gateway } = await setUp();
  gateway.settings.channels.whatsapp.portfolio = 17;
  gateway.settings.routes = [{ from: '*', to: 'nowhere' }];
  const log = await reload(gateway);
  assert.match(log, /patchbay\.yaml:\d+: \/channels\/whatsapp\/portfolio: /);
  assert.match(log, /\/routes\/0\/to: /);
  assert.match(log, /nothing has been reloaded: mend the settings, and send the signal again/);
  assert.equal((await gateway.post(message(1, 1))).status, 200);
  await gateway.delivered();
});

test('a mistake that only the plugin finds changes nothing either, not even what is right beside it', async () => {
  const { gateway, receiver } = await setUp();
  const folder = makeFolder();
  gateway.settings.destinations.files = { sink: 'file', folder, format: 'ndjson' };
  // Two of the numbers are one: a schema cannot say that.
  gateway.settings.channels.whatsapp.numbers = { ...fixtureNumbers.numbers, again: { id: fixtureNumbers.numbers.it.id, region: 'IT' } };
  const log = await reload(gateway);
  assert.match(log, /reloading: opening the channel whatsapp: /);
  assert.match(log, /nothing has been reloaded; all goes on as before/);
  await ready(gateway, 'whatsapp');
  assert.equal((await gateway.status()).destinations.length, 1);
  assert.equal((await gateway.post(message(1, 1))).status, 200);
  await gateway.delivered();
  assert.ok(receiver.events().length > 0);
});

test('channels and destinations come and go', async () => {
  const { gateway, receiver } = await setUp();
  const folder = makeFolder();
  gateway.settings.channels.second = { ...gateway.settings.channels.whatsapp, portfolio: '2030',
    numbers: { de: { id: '310000000000009', region: 'DE' } } };
  gateway.settings.destinations.files = { sink: 'file', folder, format: 'ndjson' };
  gateway.settings.routes.push({ from: ['second'], to: 'files' });
  const came = await reload(gateway);
  for (const what of ['the channel second is new', 'the destination files is new', 'routes and own addresses'])
    assert.match(came, new RegExp(`reloaded: ${what}`));
  await ready(gateway, 'second');
  const body = message(7, 1);
  body.entry[0].changes[0].value.metadata.phone_number_id = '310000000000009';
  assert.equal((await gateway.post(body, { path: '/hooks/second' })).status, 200);
  await gateway.delivered();
  const status = await gateway.status();
  assert.deepEqual(status.channels.map((one) => one.name), ['whatsapp', 'second']);
  assert.ok(status.destinations.find((one) => one.name === 'files').delivered > 0);

  delete gateway.settings.channels.second;
  delete gateway.settings.destinations.files;
  gateway.settings.routes.pop();
  const went = await reload(gateway);
  assert.match(went, /reloaded: the channel second is stopped/);
  assert.match(went, /reloaded: the destination files is stopped/);
  assert.equal((await gateway.post(body, { path: '/hooks/second' })).status, 404);
  assert.deepEqual((await gateway.status()).channels.map((one) => one.name), ['whatsapp']);
  const before = receiver.events().length;
  assert.equal((await gateway.post(message(1, 1))).status, 200);
  await gateway.delivered();
  assert.ok(receiver.events().length > before);
});

test('what cannot be changed while it runs is named', async () => {
  const { gateway } = await setUp();
  gateway.settings.listen.public.url = 'https://gate.example';
  assert.match(await reload(gateway), /reloaded: the changes of listen\.public take effect when the gateway is started again/);
  assert.equal((await gateway.post(message(1, 1))).status, 200);
});

// A copy of the tree's WhatsApp connector, as its vendor would ship another version.
function ship(folder, version) {
  mkdirSync(folder, { recursive: true });
  cpSync(join(plugins, 'whatsapp'), folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path));
  const library = join(folder, manifest.library);
  const bytes = Buffer.from(readFileSync(library).toString('latin1').replaceAll(`\0${manifest.version}\0`, `\0${version}\0`), 'latin1');
  writeFileSync(library, bytes);
  writeFileSync(path, JSON.stringify({ ...manifest, version, sha256: createHash('sha256').update(bytes).digest('hex') }));
}

test('another version of a plugin takes over from the one that runs, in a worker, without loss', async () => {
  const folder = makeFolder();
  ship(join(folder, 'whatsapp'), '7.1.0');
  const { gateway, receiver } = await setUp({ whatsapp: { ...fixtureNumbers, isolation: 'worker' }, pluginFolders: [folder] });
  const load = new Load(4);
  let over = false;
  const running = load.run(gateway, () => over);
  await until('some messages', () => load.accepted.size >= 50);
  ship(join(folder, 'whatsapp'), '7.2.0');
  assert.match(await reload(gateway), /reloaded: the channel whatsapp is started anew: its plugin is 7\.2\.0, and was 7\.1\.0/);
  await until('some messages', () => load.accepted.size >= 150);
  over = true;
  await running;
  assert.deepEqual([...load.answers.keys()], [200]);
  await gateway.delivered(60);
  const received = receiver.events().filter((event) => event.type === 'interaction.received');
  assert.equal(received.length, load.accepted.size);
});

test('a plugin that runs in the process stays as it is until the gateway is started again', async () => {
  const folder = makeFolder();
  ship(join(folder, 'whatsapp'), '7.1.0');
  const { gateway } = await setUp({ whatsapp: { ...fixtureNumbers, isolation: 'in_process' }, pluginFolders: [folder] });
  ship(join(folder, 'whatsapp'), '7.2.0');
  const log = await reload(gateway);
  assert.match(log, /reloaded: whatsapp goes on with the plugin that it has, since that runs in this process/);
  assert.equal((await gateway.post(message(1, 1))).status, 200);
  gateway.settings.channels.whatsapp.portfolio = '4711';
  assert.match(await reload(gateway), /its settings and its plugin have both changed, .*; start the gateway again, or give it isolation: worker/);
  assert.equal((await gateway.post(message(1, 2))).status, 200);
});

test('a paused channel takes nothing until it is resumed, restarts and reloads included', async () => {
  const { gateway } = await setUp();
  const paused = await gateway.cli('channel', 'pause', 'whatsapp');
  assert.equal(paused.exit, 0);
  assert.match(paused.out, /^whatsapp is being paused/);
  const state = () => gateway.status().then((status) => status.channels[0]);
  await until('it to be paused', async () => (await state()).state === 'paused');
  const turnedAway = await gateway.post(message(1, 1));
  assert.equal(turnedAway.status, 503);
  assert.ok(Number(turnedAway.headers['retry-after']) > 0);
  assert.match((await state()).reason, /by the operator, since .*; `patchbay channel resume whatsapp` starts it again/);
  assert.equal((await call(`${gateway.admin}/readyz`)).status, 200, 'it is meant to be so');

  await gateway.stop();
  await gateway.start();
  assert.equal((await state()).state, 'paused');
  gateway.settings.channels.whatsapp.portfolio = '4711';
  assert.match(await reload(gateway), /reloaded: the channel whatsapp has other settings, and is still paused/);
  assert.equal((await gateway.post(message(1, 1))).status, 503);

  assert.equal((await gateway.cli('channel', 'resume', 'whatsapp')).exit, 0);
  await ready(gateway, 'whatsapp');
  assert.equal((await gateway.post(message(1, 1))).status, 200);
  const again = await gateway.cli('channel', 'resume', 'whatsapp');
  assert.notEqual(again.exit, 0);
  assert.match(again.err, /whatsapp runs, or is just being started/);
  await gateway.stop();
  await gateway.start();
  await ready(gateway, 'whatsapp');
});
