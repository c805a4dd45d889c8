// A gateway with nothing to do: what it holds, how often it wakes, and how soon it serves. The bars are those of a
// release build; others are measured and printed, but not held to them.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { call, fixtureNumbers, Gateway, isReleased, until } from './gateway.mjs';
import { childrenOf, privateMiB, residentMiB, switches } from './process.mjs';
import { Receiver } from './receiver.mjs';

// What each file takes of the memory, the largest first: where to look when the bar is missed.
function largest(pid) {
  const sizes = new Map();
  let name = '';
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const head = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+\s*(.*)$/.exec(line);
    if (head) name = head[1] || 'anonymous';
    const size = /^Rss:\s+(\d+) kB$/.exec(line);
    if (size) sizes.set(name, (sizes.get(name) ?? 0) + Number(size[1]));
  }
  return [...sizes].sort((a, b) => b[1] - a[1]).slice(0, 8)
    .map(([file, kib]) => `${(kib / 1024).toFixed(1)} ${file.split('/').pop()}`).join(', ');
}

test('an idle gateway is small and quiet', async () => {
  const receiver = await Receiver.start();
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
  assert.equal((await call(`${gateway.admin}/readyz`)).status, 200);
  const { pid } = gateway.child;
  await sleep(1000); // the connection that asked is closed by then
  const before = switches(pid);
  const from = process.hrtime.bigint();
  await sleep(10_000);
  const perSecond = (switches(pid) - before) / (Number(process.hrtime.bigint() - from) / 1e9);
  const resident = residentMiB(pid);
  console.log(`idle: ${resident.toFixed(1)} MiB resident, ${perSecond.toFixed(2)} context switches per second (${largest(pid)})`);
  if (isReleased) {
    assert.ok(resident < 40, `${resident.toFixed(1)} MiB: ${largest(pid)}`);
    assert.ok(perSecond < 5, `${perSecond.toFixed(2)} context switches per second`);
  }
  await gateway.stop();
  await receiver.stop();
});

test('the first 200 on /healthz comes within 300 ms of the start', async () => {
  const gateway = new Gateway({ whatsapp: fixtureNumbers });
  const times = [];
  for (let round = 0; round < 5; ++round) {
    // On a port that is known before the start, as an operator's is.
    const port = await new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = server.address();
        server.close(() => resolve(free));
      });
    });
    gateway.adminPort = port;
    const starting = gateway.start();
    const from = Date.now();
    await until('health', async () => (await call(`http://127.0.0.1:${port}/healthz`)).status === 200, 10);
    times.push(Date.now() - from);
    await starting;
    assert.equal((await gateway.stop()).code, 0);
  }
  const [median] = times.sort((a, b) => a - b).slice(2);
  console.log(`start: ${times.join(', ')} ms until /healthz answers 200`);
  if (isReleased) assert.ok(median <= 300, `${times.join(', ')} ms`);
});

test('a worker is small, and ready within 50 ms', async () => {
  const gateway = await Gateway.start({ whatsapp: { ...fixtureNumbers, isolation: 'worker' } });
  const readyLines = () => [...gateway.log.matchAll(/^(\S+) info channel ready /gm)].map(([, time]) => new Date(time));
  await until('the channel to be ready', () => readyLines().length === 1);
  const times = [];
  for (let round = 1; round <= 5; ++round) {
    await gateway.api('channels/whatsapp/pause', { method: 'POST' });
    await until('the channel to be paused', () => gateway.log.split('channel paused').length > round);
    const from = Date.now();
    await gateway.api('channels/whatsapp/resume', { method: 'POST' });
    await until('the channel to be ready', () => readyLines().length === round + 1);
    times.push(readyLines()[round] - from);
  }
  times.sort((a, b) => a - b);
  const sizes = childrenOf(gateway.child.pid).map(privateMiB);
  assert.equal(sizes.length, 1);
  console.log(`workers: ready after ${times.join(', ')} ms; ${sizes.map((size) => size.toFixed(1)).join(', ')} MiB of their own`);
  if (isReleased) {
    assert.ok(times[2] < 50, `${times} ms`);
    for (const size of sizes) assert.ok(size < 12, `${size} MiB`);
  }
  await gateway.stop();
});
