// Backups as an operator makes them: beside a gateway under load, put back after damage, refused where they must be.
import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { call, fixtureNumbers, Gateway, start, until } from './gateway.mjs';
import { Load, message } from './load.mjs';
import { assertOrder, Receiver } from './receiver.mjs';

// Other bytes in the middle of the database's pages, as a failing disk leaves them.
function damage(database) {
  const file = openSync(database, 'r+');
  const pages = statSync(database).size / 4096;
  for (let page = 1; page < pages; page += 2) writeSync(file, Buffer.from('damage'), 0, 6, page * 4096 + 2048);
  closeSync(file);
}

test('a backup is made beside a gateway under load, and brings a damaged store back', async () => {
  const receiver = await Receiver.start();
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
  const load = new Load(4);
  let over = false;
  const running = load.run(gateway, () => over);
  await until('some messages', () => load.accepted.size >= 50);
  const before = new Set(load.accepted);
  const backup = join(gateway.folder, 'backup');
  const made = await gateway.ask('backup', backup);
  assert.ok(made.interactions >= before.size, `${made.interactions} interactions, ${before.size} were accepted`);
  assert.equal(made.folder, backup);
  assert.ok(made.bytes > 0);
  await until('more messages', () => load.accepted.size >= before.size + 50);
  over = true;
  await running;
  assert.deepEqual([...load.answers.keys()], [200], 'nobody was refused meanwhile');
  await gateway.delivered();
  assert.ok((await gateway.ask('check', '--store')).damage.length === 0);

  // The same folder is not written twice, and a gateway that runs is not pulled away from under itself.
  assert.equal((await gateway.cli('backup', backup)).exit, 1);
  const refused = await gateway.cli('restore', backup, '--replace');
  assert.equal(refused.exit, 1);
  assert.match(refused.err, /another gateway holds it/);

  assert.equal((await gateway.stop()).code, 0);
  const database = join(gateway.storeFolder, 'patchbay.db');
  damage(database);
  const check = await gateway.cli('check', '--store');
  assert.equal(check.exit, 6);
  assert.match(check.err, /page \d+ of .*patchbay\.db is not what was written/);
  assert.match(check.err, /patchbay restore/);
  const child = start(gateway.program, gateway.parameters('run'), { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text) => (log += text));
  assert.equal((await child.ended).code, 6, log);
  assert.match(log, /patchbay\.db.*patchbay restore/);

  assert.equal((await gateway.cli('restore', backup)).exit, 1, 'there is a store already');
  const restored = await gateway.ask('restore', backup, '--replace');
  assert.equal(restored.interactions, made.interactions);
  assert.ok(existsSync(join(restored.replaced, 'patchbay.db')), 'the old database is kept');
  await gateway.start();
  const there = (await gateway.list('interaction', 'list')).map((one) => one.external_id);
  assert.equal(there.length, made.interactions);
  assert.deepEqual([...before].filter((id) => !there.includes(id)), [], 'what was accepted before the backup is there');

  // It goes on: no id that the receiver knows is used for something else.
  assert.equal((await gateway.post(message(1, 1_000_000))).status, 200);
  await gateway.delivered();
  const events = receiver.events();
  assert.equal(new Set(events.map((event) => event.id)).size, events.length);
  assert.equal(events.at(-1).data.interaction.external_id, 'wamid.p1n1000000');
  assertOrder(assert, events);
  assert.equal((await gateway.stop()).code, 0);
  await receiver.stop();
});

test('damage that a running gateway meets is told, answered 503, and never read as an answer', async () => {
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers });
  for (let number = 0; number < 300; ++number) assert.equal((await gateway.post(message(number % 50, number))).status, 200);
  assert.equal((await gateway.stop()).code, 0);
  const database = join(gateway.storeFolder, 'patchbay.db');
  const whole = readFileSync(database);
  await gateway.start();
  damage(database);
  const list = await gateway.api('interactions?limit=300');
  assert.equal(list.status, 500, list.body);
  assert.equal(JSON.parse(list.body).error.code, 'corrupt');
  assert.equal((await call(`${gateway.admin}/readyz`)).status, 503);
  assert.match(gateway.log, /the store is damaged: page \d+ of .*patchbay\.db is not what was written/);
  assert.equal((await call(`${gateway.admin}/healthz`)).status, 200, 'it stays up');
  writeFileSync(database, whole);
  await gateway.kill();
});
