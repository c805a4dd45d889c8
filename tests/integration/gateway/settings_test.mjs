// The command line as an operator meets it: mistakes in the settings, and the exit statuses that --help promises.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bin, fixtureNumbers, Gateway, makeFolder } from './gateway.mjs';
import { message } from './load.mjs';

// A file as people write it: what is checked is where its mistakes are said to be.
const good = `business: {name: Rossi, region: IT, timezone: Europe/Rome}
listen:
  public: {address: "127.0.0.1:0", url: "http://127.0.0.1"}
  admin: {address: "127.0.0.1:0"}
store: {sqlite: store}
channels:
  whatsapp:
    connector: whatsapp
    portfolio: "1029"
    app_secret: "\${file:app_secret}"
    verify_token: ours
    numbers: {it: {id: "111", region: IT}}
destinations:
  crm:
    sink: webhook
    url: https://crm.example/in
    keys: ["\${file:whsec}"]
routes:
  - {from: "*", to: crm}
`;

function write(text) {
  const gateway = new Gateway();
  gateway.secretFile('app_secret', 'hush-4711');
  gateway.secretFile('whsec', 'whsec_' + Buffer.alloc(32, 1).toString('base64'));
  writeFileSync(join(gateway.folder, 'patchbay.yaml'), text, { mode: 0o600 });
  return gateway;
}

test('good settings end with one line and status 0, and start nothing', async () => {
  const { exit, out, err } = await write(good).cli('check');
  assert.deepEqual([exit, out, err], [0, '1 channel, 1 destination, 1 route: ok\n', '']);
  const counted = await write(good).cli('--json', 'check');
  assert.deepEqual([counted.exit, counted.json], [0, { channels: 1, destinations: 1, routes: 1 }]);
});

test('three mistakes are told at once, each with file, line, path and remedy, and status 3', async () => {
  const wrong = good.replace('region: IT, timezone', 'region: it, timezone').replace('portfolio: "1029"', 'portfolio: 1029')
    .replace('to: crm', 'to: crn');
  const gateway = write(wrong);
  for (const command of ['check', 'run']) {
    const { exit, out, err } = await gateway.cli(command);
    assert.equal(exit, 3, command);
    assert.equal(out, '');
    const file = join(gateway.folder, 'patchbay.yaml').replaceAll('.', '\\.');
    const places = [[1, '/business/region'], [9, '/channels/whatsapp/portfolio'], [19, '/routes/0/to']];
    const lines = err.trim().split('\n');
    assert.equal(lines.length, places.length + 1, err);
    for (const [index, [line, path]] of places.entries())
      assert.match(lines[index], new RegExp(`^${file}:${line}: ${path}: expected .+; .+`));
    assert.equal(lines.at(-1), 'patchbay: 3 mistakes in the settings');
  }
  const { exit, json } = await gateway.cli('--json', 'check');
  assert.equal(exit, 3);
  assert.deepEqual(json.problems.map(({ line, path }) => [line, path]),
    [[1, '/business/region'], [9, '/channels/whatsapp/portfolio'], [19, '/routes/0/to']]);
  for (const problem of json.problems)
    for (const key of ['file', 'expected', 'got', 'remedy']) assert.notEqual(problem[key], '', key);
});

test('no mistake shows a secret', async () => {
  const gateway = write(good.replace('portfolio: "1029"', 'portfolio: ["${file:app_secret}"]')
    .replace('keys: ["${file:whsec}"]', 'keys: "${file:whsec}"'));
  const { exit, err } = await gateway.cli('check');
  assert.equal(exit, 3);
  assert.doesNotMatch(err, /hush|4711|AQEB/);
});

test('a secret that everybody may read is refused', async () => {
  const gateway = write(good);
  chmodSync(join(gateway.folder, 'whsec'), 0o644);
  const { exit, err } = await gateway.cli('check');
  assert.equal(exit, 3);
  assert.match(err, /patchbay\.yaml:17: \/destinations\/crm\/keys\/0: .*chmod/);
});

test('the exit statuses are those of --help', async () => {
  const running = await Gateway.start({ whatsapp: fixtureNumbers });
  assert.equal((await running.post(message(1, 1))).status, 200);
  const idle = write(good);
  const cases = [
    ['done', running, 0, ['status']],
    ['done without a gateway', idle, 0, ['version']],
    ['no such command', idle, 2, ['frobnicate']],
    ['no such option', idle, 2, ['status', '--frobnicate']],
    ['a command without its argument', idle, 2, ['contact', 'show']],
    ['an id of something else', running, 2, ['contact', 'show', 'interaction_1']],
    ['a value that is none of those', running, 2, ['delivery', 'list', '--state', 'lost']],
    ['no settings file', new Gateway(), 3, ['check']],
    ['mistakes in the settings', write(good.replace('to: crm', 'to: crn')), 3, ['contact', 'find']],
    ['no such contact', running, 4, ['contact', 'show', 'contact_999']],
    ['no such interaction', running, 4, ['interaction', 'show', 'interaction_999']],
    ['no such delivery', running, 4, ['delivery', 'show', 'event_999']],
    ['no such original', running, 4, ['quarantine', 'show', 'quarantine_999']],
    ['no such original to replay', running, 4, ['quarantine', 'replay', 'quarantine_999']],
    ['no such channel', running, 4, ['channel', 'show', 'telegram']],
    ['no such plugin', running, 4, ['plugin', 'show', 'telegram']],
    ['no gateway runs', idle, 5, ['status']],
  ];
  for (const [what, gateway, status, words] of cases) {
    const text = await gateway.cli(...words);
    assert.equal(text.exit, status, `${what}: patchbay ${words.join(' ')}: ${text.out}${text.err}`);
    if (status !== 0) assert.notEqual(text.err, '', what);
    if (status === 4) {
      const { json } = await gateway.cli('--json', ...words);
      assert.equal(json.error.code, 'not_found', what);
      assert.notEqual(json.error.remedy, '', what);
    }
  }
  await running.stop();
  assert.equal((await running.cli('status')).exit, 5, 'it has ended');
});

test('--help of every command says what it does and which statuses there are', () => {
  const help = (...words) => execFileSync(bin, [...words, '--help'], { encoding: 'utf8' });
  const commands = [...help().matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map((match) => match[1]);
  assert.deepEqual(commands,
    ['run', 'check', 'status', 'channel', 'destination', 'plugin', 'contact', 'identity', 'interaction', 'delivery', 'quarantine',
      'backup', 'restore', 'send', 'outbound', 'version']);
  for (const command of commands) {
    assert.match(help(command), /Usage: patchbay /);
    assert.match(help(command), /0 done, 1 failed, 2 wrong command line, 3 mistakes in the settings, 4 not found, 5 no gateway runs/);
  }
});

test('plugins that were refused are listed, each with its reason and remedy', async () => {
  const folder = makeFolder();
  const library = 'This is no library.\n';
  const lay = (name, members, text) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'text.so'), text);
    writeFileSync(join(folder, name, 'settings.schema.json'), '{"type":"object","properties":{}}');
    writeFileSync(join(folder, name, 'manifest.json'), typeof members === 'string' ? members : JSON.stringify(members));
  };
  // The members that every manifest has, from one that is good.
  const { json: { plugins } } = await write(good).cli('--json', 'plugin', 'list');
  const like = JSON.parse(readFileSync(join(plugins.find((one) => one.name === 'whatsapp').folder, 'manifest.json'), 'utf8'));
  const sha256 = createHash('sha256').update(library).digest('hex');
  lay('a_text', { ...like, library: 'text.so', sha256 }, library);
  lay('b_other_digest', { ...like, library: 'text.so', sha256: '0'.repeat(64) }, library);
  lay('c_no_manifest', 'nothing', library);
  const gateway = write(good);
  gateway.pluginFolders = [folder];
  const { exit, json } = await gateway.cli('--json', 'plugin', 'list');
  assert.equal(exit, 0);
  assert.deepEqual(json.refused.map((one) => one.folder),
    ['a_text', 'b_other_digest', 'c_no_manifest'].map((name) => join(folder, name)));
  const [text, digest, broken] = json.refused;
  assert.match(text.reason, /ELF/);
  assert.match(digest.reason, /SHA-256/);
  assert.match(broken.reason, /manifest\.json/);
  for (const { remedy } of json.refused) assert.notEqual(remedy, '');
  assert.ok(json.plugins.some((one) => one.name === 'webhook'), 'the good ones are there');
  const shown = await gateway.cli('plugin', 'list');
  assert.equal(shown.err.split('\n').filter((line) => line.startsWith('refused ')).length, 3);
  assert.match((await gateway.cli('plugin', 'show', 'whatsapp')).out, /app_secret +secret +required/);
});
