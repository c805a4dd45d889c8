// Runs `patchbay plugin check` and reads what it found. Folders vanish when the tests end.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';

export const { PATCHBAY_BIN: bin, PATCHBAY_PLUGINS: plugins, PATCHBAY_SOURCE: source } = process.env;
// Plugins with faults, as they were built for these tests.
const built = (name) => join(process.env.FAULTY, name);
export const [faulty, faultySink, faultyDeliverer, careless] =
  ['faulty', 'faulty_sink', 'faulty_deliverer', 'careless'].map(built);

const folders = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

export function makeFolder() {
  folders.push(mkdtempSync(join(tmpdir(), 'patchbay-check-test-')));
  return folders.at(-1);
}

// Where the kernel cannot confine a worker, the check says so, and there is nothing to be found.
export const unconfined = (one) => one.result === 'skip' && /cannot confine/.test(JSON.stringify(one.findings));

// {exit, counts, checks, of(name)}: `of` is the one check of that name. `settings` is an object.
export async function check(folder, { settings, only = [], words = [] } = {}) {
  const parameters = ['--json', 'plugin', 'check', folder, '--reproduce', '1', ...only.flatMap((name) => ['--only', name]), ...words];
  if (settings) {
    const file = join(makeFolder(), 'settings.json');
    writeFileSync(file, JSON.stringify(settings));
    parameters.push('--settings', file);
  }
  const run = promisify(execFile);
  const ended = await run(bin, parameters, { maxBuffer: 64 << 20, timeout: 120_000 }).catch((error) => error);
  let found;
  try {
    found = JSON.parse(ended.stdout);
  } catch (error) {
    throw new Error(`${parameters.join(' ')}: ${error.message}\n${ended.stdout}\n${ended.stderr}`);
  }
  return { ...found, exit: ended.code ?? 0, of: (name) => found.checks.find((one) => one.name === name) };
}
