// `patchbay plugin dev` as an author has it beside the editor: what came in is told, a build is taken up, and nothing
// is left behind.
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { bin, call, makeFolder, plugins, start, until } from '../gateway/gateway.mjs';

// A copy of a plugin's folder, which may be changed.
function copyOf(name) {
  const folder = join(makeFolder(), name);
  cpSync(join(plugins, name), folder, { recursive: true });
  return folder;
}

class Dev {
  constructor(folder, words = []) {
    this.temporary = makeFolder();
    this.lines = [];
    this.log = '';
    this.child = start(bin, ['--json', 'plugin', 'dev', folder, '--listen', '127.0.0.1:0', ...words],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: this.temporary } });
    let rest = '';
    this.child.stdout.setEncoding('utf8').on('data', (part) => {
      const lines = (rest + part).split('\n');
      rest = lines.pop();
      this.lines.push(...lines.map((line) => JSON.parse(line)));
    });
    this.child.stderr.setEncoding('utf8').on('data', (part) => (this.log += part));
  }
  told(key) {
    return this.lines.filter((line) => key in line).map((line) => line[key]);
  }
  // The number of starts so far is `times`; gives the address for webhooks.
  async ready(times = 1) {
    await until(`start ${times}`, () => this.told('ready').length >= times);
    return this.told('ready').at(-1).hook;
  }
  async interaction(id) {
    return until(`the interaction ${id}`, () => this.lines.find((line) => line.interaction?.external_id === id));
  }
  // As Ctrl-C does.
  async stop() {
    this.child.kill('SIGINT');
    assert.deepEqual(await this.child.ended, { code: 0, signal: null }, this.log);
    assert.deepEqual(readdirSync(this.temporary), [], 'the store is thrown away');
  }
}

const post = async (hook, message) => {
  const answer = await call(hook, { method: 'POST', body: JSON.stringify(message) });
  assert.equal(answer.status, 200, answer.body);
};
const from = 'kasia@example.org';

test('what comes in is told, with who wrote it and whether the contact is new', async () => {
  const dev = new Dev(copyOf('hello_connector'));
  const hook = await dev.ready();
  await post(hook, { id: '1', from, text: 'hello' });
  await post(hook, { id: '2', from, text: 'hello again' });
  const first = await dev.interaction('1'), second = await dev.interaction('2');
  assert.equal(first.interaction.text, 'hello');
  assert.equal(first.interaction.participants[0].identifiers[0].value, from);
  assert.equal(first.contact_is_new, true);
  assert.equal(second.contact_is_new, second.interaction.contact !== first.interaction.contact);
  await post(hook, { id: '2', from, text: 'hello again' });
  await until('the repetition', () => dev.told('count').includes('known before'));
  assert.equal(dev.told('interaction').length, 2);
  await dev.stop();
});

test('a change of the library starts it again, at the same address and with the same store', async () => {
  const folder = copyOf('hello_connector');
  const dev = new Dev(folder);
  const hook = await dev.ready();
  await post(hook, { id: '1', from, text: 'hello' });
  await dev.interaction('1');
  utimesSync(join(folder, 'hello_connector.so'), new Date(), new Date());
  assert.equal(await dev.ready(2), hook);
  await post(hook, { id: '1', from, text: 'hello' });
  await until('the repetition', () => dev.told('count').includes('known before'));
  await dev.stop();
});

test('a folder that the gate refuses is told with the reason, and what ran before goes on', async () => {
  const folder = copyOf('hello_connector');
  const dev = new Dev(folder);
  const hook = await dev.ready();
  const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...JSON.parse(manifest), sha256: '0'.repeat(64) }));
  const refused = await until('the refusal', () => dev.lines.find((line) => line.error));
  assert.match(refused.error.reason, /what ran before goes on/);
  await post(hook, { id: '1', from, text: 'still here' });
  await dev.interaction('1');
  writeFileSync(join(folder, 'manifest.json'), manifest);
  assert.equal(await dev.ready(2), hook);
  await dev.stop();
});

test('a plugin that is not built yet is waited for, and so is one whose folder is made anew', async () => {
  const folder = copyOf('hello_connector');
  const aside = `${folder}-aside`;
  renameSync(folder, aside);
  const dev = new Dev(folder);
  await until('the reason', () => dev.lines.some((line) => /nothing runs until it changes/.test(line.error?.reason)));
  cpSync(aside, folder, { recursive: true });
  await dev.ready();
  rmSync(folder, { recursive: true });
  cpSync(aside, folder, { recursive: true });
  await dev.ready(2);
  await dev.stop();
});

test('in this process it takes messages, too', async () => {
  const dev = new Dev(copyOf('hello_connector'), ['--in-process']);
  await post(await dev.ready(), { id: '1', from, text: 'hello' });
  await dev.interaction('1');
  await dev.stop();
});

test('a sink is brought events by a channel, and each delivery is told', async () => {
  const bodies = [];
  const crm = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (part) => bodies.push(part)).on('end', () => response.writeHead(204).end());
  });
  await new Promise((resolve) => crm.listen(0, '127.0.0.1', resolve));
  const settings = join(makeFolder(), 'settings.json');
  writeFileSync(settings, JSON.stringify({ url: `http://127.0.0.1:${crm.address().port}/in` }));
  const dev = new Dev(copyOf('hello_sink'), ['--from', join(plugins, 'hello_connector'), '--settings', settings]);
  await post(await dev.ready(), { id: '1', from, text: 'hello' });
  const delivered = await until('a delivery', () => dev.told('delivery').find((one) => one.type === 'interaction.received'));
  assert.equal(delivered.state, 'delivered');
  assert.match(bodies.join(''), /interaction\.received/);
  await dev.stop();
  crm.close();
});

test('a change of the settings file is taken up, and other files beside it are not', async () => {
  const folder = makeFolder();
  const settings = join(folder, 'settings.json');
  // As editors save: a new file takes the place of the old one.
  const save = (account) => {
    writeFileSync(`${settings}.new`, JSON.stringify({ account }));
    renameSync(`${settings}.new`, settings);
  };
  save('first');
  const dev = new Dev(copyOf('hello_connector'), ['--settings', settings]);
  const hook = await dev.ready();
  writeFileSync(join(folder, 'notes.txt'), 'x');
  save('');
  const refused = await until('the refusal', () => dev.lines.find((line) => line.error));
  assert.match(refused.error.reason, /account/);
  save('second');
  assert.equal(await dev.ready(2), hook);
  await post(hook, { id: '1', from, text: 'hello' });
  await dev.interaction('1');
  assert.equal(dev.told('ready').length, 2);
  await dev.stop();
});

test('a sink without a channel is told what is missing', async () => {
  const dev = new Dev(copyOf('hello_sink'));
  await until('the reason', () => dev.lines.some((line) => /a sink with --from/.test(line.error?.reason)));
  await dev.stop();
});
