// Several channels of one plugin in one worker process: what one of them does to the others, and what it does not.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { call, Gateway, makeFolder, plugins, until } from '../gateway/gateway.mjs';

const innocents = Array.from({ length: 12 }, (_, number) => `innocent${number}`);
const shared = (fault) => ({ connector: 'chaos', fault, workers: 'shared' });

let gateway;
before(async () => {
  const channels = Object.fromEntries(innocents.map((name) => [name, shared('none')]));
  gateway = await Gateway.start({ settings: { channels: { ...channels, guilty: shared('segfault'), busy: shared('endless_loop') } } });
  await allReady();
});
after(() => gateway.stop());

const poke = (name, body = 'x') => call(`${gateway.public}/hooks/${name}`, { method: 'POST', body });
const stateOf = async (name) => (await gateway.status()).channels.find((channel) => channel.name === name).state;
const isReady = (name) => until(`${name} to be ready`, async () => (await stateOf(name)) === 'ready');
const allReady = () => Promise.all(innocents.map(isReady));
// The processes that the gateway has started.
const workers = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => {
  try {
    return readFileSync(`/proc/${name}/status`, 'utf8').includes(`\nPPid:\t${gateway.child.pid}\n`);
  } catch {
    return false; // it has ended meanwhile
  }
}).length;

test('all of them live in one process, and each answers for itself', async () => {
  assert.equal(workers(), 1);
  const answers = await Promise.all(innocents.map((name) => poke(name)));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
});

test('one that is paused and resumed leaves the others as they are', async () => {
  await gateway.ask('channel', 'pause', 'innocent0');
  await until('the pause', async () => (await stateOf('innocent0')) === 'paused');
  assert.equal((await poke('innocent1')).status, 200);
  await gateway.ask('channel', 'resume', 'innocent0');
  await isReady('innocent0');
  assert.equal((await poke('innocent0')).status, 200);
  assert.equal(workers(), 1);
});

test('one that is busy holds up no other, is ended, and is set apart', async () => {
  const stuck = poke('busy');
  // Were they held up, they would be refused when the process is ended.
  assert.equal((await poke('innocent0')).status, 200);
  assert.equal((await stuck).status, 503);
  await isReady('busy');
  await allReady();
  assert.match(gateway.log, /worker of innocent0, shared with 13 more: busy was busy with one call for more than 2 s/);
  assert.equal(workers(), 2);
});

test('one that crashes the process is found by what it does alone; the others come back and are not blamed', async () => {
  await isReady('guilty');
  for (let time = 1; time <= 2; ++time) {
    assert.equal((await poke('guilty')).status, 503);
    await until('its worker to be gone', async () => (await stateOf('guilty')) !== 'ready');
    await isReady('guilty');
    await allReady();
  }
  assert.equal((await poke('guilty')).status, 200, 'it is in quarantine, so its sender need not come again');
  assert.equal(workers(), 3);
  const held = await gateway.list('quarantine', 'list');
  assert.deepEqual(held.map(({ channel }) => channel), ['guilty']);
  const answers = await Promise.all(innocents.map((name) => poke(name, 'y')));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
});

test('a channel whose folder is missing waits for it, and nothing waits for the channel', async () => {
  const folder = join(makeFolder(), 'chaos'), missing = join(makeFolder(), 'scans');
  cpSync(join(plugins, 'chaos'), folder, { recursive: true });
  // Neither file is part of the library's digest.
  const edit = (name, change) => {
    const document = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    change(document);
    writeFileSync(join(folder, name), JSON.stringify(document));
  };
  edit('manifest.json', (manifest) => (manifest.capabilities = ['files.read:/folder']));
  edit('settings.schema.json', (schema) => (schema.properties.folder = { type: 'string', description: 'Scans.', examples: ['/srv'] }));
  const other = await Gateway.start({
    pluginFolders: [join(folder, '..')],
    settings: { channels: { scans: { connector: 'chaos', fault: 'none', folder: missing } } },
  });
  const standing = async () => (await other.status()).channels[0];
  assert.equal((await standing()).state, 'backoff');
  assert.match((await standing()).reason, new RegExp(`letting the plugin use ${missing}: No such file or directory`));
  mkdirSync(missing);
  await until('the channel to be ready', async () => (await standing()).state === 'ready');
  assert.equal((await call(`${other.public}/hooks/scans`, { method: 'POST', body: 'x' })).status, 200);
  await other.stop();
});
