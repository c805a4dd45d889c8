// A full disk: the provider is told to come again, the gateway stays up, and what it accepted is all there afterwards.
// The store is on a small file system of its own, which only root can mount.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { call, fixtureNumbers, Gateway, makeFolder, until } from './gateway.mjs';
import { Load, message } from './load.mjs';
import { assertOrder, Receiver } from './receiver.mjs';

const folder = makeFolder();
const disk = join(folder, 'store');
let refusal = process.getuid() === 0 ? '' : 'only root can mount a small file system';
if (refusal === '') {
  mkdirSync(disk, { mode: 0o700 });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'none', disk], { stdio: 'pipe' });
  } catch (error) {
    refusal = `mounting is refused: ${error.stderr}`;
  }
}
if (refusal !== '') console.log(`full_disk: skipped: ${refusal}`);

// Writes to the file until its disk has no byte left, whoever else takes from it meanwhile.
function fill(file) {
  const descriptor = openSync(file, 'w');
  for (const piece of [Buffer.alloc(1 << 16), Buffer.alloc(1)]) {
    try {
      for (;;) writeSync(descriptor, piece);
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
    }
  }
  closeSync(descriptor);
}

test('a full disk is answered 503 with Retry-After, and afterwards nothing is lost or doubled',
  { skip: refusal === '' ? false : refusal }, async (t) => {
    t.after(() => execFileSync('umount', ['--lazy', disk]));
    const receiver = await Receiver.start();
    const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver, folder });
    const accepted = [], refused = [];
    const post = async (number) => {
      const answer = await gateway.post(message(number % 3, number, `Message ${number} `.repeat(50)));
      (answer.status === 200 ? accepted : refused).push(number);
      return answer;
    };
    for (let number = 0; number < 20; ++number) assert.equal((await post(number)).status, 200);
    await gateway.delivered();

    const ballast = join(disk, 'ballast');
    fill(ballast);
    const answer = await until('a refusal', async () => {
      const { status, headers } = await post(accepted.length);
      return status === 200 ? null : { status, retryAfter: Number(headers['retry-after']) };
    });
    assert.equal(answer.status, 503);
    assert.ok(answer.retryAfter >= 1 && answer.retryAfter <= 60, `Retry-After: ${answer.retryAfter}`);
    const [again] = refused;
    for (let i = 0; i < 5; ++i) assert.equal((await post(again)).status, 503, 'as long as the disk is full');
    assert.equal((await call(`${gateway.admin}/healthz`)).status, 200);
    assert.match(gateway.log, /committing: .*(full|space)/i);

    rmSync(ballast);
    await until('the store to take messages', async () => (await post(again)).status === 200);
    for (let number = again + 1; number < again + 10; ++number) assert.equal((await post(number)).status, 200);
    const status = await gateway.delivered();
    assert.equal(status.interactions, accepted.length);
    assert.equal(status.deliveries.dead, 0);
    const delivered = receiver.events().filter((event) => event.type === 'interaction.received')
      .map((event) => event.data.interaction.external_id);
    assert.deepEqual(delivered.sort(), accepted.map((number) => `wamid.p${number % 3}n${number}`).sort());
    assertOrder(assert, receiver.events());

    // What was committed is there for the next start, too.
    assert.equal((await gateway.stop()).code, 0);
    await gateway.start();
    assert.equal((await gateway.status()).interactions, accepted.length);
    assert.equal((await gateway.stop()).code, 0);
    await receiver.stop();
  });

test('a disk that fills under load is survived: deliveries go on, and within 5 s of space it takes messages again',
  { skip: refusal === '' ? false : refusal }, async (t) => {
    const place = makeFolder();
    const store = join(place, 'store');
    mkdirSync(store, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'none', store], { stdio: 'pipe' });
    t.after(() => execFileSync('umount', ['--lazy', store]));
    const receiver = await Receiver.start();
    const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver, folder: place });
    const load = new Load(8);
    let over = false;
    const running = load.run(gateway, () => over);
    await until('messages', () => load.accepted.size >= 200);
    const ballast = join(store, 'ballast');
    fill(ballast);
    await until('refusals', () => load.answers.get(503) >= 50);
    const full = load.accepted.size;
    // What was on its way to the destination arrives there, though its outcome cannot be kept yet.
    const last = [...load.accepted].at(-1);
    await until('the last that was accepted to arrive', () =>
      receiver.events().some((event) => event.data.interaction?.external_id === last));
    assert.equal((await call(`${gateway.admin}/healthz`)).status, 200);

    rmSync(ballast);
    await until('messages to be taken again', () => load.accepted.size > full, 5);
    await until('more of them', () => load.accepted.size >= full + 100);
    over = true;
    await running;
    assert.deepEqual([...load.answers.keys()].sort(), [200, 503]);
    const status = await gateway.delivered();
    assert.equal(status.deliveries.dead, 0);
    assert.equal(status.interactions, load.accepted.size);
    const events = receiver.events();
    const received = events.filter((event) => event.type === 'interaction.received')
      .map((event) => event.data.interaction.external_id);
    assert.deepEqual(received.sort(), [...load.accepted].sort(), 'each message is delivered, once');
    assertOrder(assert, events);
    assert.equal((await gateway.ask('check', '--store')).damage.length, 0);
    assert.equal((await gateway.stop()).code, 0);
    await receiver.stop();
  });
