// Plugins other than those that ship: one in plain C, one built outside the tree against the installed SDK, and the
// smallest sink, all in one gateway.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { call, Gateway, makeFolder, plugins, until } from './gateway.mjs';
import { Schemas } from '../../npm/schemas.mjs';
import { Receiver } from './receiver.mjs';

const run = promisify(execFile);
const { PATCHBAY_SOURCE: source, PATCHBAY_BUILD: build } = process.env;

// A folder with these plugins alone, as an operator would lay them.
function folderOf(...names) {
  const folder = makeFolder();
  for (const name of names) cpSync(join(plugins, name), join(folder, name), { recursive: true });
  return folder;
}

// examples/hello_connector, copied out of the tree and built as its author would.
async function buildOutside() {
  const work = makeFolder();
  const [prefix, copy] = [join(work, 'prefix'), join(work, 'hello_connector')];
  cpSync(join(source, 'examples/hello_connector'), copy, { recursive: true });
  await run('cmake', ['--install', build, '--component', 'sdk', '--prefix', prefix]);
  await run('cmake', ['-S', copy, '-B', join(copy, 'build'), '-G', 'Ninja', `-DCMAKE_PREFIX_PATH=${prefix}`]);
  await run('cmake', ['--build', join(copy, 'build'), '--target', 'plugin_hello_connector']);
  return join(copy, 'build/lib/patchbay/plugins');
}

test('a connector in plain C is asked every so often, and goes on after a restart where it was', async () => {
  const receiver = await Receiver.start();
  const gateway = await Gateway.start({ receiver, pluginFolders: [folderOf('c_connector')],
    settings: { channels: { ticks: { connector: 'c_connector', interval_ms: 50 } } } });
  const texts = () => receiver.events().filter((event) => event.type === 'interaction.received')
    .map((event) => event.data.interaction.text);
  await until('five messages', () => texts().length >= 5);
  assert.equal((await gateway.stop()).code, 0);
  const before = texts().length;
  await gateway.start();
  await until('more messages', () => texts().length >= before + 3);
  assert.equal((await gateway.stop()).code, 0);
  const all = texts();
  assert.deepEqual(all, all.map((_, index) => `Message ${index + 1} from plain C`), 'none is skipped, none told twice');
  const { malformed, refused } = await receiver.summary();
  assert.deepEqual({ malformed, refused }, { malformed: 0, refused: 0 });
  await receiver.stop();
});

test('a connector built outside the tree runs, and the smallest sink delivers what it says', async () => {
  const outside = await buildOutside();
  assert.ok(existsSync(join(outside, 'hello_connector/manifest.json')));
  const schemas = new Schemas();
  const events = [];
  const crm = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part)).on('end', () => {
      events.push(JSON.parse(Buffer.concat(parts)));
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => crm.unref().listen(0, '127.0.0.1', resolve));
  const { port } = crm.address();
  const gateway = await Gateway.start({ pluginFolders: [outside, folderOf('hello_sink')], settings: {
    channels: { desk: { connector: 'hello_connector', account: 'front-desk' } },
    destinations: { crm: { sink: 'hello_sink', url: `http://127.0.0.1:${port}/in`, allow_private: [`127.0.0.1/32:${port}`] } },
    routes: [{ from: ['desk'], to: 'crm' }],
  } });
  const { plugins: found } = await gateway.ask('plugin', 'list');
  assert.ok(found.find((one) => one.name === 'hello_connector').folder.startsWith(outside), 'the one from outside is used');
  const say = (body) => call(`${gateway.public}/hooks/desk`, { method: 'POST', body });
  const hello = JSON.stringify({ id: '1', from: 'kasia@mail.example', text: 'hello' });
  for (let i = 0; i < 3; ++i) assert.deepEqual((({ status, body }) => [status, body])(await say(hello)), [200, 'thank you\n']);
  assert.equal((await say('[1]')).status, 400);
  await until('a message', () => events.some((event) => event.type === 'interaction.received'));
  await gateway.delivered();
  assert.equal((await gateway.stop()).code, 0);
  for (const event of events) assert.deepEqual(schemas.mistakes(event), []);
  assert.deepEqual(events.map((event) => event.type), ['contact.created', 'interaction.received']);
  const { interaction } = events[1].data;
  assert.equal(interaction.text, 'hello');
  assert.deepEqual([interaction.channel, interaction.connector, interaction.account], ['desk', 'hello_connector', 'front-desk']);
  const listed = await gateway.list('interaction', 'list', '--channel', 'desk');
  assert.deepEqual(listed.map((one) => one.id), [interaction.id], 'the store has it, also when no gateway runs');
});

test('a sink sees the body of an answer and may call a 200 a refusal', async () => {
  const padding = 'x'.repeat(60_000); // the error stands near the end of what is kept of an answer
  const crm = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part)).on('end', () => {
      const { type } = JSON.parse(Buffer.concat(parts));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(type === 'contact.created' ? { padding, error: 'no such model' } : { result: 7 }));
    });
  });
  await new Promise((resolve) => crm.unref().listen(0, '127.0.0.1', resolve));
  const { port } = crm.address();
  const gateway = await Gateway.start({ pluginFolders: [folderOf('c_connector', 'hello_sink')], settings: {
    channels: { ticks: { connector: 'c_connector', interval_ms: 50 } },
    destinations: { crm: { sink: 'hello_sink', url: `http://127.0.0.1:${port}/in`, allow_private: [`127.0.0.1/32:${port}`] } },
    routes: [{ from: '*', to: 'crm' }],
  } });
  const fateOf = (event) => until('its delivery', async () =>
    (await gateway.ask('delivery', 'show', event)).find(({ state }) => state !== 'open'));
  const refused = await fateOf('event_1');
  assert.equal(refused.state, 'dead');
  assert.equal(refused.last_reason, 'the receiver answered HTTP 200 with an error: "no such model"');
  assert.equal((await fateOf('event_2')).state, 'delivered');
  assert.equal((await gateway.stop()).code, 0);
});
