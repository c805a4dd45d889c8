// Fails when an installed npm package does not want to run on the Node that Debian 12 ships.
//
//   node check_engines.mjs [FOLDER ...]     each FOLDER holds a package-lock.json and node_modules
//
// What is installed counts, not what the lock file says of it: both are read, and must name the same packages.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import semver from 'semver';

const oldest = '18.20.0';
const here = fileURLToPath(new URL('.', import.meta.url));
const folders = process.argv.length > 2 ? process.argv.slice(2) : [here];
let checked = 0;
const mistakes = [];

for (const folder of folders) {
  const read = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const lock = read('package-lock.json').packages;
  for (const [path, locked] of Object.entries(lock)) {
    if (locked.resolved) mistakes.push(`${folder}: ${path}: the lock file names a registry; remove "resolved"`);
    if (path !== '' && !existsSync(join(folder, path, 'package.json'))) {
      if (!locked.optional) mistakes.push(`${folder}: ${path} is not installed; run npm ci in ${folder}`);
      continue;
    }
    const manifest = read(join(path, 'package.json'));
    const wanted = manifest.engines?.node;
    ++checked;
    if (path !== '' && manifest.version !== locked.version)
      mistakes.push(`${folder}: ${path} is ${manifest.version}, the lock file says ${locked.version}; run npm ci`);
    if (wanted && !semver.satisfies(oldest, wanted))
      mistakes.push(`${folder}: ${manifest.name} ${manifest.version} wants Node ${wanted}, we have ${oldest}; pin an older one`);
  }
}

for (const mistake of mistakes) console.error(mistake);
console.log(`${checked} packages, ${mistakes.length} mistakes`);
process.exit(mistakes.length === 0 && checked > folders.length ? 0 : 1);
