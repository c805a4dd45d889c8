// The admin listener: who gets in, what health and metrics look like, lists in pages, and mistakes in one shape.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { call, fixtureNumbers, Gateway } from './gateway.mjs';
import { message } from './load.mjs';
import { Receiver } from './receiver.mjs';

let gateway, receiver;
before(async () => {
  receiver = await Receiver.start();
  gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
  for (let person = 0; person < 7; ++person)
    for (let number = 0; number < 3; ++number) assert.equal((await gateway.post(message(person, number))).status, 200);
  await gateway.delivered();
});
after(async () => {
  await gateway.stop();
  await receiver.stop();
});
const get = (path, headers = {}) => call(gateway.admin + path, { headers });
const read = async (path) => {
  const answer = await gateway.api(path);
  assert.equal(answer.status, 200, `${path}: ${answer.body}`);
  assert.equal(answer.headers['content-type'], 'application/json');
  return JSON.parse(answer.body);
};

test('without the bearer token the API answers 401 and tells nothing', async () => {
  const wrong = [{}, { authorization: gateway.token }, { authorization: `Basic ${gateway.token}` }, { authorization: 'Bearer ' },
    { authorization: `Bearer ${gateway.token}x` }, { authorization: `Bearer ${gateway.token.slice(0, -1)}` }];
  for (const path of ['/api/v1/status', '/api/v1/contacts', '/api/v1/nothing'])
    for (const headers of wrong) {
      const { status, body } = await get(path, headers);
      assert.equal(status, 401, `${path} ${JSON.stringify(headers)}`);
      assert.equal(JSON.parse(body).error.code, 'denied');
      assert.doesNotMatch(body, /Persona/);
    }
  assert.equal((await get('/api/v1/status', { authorization: `Bearer ${gateway.token}` })).status, 200);
  assert.equal(statSync(join(gateway.storeFolder, 'admin.token')).mode & 0o777, 0o600);
});

test('health and readiness are text for machines', async () => {
  const health = await get('/healthz');
  assert.deepEqual([health.status, health.body, health.headers['content-type']], [200, 'ok\n', 'text/plain; charset=utf-8']);
  const ready = await get('/readyz');
  assert.deepEqual([ready.status, ready.body], [200, 'ready\n']);
});

test('metrics are in Prometheus\' text format, and count what happened', async () => {
  const { status, body, headers } = await get('/metrics');
  assert.equal(status, 200);
  assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  assert.ok(body.endsWith('\n'));
  const declared = new Map();
  const samples = new Set();
  for (const line of body.trimEnd().split('\n')) {
    const type = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line);
    if (type) {
      assert.ok(!declared.has(type[1]), `${type[1]} is declared twice`);
      declared.set(type[1], type[2]);
    } else if (!line.startsWith('#')) {
      const sample = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (\S+)$/.exec(line);
      assert.ok(sample, line);
      assert.ok(['+Inf', '-Inf', 'NaN'].includes(sample[3]) || Number.isFinite(Number(sample[3])), line);
      assert.ok(declared.has(sample[1]) || declared.has(sample[1].replace(/_(bucket|sum|count)$/, '')), `${sample[1]} has no type`);
      assert.ok(!samples.has(sample[1] + sample[2]), `${line} comes twice`);
      samples.add(sample[1] + sample[2]);
      assert.match(sample[1], /^(patchbay|process)_/);
    }
  }
  assert.equal(await gateway.metric('interactions_accepted_total', '{channel="whatsapp"}'), 21);
  assert.equal(await gateway.metric('deliveries_delivered_total', '{destination="crm"}'), 28);
  assert.ok(await gateway.metric('commits_total') >= 21);
});

test('the status holds what the gateway is doing', async () => {
  const status = await read('status');
  assert.deepEqual({ ready: status.ready, contacts: status.contacts, interactions: status.interactions, deliveries: status.deliveries,
    quarantined: status.quarantined, parked: status.parked },
  { ready: true, contacts: 7, interactions: 21, deliveries: { open: 0, delivered: 28, dead: 0 }, quarantined: 0, parked: 0 });
  assert.deepEqual(status.channels.map(({ name, connector, state, accepted }) => [name, connector, state, accepted]),
    [['whatsapp', 'whatsapp', 'ready', 21]]);
  assert.deepEqual(status.destinations.map(({ name, sink, delivered }) => [name, sink, delivered]), [['crm', 'webhook', 28]]);
});

test('lists come in pages, newest first, and the pages hold everything once', async () => {
  for (const [list, count, key] of [['interactions', 21, (one) => one.id], ['contacts', 7, (one) => one.id],
    ['deliveries', 28, (one) => one.event], ['interactions?channel=whatsapp', 21, (one) => one.id],
    ['deliveries?state=delivered&destination=crm', 28, (one) => one.event]]) {
    const seen = [];
    let pages = 0;
    for (let after = ''; ; ++pages) {
      const { items, next } = await read(`${list}${list.includes('?') ? '&' : '?'}limit=5${after}`);
      assert.ok(items.length <= 5);
      seen.push(...items.map(key));
      if (next === null) break;
      after = `&after=${next}`;
    }
    assert.equal(seen.length, count, list);
    assert.equal(new Set(seen).size, count, list);
    assert.ok(pages >= Math.floor(count / 5), list);
    const numbers = seen.map((id) => Number(id.split('_')[1]));
    if (!list.startsWith('contacts')) assert.deepEqual(numbers, [...numbers].sort((a, b) => b - a), list);
  }
});

test('contacts are found by name, number and user id', async () => {
  for (const [q, count] of [['Persona 3', 1], ['persona', 7], ['+39333001' + '0003', 1], ['IT.777700000010005', 1], ['Nobody', 0]]) {
    const { items } = await read(`contacts?q=${encodeURIComponent(q)}`);
    assert.equal(items.length, count, q);
  }
  const [contact] = (await read('contacts?q=Persona%203')).items;
  assert.equal((await read(`contacts/${contact.id}`)).name, 'Persona 3');
  const timeline = (await read(`contacts/${contact.id}/interactions`)).items;
  assert.deepEqual(timeline.map((one) => one.external_id), ['wamid.p3n2', 'wamid.p3n1', 'wamid.p3n0']);
  const shown = await read(`interactions/${timeline[0].id}`);
  assert.equal(shown.text, 'Message 2');
});

test('mistakes are told in one shape', async () => {
  const cases = [
    [404, 'not_found', 'nothing'], [404, 'not_found', 'contacts/contact_999'], [404, 'not_found', 'interactions/interaction_999'],
    [404, 'not_found', 'quarantine/quarantine_999'], [404, 'not_found', 'contacts/contact_1/letters'], [404, 'not_found', 'status/more'],
    [400, 'invalid', 'contacts/five'], [400, 'invalid', 'contacts/interaction_1'], [400, 'invalid', 'contacts/contact_-1'],
    [400, 'invalid', 'contacts/contact_99999999999999999999'], [400, 'invalid', 'interactions?limit=0'],
    [400, 'invalid', 'interactions?limit=501'], [400, 'invalid', 'interactions?limit=many'], [400, 'invalid', 'interactions?after=-1'],
    [400, 'invalid', 'deliveries?state=lost'], [400, 'invalid', 'deliveries?event=contact_1'], [400, 'invalid', 'contacts?q=%zz'],
  ];
  for (const [status, code, path] of cases) {
    const answer = await gateway.api(path);
    assert.equal(answer.status, status, `${path}: ${answer.body}`);
    const body = JSON.parse(answer.body);
    assert.deepEqual(Object.keys(body), ['error'], path);
    assert.deepEqual(Object.keys(body.error).sort(), ['code', 'reason', 'remedy'], path);
    assert.equal(body.error.code, code, path);
    assert.notEqual(body.error.reason, '', path);
  }
  for (const method of ['POST', 'PUT', 'DELETE'])
    assert.equal((await gateway.api('contacts', { method })).status, 404, method);
});

test('nothing of one listener answers on the other', async () => {
  const authorization = { authorization: `Bearer ${gateway.token}` };
  for (const path of ['/healthz', '/readyz', '/metrics', '/api/v1/status', '/api/v1/contacts', '/hooks/api/v1/status'])
    assert.equal((await call(gateway.public + path, { headers: authorization })).status, 404, path);
  const body = JSON.stringify(message(1, 50));
  const signed = { 'x-hub-signature-256': gateway.sign(body), ...authorization };
  for (const path of ['/hooks/whatsapp', '/api/v1/hooks/whatsapp'])
    assert.equal((await call(gateway.admin + path, { method: 'POST', body, headers: signed })).status, 404, path);
  assert.equal((await read('status')).interactions, 21);
});
