// A destination for tests: tests/npm/receiver.mjs as a child, and what it saw.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeKeyPair, makeSymmetricKey } from '../../npm/keys.mjs';
import { call, makeFolder, start } from './gateway.mjs';

const program = fileURLToPath(new URL('../../npm/receiver.mjs', import.meta.url));

export class Receiver {
  // `answers` is the script of tests/npm/receiver.mjs. The gateway signs with `signingKeys`: HMAC always, and Ed25519
  // when `asymmetric` is asked for.
  static async start({ answers = [], asymmetric = false } = {}) {
    const receiver = new Receiver();
    const symmetric = makeSymmetricKey();
    const pair = makeKeyPair();
    receiver.signingKeys = asymmetric ? [symmetric, pair.privateKey] : [symmetric];
    const known = asymmetric ? [symmetric, pair.publicKey] : [symmetric];
    receiver.path = join(makeFolder(), 'deliveries.jsonl');
    writeFileSync(receiver.path, ''); // so that no delivery reads as none
    receiver.child = start(process.execPath, [program, ...known.flatMap((key) => ['--key', key]),
      '--log', receiver.path, '--answers', JSON.stringify(answers)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(receiver.child.stdout), 'line');
    receiver.url = line.replace('listening on ', '');
    receiver.range = `127.0.0.1/32:${new URL(receiver.url).port}`;
    return receiver;
  }

  // {requests, applied, duplicates, refused, malformed}
  async summary() {
    return JSON.parse((await call(`${this.url}/summary`)).body);
  }

  // Every request in the order of arrival.
  lines() {
    return readFileSync(this.path, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  // The events in the order in which they were taken, each once.
  events() {
    return this.lines().filter((line) => line.applied).map((line) => line.event);
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.child.ended;
  }
}

// Events per contact came in commit order. A contact that was merged away is followed into the one it became part of.
export function assertOrder(assert, events) {
  const became = new Map();
  const last = new Map();
  const root = (contact) => (became.has(contact) ? root(became.get(contact)) : contact);
  for (const event of events) {
    if (!event.subject.startsWith('contact_')) continue;
    if (event.type === 'contact.merged')
      for (const merged of event.data.merged) {
        assert.ok((last.get(root(merged)) ?? '') < event.sequence, `${event.id} joins ${merged} after its last event`);
        became.set(merged, event.subject);
      }
    const lane = root(event.subject);
    assert.ok((last.get(lane) ?? '') < event.sequence, `${event.id} of ${lane} came after ${last.get(lane)}`);
    last.set(lane, event.sequence);
  }
}
