// A sink that crashes on an event, in a worker: that event becomes a dead letter, and all others are delivered once.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { fixtureNumbers, Gateway, until } from '../gateway/gateway.mjs';
import { message } from '../gateway/load.mjs';

let server, gateway;
const taken = []; // texts, in the order of arrival
before(async () => {
  server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const event = JSON.parse(Buffer.concat(parts));
      if (event.type === 'interaction.received') taken.push(event.data.interaction.text);
      response.end();
    });
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  gateway = await Gateway.start({
    whatsapp: { ...fixtureNumbers, isolation: 'worker' },
    settings: {
      destinations: { crm: { sink: 'chaos_sink', isolation: 'worker', url: `http://127.0.0.1:${port}/`, allow_private: [`127.0.0.1/32:${port}`] } },
      routes: [{ from: '*', to: 'crm' }],
    },
  });
});
after(async () => {
  await gateway.stop();
  server.close();
});

test('an event that crashes the sink twice becomes a dead letter, and the others go on', async () => {
  const texts = ['one', 'crash in render', 'two', 'crash in judge', 'three'];
  for (const [person, text] of texts.entries()) assert.equal((await gateway.post(message(person, 1, text))).status, 200);
  const deadLetters = () => gateway.list('delivery', 'list', '--state', 'dead');
  await until('two dead letters', async () => (await deadLetters()).length === 2, 90);
  await gateway.delivered(90);
  for (const { last_reason: reason } of await deadLetters()) assert.match(reason, /the sink crashed twice when it was given this event/);
  for (const text of ['one', 'two', 'three']) assert.ok(taken.includes(text), text);
  assert.ok(!taken.includes('crash in render'));
  const destination = (await gateway.status()).destinations[0];
  assert.equal(destination.dead, 2);
  // People, too, have events of their own; of all that is delivered nothing is left open.
  assert.equal((await gateway.status()).deliveries.open, 0);
});
