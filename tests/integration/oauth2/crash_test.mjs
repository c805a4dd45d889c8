// What a crash leaves of a refresh token that works once. Before our commit the new one is lost with the process: a server
// that accepts the old one again never notices, one that does not makes it a consent that is gone, said with what to do.
// After the commit nothing is lost. Runs with the build that has crash points; which there are it says itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import { Authority } from './authority.mjs';
import { bin, Gateway, start, until } from '../gateway/gateway.mjs';

const points = execFileSync(bin, { env: { PATCHBAY_CRASH_AT: 'list' }, encoding: 'utf8' }).split('\n')
  .filter((point) => point.startsWith('oauth2.'));
const open = [];
after(() => open.forEach((one) => one.stop()));

test('each step is known here', () => assert.deepEqual(points.sort(), ['oauth2.after_commit', 'oauth2.before_commit']));

// One that a person has consented to, and that crashes when it renews. A consent is committed, too, before that.
async function consented(server, point) {
  open.push(server);
  const gateway = new Gateway({ settings: { store: { sqlite: 'store', key: 'a key for the store that the tests made up' },
    channels: { line: { connector: 'holder', url: `${server.url}/api`, allow_private: ['127.0.0.0/8'], oauth2: server.settings('device') } } } });
  await gateway.start({ env: { PATCHBAY_CRASH_AT: `${point}:${point === 'oauth2.after_commit' ? 2 : 1}` } });
  const child = start(bin, gateway.parameters('--json', 'channel', 'authorize', 'line'), { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (part) => (text += part));
  await until('the code', () => text.includes('\n'));
  await server.consent(JSON.parse(text.split('\n')[0]).user_code);
  assert.equal((await child.ended).code, 0);
  return gateway;
}

const state = async (gateway) => (await gateway.status()).channels[0];

async function crashing(point, server) {
  const gateway = await consented(server, point);
  assert.deepEqual(await gateway.child.ended, { code: null, signal: 'SIGKILL' });
  assert.equal(server.count('refresh_token'), 1, 'the server has given out the next refresh token');
  await gateway.start();
  return gateway;
}

test('killed after the commit, it goes on with the new refresh token', async () => {
  const server = await Authority.start({ lasts: 4 });
  const gateway = await crashing('oauth2.after_commit', server);
  await until('the next renewal', () => server.count('refresh_token') >= 2);
  assert.deepEqual(server.asked.filter((one) => one.grant_type === 'refresh_token' && one.error), []);
  assert.equal((await state(gateway)).state, 'ready');
  await gateway.stop();
});

test('killed before the commit, with a server that takes a refresh token once, the consent is gone and that is told', async () => {
  const server = await Authority.start({ lasts: 4 });
  const gateway = await crashing('oauth2.before_commit', server);
  const found = await until('the channel to be unauthorised', async () => {
    const now = await state(gateway);
    return now.state === 'unauthorised' && now;
  });
  assert.match(found.reason, /invalid_grant.*`patchbay channel authorize line`/);
  await gateway.stop();
});

test('killed before the commit, with a server that takes it again, nobody notices', async () => {
  const server = await Authority.start({ lasts: 4, rotates: false });
  const gateway = await crashing('oauth2.before_commit', server);
  await until('the next renewal', () => server.count('refresh_token') >= 2);
  assert.equal((await state(gateway)).state, 'ready');
  await gateway.stop();
});
