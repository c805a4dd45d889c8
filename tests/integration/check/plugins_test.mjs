// The plugins of this tree against the standard, without a waiver.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { check, faulty, plugins, source, unconfined } from './check.mjs';

// Checks that a plugin may leave out, and nothing else: what it does not have, or what nobody named.
const withoutEndpoint = ['examples', 'hostile-requests'];
const without = {
  whatsapp: ['sink'],
  webhook: [...withoutEndpoint, 'credit', 'refusal', 'cursor', 'sending'],
  file: [...withoutEndpoint, 'credit', 'refusal', 'cursor', 'sending'],
  hello_connector: ['sending', 'sink'],
  cookbook_api: [...withoutEndpoint, 'sink'],
  cookbook_connection: [...withoutEndpoint, 'sending', 'sink'],
  c_connector: [...withoutEndpoint, 'sending', 'sink'],
  hello_sink: [...withoutEndpoint, 'credit', 'refusal', 'cursor', 'sending'],
};

for (const [name, skipped] of Object.entries(without))
  test(`${name} has neither fail nor crash, and skips only what it does not have`, async () => {
    const found = await check(join(plugins, name));
    const bad = found.checks.filter(({ result }) => result === 'fail' || result === 'crash');
    assert.deepEqual(bad.map(({ name: which, findings }) => [which, findings]), []);
    assert.equal(found.exit, 0);
    const left = found.checks.filter((one) => one.result === 'skip' && !unconfined(one)).map(({ name: which }) => which);
    assert.deepEqual(left.sort(), ['compatible', ...skipped].sort());
  });

test('a plugin that is compatible with itself is so, and one that lost a setting is not', async () => {
  const itself = await check(join(plugins, 'whatsapp'), { only: ['compatible'], words: ['--previous', join(plugins, 'whatsapp')] });
  assert.equal(itself.of('compatible').result, 'pass');
  const other = await check(join(plugins, 'c_connector'), { only: ['compatible'], words: ['--previous', faulty] });
  assert.equal(other.of('compatible').result, 'fail');
  assert.match(JSON.stringify(other.of('compatible').findings), /\/fault is gone/);
});

test('every clause of the standard is cited by a check, and every clause that is cited stands there', async () => {
  const standard = readFileSync(join(source, 'sdk/STANDARD.md'), 'utf8');
  const written = new Set([...standard.matchAll(/^\*\*([A-Z]\d)\*\*/gm)].map(([, clause]) => clause));
  const cited = new Set();
  for (const file of ['sdk/testkit/conformance/check.cpp', 'host/cli/check_folder.cpp', 'host/cli/plugin_check.cpp'])
    for (const [, clauses] of readFileSync(join(source, file), 'utf8').matchAll(/\{"[a-z-]+",\s*"([A-Z]\d(?: [A-Z]\d)*)"/g))
      clauses.split(' ').forEach((clause) => cited.add(clause));
  assert.deepEqual([...cited].sort(), [...written].sort());
});
