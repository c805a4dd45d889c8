// Deliveries through the whole gateway: signatures that others verify, both schemes at once, and destinations that fail.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { fixtureNumbers, Gateway, until } from './gateway.mjs';
import { assertOrder, Receiver } from './receiver.mjs';
import { makeSymmetricKey } from '../../npm/keys.mjs';
import { message } from './load.mjs';

const toEnd = [];
after(async () => {
  for (const one of toEnd.reverse()) await one.stop();
});
async function setUp(receiverOptions) {
  const receiver = await Receiver.start(receiverOptions);
  toEnd.push(receiver);
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
  toEnd.push(gateway);
  return { receiver, gateway };
}

test('both schemes sign what is delivered: standardwebhooks, svix and crypto agree, cloudevents and ajv accept', async () => {
  const { receiver, gateway } = await setUp({ asymmetric: true });
  for (let i = 0; i < 5; ++i) assert.equal((await gateway.post(message(i, 0))).status, 200);
  await gateway.delivered();
  assert.deepEqual(await receiver.summary(), { requests: 10, applied: 10, duplicates: 0, refused: 0, malformed: 0 });
  for (const { headers } of receiver.lines()) {
    const schemes = headers['webhook-signature'].split(' ').map((signature) => signature.split(',')[0]);
    assert.deepEqual(schemes.sort(), ['v1', 'v1a']);
  }
});

test('a destination that fails once and hangs up once gets everything, each contact in order', async () => {
  const { receiver, gateway } = await setUp({ answers: [{ status: 500 }, { drop: true }] });
  const people = 3, each = 4;
  for (let i = 0; i < each; ++i)
    for (let person = 0; person < people; ++person)
      assert.equal((await gateway.post(message(person, i))).status, 200);
  const status = await gateway.delivered(30); // the first repetition is 5 s later
  assert.equal(status.deliveries.dead, 0);
  const lines = receiver.lines();
  assert.equal(lines.filter((line) => !line.applied).length, 2);
  const events = receiver.events();
  assert.equal(events.length, people * (each + 1)); // one contact.created each
  assertOrder(assert, events);
  for (const [index, failed] of lines.filter((line) => !line.applied).entries()) {
    const again = lines.filter((line) => line.id === failed.id);
    assert.equal(again.length, 2);
    // One that went out on a connection that had been used before, and was hung up on without a word, goes out at once on
    // another: the receiver may have closed it for its age.
    if (index === 1 && again[1].at_ms - again[0].at_ms < 1000) continue;
    assert.ok(again[1].at_ms - again[0].at_ms >= 4000, `tried again after ${again[1].at_ms - again[0].at_ms} ms`);
    assert.deepEqual(again[1].event, again[0].event, 'an event is frozen');
    // What is behind it in its lane waited; the others did not.
    const between = lines.filter((line) => line.number > again[0].number && line.number < again[1].number);
    assert.ok(between.every((line) => line.subject !== failed.subject), 'a later event of the contact overtook it');
    assert.ok(between.some((line) => line.applied), 'another contact had to wait');
  }
  const { attempts } = (await gateway.list('delivery', 'list')).find((one) => one.event === lines.find((line) => !line.applied).id);
  assert.equal(attempts, 2);
});

test('an answer that breaks off in its body is no delivery, and is tried again', async () => {
  let requests = 0;
  const broken = createServer((request, response) => {
    request.resume().on('end', () => {
      if (++requests > 1) return response.writeHead(204).end();
      response.writeHead(200, { 'content-length': '100' });
      response.write('half of', () => request.socket.destroy());
    });
  });
  await new Promise((resolve) => broken.unref().listen(0, '127.0.0.1', resolve));
  const { port } = broken.address();
  const gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver: {
    url: `http://127.0.0.1:${port}`, range: `127.0.0.1/32:${port}`, signingKeys: [makeSymmetricKey()] } });
  toEnd.push(gateway);
  assert.equal((await gateway.post(message(1, 0))).status, 200);
  await until('the first attempt', () => requests >= 1);
  const status = await gateway.delivered(30);
  assert.deepEqual(status.deliveries, { open: 0, delivered: 2, dead: 0 });
  assert.equal(requests, 3, 'the creation twice, the message once');
});

test('a destination on a private address is not called unless the settings allow it', async () => {
  const receiver = await Receiver.start();
  toEnd.push(receiver);
  const gateway = new Gateway({ whatsapp: fixtureNumbers, receiver });
  delete gateway.settings.destinations.crm.allow_private;
  await gateway.start();
  toEnd.push(gateway);
  assert.equal((await gateway.post(message(1, 0))).status, 200);
  const refused = await until('the refusal', async () =>
    (await gateway.list('delivery', 'list')).find((one) => one.last_reason));
  assert.match(refused.last_reason, /127\.0\.0\.1/);
  assert.equal((await receiver.summary()).requests, 0);
});
