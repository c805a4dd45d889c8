// Signing keys change without a failed verification: the settings go from the old key to both and to the new one, over
// restarts with deliveries under way, while receivers change theirs early, late, or hold both all the time.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import { fixtureNumbers, Gateway, until } from './gateway.mjs';
import { Load } from './load.mjs';
import { makeSymmetricKey } from '../../npm/keys.mjs';

const { Webhook } = createRequire(new URL('../../npm/', import.meta.url))('standardwebhooks');
const toEnd = [];
after(async () => {
  for (const one of toEnd.reverse()) await one.stop();
});

// Verifies with the keys that it knows at the moment, each by `standardwebhooks`; one that fits is enough. Its answers
// take a while, so that a stop finds deliveries under way.
class Receiver {
  constructor(name) {
    Object.assign(this, { name, known: [], failed: [], ids: new Set(), requests: 0, signatures: new Set() });
    this.server = createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        const good = this.verify(request.headers, Buffer.concat(parts));
        setTimeout(() => response.writeHead(good ? 204 : 401).end(), 25);
      });
    });
  }
  verify(headers, body) {
    ++this.requests;
    this.signatures.add(headers['webhook-signature'].split(' ').length);
    const why = [];
    for (const key of this.known) {
      try {
        new Webhook(key).verify(body, headers);
        this.ids.add(headers['webhook-id']);
        return true;
      } catch (error) {
        why.push(error.message);
      }
    }
    this.failed.push(`${this.name}: ${headers['webhook-id']}: ${why.join(', ')}`);
    return false;
  }
  async start() {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    this.port = this.server.address().port;
  }
  async stop() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

test('no delivery fails its verification while the settings go from the old key to both to the new one', async () => {
  const [old, fresh] = [makeSymmetricKey(), makeSymmetricKey()];
  const [early, both, late] = ['early', 'both', 'late'].map((name) => new Receiver(name));
  const receivers = [early, both, late];
  const gateway = new Gateway({ whatsapp: fixtureNumbers });
  for (const receiver of receivers) {
    await receiver.start();
    toEnd.push(receiver);
    gateway.settings.destinations[receiver.name] = { sink: 'webhook', url: `http://127.0.0.1:${receiver.port}`, keys: [],
      allow_private: [`127.0.0.1/32:${receiver.port}`] };
    gateway.settings.routes.push({ from: '*', to: receiver.name });
  }
  const files = { old: gateway.secretFile('old', old), fresh: gateway.secretFile('fresh', fresh) };
  const load = new Load(3);
  // The keys of the settings, and what each receiver knows in the two halves of the phase.
  const phases = [
    { keys: [files.old], knows: [[[old], [old, fresh], [old]], [[old], [old, fresh], [old]]] },
    { keys: [files.fresh, files.old], knows: [[[old], [old, fresh], [old]], [[fresh], [fresh, old], [old]]] },
    { keys: [files.fresh, files.old], knows: [[[fresh], [fresh, old], [old]], [[fresh], [fresh, old], [fresh]]] },
    { keys: [files.fresh], knows: [[[fresh], [fresh, old], [fresh]], [[fresh], [fresh, old], [fresh]]] },
  ];
  const know = (keys) => receivers.forEach((receiver, index) => (receiver.known = keys[index]));
  let underWay = 0;
  for (const [index, { keys, knows }] of phases.entries()) {
    for (const receiver of receivers) gateway.settings.destinations[receiver.name].keys = keys;
    know(knows[0]);
    await gateway.start();
    let over = false;
    const posting = load.run(gateway, () => over);
    const before = both.requests;
    await until('half of a phase', () => both.requests >= before + 60);
    know(knows[1]);
    await until('the other half', () => both.requests >= before + 120);
    underWay += JSON.parse((await gateway.api('status')).body).deliveries.open;
    if (index < phases.length - 1) await gateway.stop();
    over = true;
    await posting;
  }
  toEnd.push(gateway);
  const { deliveries } = await gateway.delivered(60);
  assert.deepEqual(receivers.flatMap((receiver) => receiver.failed), []);
  assert.equal(deliveries.dead, 0);
  assert.ok(underWay > 0, 'some were under way when the settings changed');
  for (const receiver of receivers) {
    assert.equal(receiver.ids.size * receivers.length, deliveries.delivered, receiver.name);
    assert.deepEqual([...receiver.signatures].sort(), [1, 2], 'one key, then both, then one');
  }
});
