// Each fault of the faulty channel and the faulty sink is found by the check that is for it; without their faults
// nothing is.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { careless, check, faulty, faultyDeliverer, faultySink, makeFolder, unconfined } from './check.mjs';

// What the settings must have beside the fault.
const complete = (folder) => ({
  [faultySink]: { url: 'https://crm.example.org/in' },
  [faultyDeliverer]: { folder: '${folder}' },
})[folder] ?? {};

// fault: [check, result, what the reason must say]
const faults = {
  crash_on_garbage: ['settings', 'crash', /Abort/],
  exit_on_garbage: ['settings', 'crash', /exit status 0/],
  refuse_without_place: ['settings', 'fail', /without saying where/],
  trust_the_schema: ['raw-settings', 'crash', /Abort/],
  fail_to_start: ['start', 'fail', /does not feel like it/],
  crash_with_another: ['life', 'crash', /Abort/],
  never_stop: ['stop', 'fail', /did not come back within 15 s during: stop/],
  submit_after_stop: ['contract', 'fail', /does not (wait|run)/],
  call_after_close: ['contract', 'fail', /handle of another instance/],
  next_from_wrong_thread: ['contract', 'fail', /next: called outside of run/],
  malformed_batch: ['contract', 'fail', /region/],
  answer_twice: ['hostile-requests', 'fail', /does not wait for an answer/],
  never_answer: ['hostile-requests', 'fail', /never answered/],
  receive_slowly: ['hostile-requests', 'warn', /"H2".*took up to \d+ ms/],
  crash_on_deep_json: ['hostile-requests', 'crash', /Abort.*receive hostile request/],
  ignore_credit: ['credit', 'fail', /lost/],
  skip_when_busy: ['credit', 'fail', /lost/],
  skip_when_refused: ['refusal', 'fail', /lost/],
  double_after_restart: ['cursor', 'fail', /came twice/],
  ignore_cursor: ['cursor', 'warn', /submitted again/],
  crash_after_restart: ['cursor', 'crash', /Abort.*start/],
  answer_before_commit: ['kill-points', 'fail', /lost/],
  cursor_first: ['kill-points', 'fail', /lost/],
  id_of_its_own: ['kill-points', 'fail', /came twice/],
  crash_without_answer: ['services', 'crash', /"V1".*Abort.*a service that fails/],
  never_end: ['sending', 'fail', /no end/],
  end_twice: ['sending', 'fail', /ended before/],
  always_sent: ['sending', 'fail', /says that it was sent/],
  leak_descriptor: ['resources', 'fail', /100 descriptors more/],
  leak_thread: ['resources', 'fail', /threads more/],
  leak_memory: ['resources', 'fail', /bytes more with each life/],
  read_a_file: ['parity', 'fail', /"W1".*with it.*in a worker this instead.*without it/],
  open_a_socket: ['parity', 'fail', /"W1".*with it.*in a worker this instead.*without it/],
  read_the_environment: ['parity', 'fail', /"W1".*on a path.*in a worker this instead.*on none/],
};
const faultsOfSink = {
  refuse_an_event: ['sink', 'fail', /"K1".*channel.notice was not rendered/],
  render_differently: ['sink', 'fail', /"K1".*differently/],
  always_delivered: ['sink', 'fail', /"K2".*no answer at all counts as delivered/],
};
const faultsOfDeliverer = {
  never_look: ['sink', 'fail', /"K2".*counts as delivered where no file could be written/],
};

for (const [folder, all] of [[faulty, faults], [faultySink, faultsOfSink], [faultyDeliverer, faultsOfDeliverer]])
  for (const [fault, [name, result, reason]] of Object.entries(all))
    test(`${fault} is found by ${name}`, async (context) => {
      const found = await check(folder, { settings: { ...complete(folder), fault }, only: [name] });
      const one = found.of(name);
      if (unconfined(one)) return context.skip(one.findings[0].reason);
      assert.equal(one.result, result, JSON.stringify(one));
      assert.match(JSON.stringify(one.findings), reason);
      assert.equal(found.exit, result === 'warn' ? 0 : 1);
      for (const finding of one.findings) assert.ok(finding.result === 'pass' || finding.remedy, 'it says what to do');
    });

for (const folder of [faulty, faultySink, faultyDeliverer])
  test(`without its faults there is nothing against ${basename(folder)}`, async () => {
    const found = await check(folder);
    assert.deepEqual(found.checks.filter(({ result }) => result !== 'pass' && result !== 'skip'), []);
    assert.equal(found.exit, 0);
  });

test('a plugin that takes every host and knows every beginning of an id is found by entry and unknown-ids', async () => {
  const found = await check(careless, { only: ['entry', 'unknown-ids'] });
  for (const [name, reason] of [['entry', /"A1".*takes a host of ABI major/], ['unknown-ids', /"A2"/]]) {
    assert.equal(found.of(name).result, 'fail', JSON.stringify(found.of(name)));
    assert.match(JSON.stringify(found.of(name).findings), reason);
  }
});

test('a manifest of another version than the library is found by entry', async () => {
  const found = await check(edited('manifest.json', (manifest) => (manifest.version = '9.9.9')), { only: ['entry'] });
  assert.equal(found.of('entry').result, 'fail');
  assert.match(JSON.stringify(found.of('entry').findings), /"A1".*says faulty 0\.1\.0, and the manifest faulty 9\.9\.9/);
});

// A copy with another manifest or schema: neither is part of the library's digest.
function edited(file, edit) {
  const folder = join(makeFolder(), 'faulty');
  cpSync(faulty, folder, { recursive: true });
  const document = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  edit(document);
  writeFileSync(join(folder, file), JSON.stringify(document));
  return folder;
}

const schemaFaults = {
  'a schema that is open': ['schema', (schema) => (schema.additionalProperties = true)],
  'a setting without a description': ['schema', (schema) => delete schema.properties.account.description],
  'a token that is not marked': ['secrets', (schema) => (schema.properties.access_token = { type: 'string', description: 'x', default: '' })],
  'an example that is refused': ['schema-examples', (schema) => (schema.properties.account.examples = [''])],
  'a setting of any type': ['settings', (schema) => (schema.properties.anything = { description: 'x', examples: [1] })],
  'a schema that takes any key': ['settings', (schema) => (schema.additionalProperties = true)],
};
for (const [what, [name, edit]] of Object.entries(schemaFaults))
  test(`${what} is found by ${name}`, async () => {
    const found = await check(edited('settings.schema.json', edit), { only: [name] });
    assert.equal(found.of(name).result, 'fail', JSON.stringify(found.of(name)));
  });

test('a folder that the gate refuses is not loaded', async () => {
  const found = await check(edited('manifest.json', (manifest) => (manifest.sha256 = '0'.repeat(64))));
  assert.equal(found.of('gate').result, 'fail');
  assert.deepEqual(found.checks.filter(({ name, result }) => name !== 'gate' && result !== 'skip'), []);
  assert.equal(found.exit, 1);
});

test('the same seed finds the same', async () => {
  const first = await check(faulty, { settings: { fault: 'crash_on_deep_json' }, only: ['hostile-requests'] });
  const second = await check(faulty, { settings: { fault: 'crash_on_deep_json' }, only: ['hostile-requests'] });
  assert.deepEqual(second.of('hostile-requests').findings, first.of('hostile-requests').findings);
});
