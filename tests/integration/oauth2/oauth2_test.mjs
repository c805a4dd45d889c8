// OAuth2 as an operator and a provider see it: both ways to consent, tokens that run out, are rotated and are withdrawn,
// and what a channel and a destination do meanwhile. PATCHBAY_ISOLATION says where the plugins run.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer as createLineServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { Authority, machineSecret } from './authority.mjs';
import { bin, call, Gateway, makeFolder, start, until } from '../gateway/gateway.mjs';

const key = 'a key for the store that the tests made up';
const open = new Set();
after(() => open.forEach((one) => (one.stop ? one.stop() : one.close())));

async function authority(options) {
  const made = await Authority.start(options);
  open.add(made);
  return made;
}

// A gateway with a channel `line`: what `section` says, and the client of that name.
const started = (server, clientId, { section = {}, oauth2 = {}, settings = {} } = {}) => Gateway.start({ settings: {
  store: { sqlite: 'store', key },
  channels: { line: { connector: 'holder', url: `${server.url}/api`, allow_private: ['127.0.0.0/8'],
    oauth2: server.settings(clientId, oauth2), ...section } }, ...settings } });

const channel = async (gateway) => (await gateway.status()).channels[0];
const inState = (gateway, state) => until(`the channel to be ${state}`, async () => {
  const found = await channel(gateway);
  return found.state === state ? found : (() => { throw new Error(JSON.stringify(found)); })();
}).catch((error) => { throw new Error(`${error.message}\n${gateway.log}`); });

// `patchbay channel authorize line`: its output as it comes, line by line.
function authorizing(gateway, ...words) {
  const child = start(bin, gateway.parameters(...words), { stdio: ['pipe', 'pipe', 'pipe'] });
  child.text = child.errors = '';
  child.stdout.on('data', (part) => (child.text += part));
  child.stderr.on('data', (part) => (child.errors += part));
  child.shown = (pattern) => until(`the command to say ${pattern}`, () => pattern.exec(child.text))
    .catch((error) => { throw new Error(`${error.message}\n${child.text}${child.errors}${gateway.log}`); });
  return child;
}
const first = async (child) => JSON.parse((await child.shown(/^(\{.*\})\n/))[1]);

async function consented(gateway, server) {
  const child = authorizing(gateway, '--json', 'channel', 'authorize', 'line');
  await server.consent((await first(child)).user_code);
  const { code } = await child.ended;
  assert.equal(code, 0, child.text + child.errors);
}

// Nothing of it stands in the log or, but encrypted, in the store.
function hidden(gateway, secrets) {
  const files = readdirSync(gateway.storeFolder, { withFileTypes: true }).filter((one) => one.isFile())
    .map((one) => readFileSync(join(gateway.storeFolder, one.name), 'latin1'));
  for (const secret of secrets) {
    assert.ok(secret.length > 20);
    assert.ok(!gateway.log.includes(secret), 'a secret is in the log');
    for (const file of files) assert.ok(!file.includes(secret), 'a secret is in the store');
  }
}

test('a person consents by a code, and the channel works from then on, also after a restart', async () => {
  const server = await authority();
  const gateway = await started(server, 'device');
  const before = await inState(gateway, 'unauthorised');
  assert.equal(before.reason, 'nobody has consented yet; `patchbay channel authorize line`');
  assert.equal((await call(`${gateway.admin}/readyz`)).status, 503);
  assert.match((await gateway.cli('channel', 'show', 'line')).out, /nobody has consented yet; `patchbay channel authorize line`/);

  const child = authorizing(gateway, 'channel', 'authorize', 'line');
  const [, address] = await child.shown(/Open this address[^]*?\n\n {4}(http\S+)\n/);
  const [, code] = await child.shown(/Enter this code there:\n\n {4}(\S+)\n/);
  assert.equal(address, `${server.url}/device`);
  await server.consent(code);
  assert.equal((await child.ended).code, 0, child.errors);
  assert.match(child.text, /line is authorized/);
  await inState(gateway, 'ready');
  await until('the API to be asked', () => server.seen.some((one) => one.status === 200));

  await gateway.kill();
  server.seen.length = 0;
  await gateway.start();
  await until('the API to be asked again', () => server.seen.some((one) => one.status === 200));
  assert.ok(server.seen.every((one) => one.status === 200));
  assert.equal(server.count('refresh_token'), 0, 'the token still holds');
  hidden(gateway, server.seen.map((one) => one.token));
  await gateway.stop();
});

test('a person who says no, and one who never comes, are told', async () => {
  const server = await authority();
  const gateway = await started(server, 'device');
  const child = authorizing(gateway, '--json', 'channel', 'authorize', 'line');
  await server.refuse((await first(child)).user_code);
  assert.equal((await child.ended).code, 1);
  const { error } = JSON.parse(child.text.slice(child.text.indexOf('\n')));
  assert.match(error.reason, /access_denied \(no, \?\[31mthank you\)/, 'what a stranger wrote does not steer the terminal');
  assert.match(error.remedy, /authorize it anew/);

  server.codeLasts = 4;
  const late = await gateway.cli('channel', 'authorize', 'line');
  assert.equal(late.exit, 1);
  assert.match(late.err, /nobody consented in time|expired_token/);
  await gateway.stop();
});

test('a person consents in the browser, and nobody else can answer in their stead', async () => {
  const server = await authority();
  const gateway = await started(server, 'browser');
  const child = authorizing(gateway, 'channel', 'authorize', 'line');
  const [, address] = await child.shown(/Open this address[^]*?\n\n {4}(http\S+)\n/);
  const asked = new URL(address);
  assert.equal(asked.searchParams.get('code_challenge_method'), 'S256');
  const redirect = new URL(asked.searchParams.get('redirect_uri'));
  assert.equal(redirect.hostname, '127.0.0.1');

  await fetch(`${redirect.href}?code=stolen&state=guessed`);
  await until('the stranger to be refused', () => child.errors.includes('an answer to another question'));
  const back = await server.browse(address);
  assert.ok(back.startsWith(redirect.href));
  const page = await fetch(back);
  assert.equal(page.status, 200);
  assert.equal((await child.ended).code, 0, child.errors);
  await inState(gateway, 'ready');
  await until('the API to be asked', () => server.seen.some((one) => one.status === 200));
  await gateway.stop();
});

test('the address that a browser on another machine ended at can be pasted', async () => {
  const server = await authority();
  const gateway = await started(server, 'browser');
  const child = authorizing(gateway, 'channel', 'authorize', 'line');
  const [, address] = await child.shown(/Open this address[^]*?\n\n {4}(http\S+)\n/);
  child.stdin.write(`${await server.browse(address)}\n`);
  assert.equal((await child.ended).code, 0, child.errors);
  assert.match(child.text, /line is authorized/);

  server.refuses = true;
  const again = authorizing(gateway, 'channel', 'authorize', 'line');
  const [, second] = await again.shown(/Open this address[^]*?\n\n {4}(http\S+)\n/);
  await fetch(await server.browse(second));
  assert.equal((await again.ended).code, 1);
  assert.match(again.errors, /access_denied \(no, thank you\); the consent was refused/);
  await gateway.stop();
});

test('tokens that run out are renewed in time, and refresh tokens that work once are used once', async () => {
  const server = await authority({ lasts: 6 });
  const gateway = await started(server, 'device');
  await consented(gateway, server);
  await until('a renewal', () => server.count('refresh_token') >= 1);
  assert.deepEqual(server.asked.filter((one) => one.grant_type === 'refresh_token' && one.error), []);
  assert.ok(server.seen.every((one) => one.status === 200), 'no request went with a token that had run out');
  // Killed between two renewals, it goes on with the last refresh token.
  const sofar = server.count('refresh_token');
  await gateway.kill();
  await gateway.start();
  await until('a renewal after the restart', () => server.count('refresh_token') >= sofar + 1);
  assert.deepEqual(server.asked.filter((one) => one.grant_type === 'refresh_token' && one.error), []);
  hidden(gateway, server.seen.map((one) => one.token));
  await gateway.stop();
});

test('a consent that is withdrawn is told with what to do, and given again', async () => {
  const server = await authority({ lasts: 4 });
  const gateway = await started(server, 'device');
  await consented(gateway, server);
  await inState(gateway, 'ready');
  await server.withdraw();
  const gone = await inState(gateway, 'unauthorised');
  assert.match(gone.reason, /invalid_grant.*; `patchbay channel authorize line`/);
  assert.match(gateway.log, /invalid_grant/);
  assert.match((await gateway.cli('status')).out, /unauthorised/);
  const asked = server.asked.length;
  await until('the plugin to be told', () => gateway.log.includes('asked: getting an access token: a person has to consent'));
  assert.equal(server.asked.length, asked, 'the server is left alone');
  await consented(gateway, server);
  await inState(gateway, 'ready');
  await gateway.stop();
});

test('the client\'s own credentials need no person and no key, and a token that was withdrawn is got anew', async () => {
  const server = await authority({ lasts: 16 }); // one of two seconds may be the reason for a 401
  const gateway = await started(server, 'machine', { oauth2: { client_secret: machineSecret },
    settings: { store: { sqlite: 'store' } } });
  await inState(gateway, 'ready');
  const before = await until('the API to be asked', () => server.seen.find((one) => one.status === 200));
  const authorized = await gateway.ask('channel', 'authorize', 'line');
  assert.equal(authorized.state, 'granted');
  assert.equal(server.count('client_credentials'), 1);
  const from = Date.now();
  await until('the token to be old enough', () => Date.now() > from + 2500);
  await server.forgetToken(before.token);
  await until('another token', () => server.seen.some((one) => one.status === 200 && one.token !== before.token));
  assert.equal(server.seen.filter((one) => one.status === 401).length, 1, 'it was refused once, and repeated with another');
  assert.ok(!gateway.log.includes('asked: 401'), 'the plugin never heard of it');
  hidden(gateway, [before.token, machineSecret]);
  await gateway.stop();
});

test('a protocol of its own gets the token, and another one when the server refuses it', async () => {
  const server = await authority({ lasts: 16 }); // one of two seconds is not blamed any more
  const tokens = [];
  const lines = createLineServer((socket) => socket.on('error', () => {}).once('data', (bytes) => {
    tokens.push(String(bytes).trim());
    socket.end(new Set(tokens).size === 1 ? 'NO\n' : 'OK\n'); // whatever came first is refused
  }));
  lines.listen(0, '127.0.0.1');
  await once(lines, 'listening');
  open.add(lines);
  const gateway = await started(server, 'machine', { oauth2: { client_secret: machineSecret },
    section: { url: '', server: `127.0.0.1:${lines.address().port}` } });
  await until('the second token', () => gateway.log.includes('signed in: well'))
    .catch((error) => { throw new Error(`${error.message}\n${gateway.log}`); });
  assert.ok(tokens.every((line) => /^AUTH \S{20,}$/.test(line)));
  assert.ok(new Set(tokens).size === 2);
  hidden(gateway, tokens.map((line) => line.slice(5)));
  await gateway.stop();
});

test('a destination sends with a token, and its events wait while there is none', async () => {
  const server = await authority();
  const gateway = await Gateway.start({ settings: {
    store: { sqlite: 'store', key },
    channels: { hello: { connector: 'hello_connector', account: 'front-desk' } },
    destinations: { crm: { sink: 'teller', url: `${server.url}/api`, allow_private: ['127.0.0.0/8'],
      oauth2: server.settings('device') } },
    routes: [{ from: '*', to: 'crm' }] } });
  const posted = await call(`${gateway.public}/hooks/hello`, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: '1', from: 'kasia@example.org', text: 'hello' }) });
  assert.equal(posted.status, 200, posted.body);
  const destination = async () => (await gateway.status()).destinations[0];
  await until('the destination to be unauthorised', async () => (await destination()).state === 'unauthorised');
  assert.deepEqual((await gateway.list('delivery', 'list')).filter((one) => one.state === 'dead'), []);
  const child = authorizing(gateway, '--json', 'destination', 'authorize', 'crm');
  await server.consent((await first(child)).user_code);
  assert.equal((await child.ended).code, 0, child.text);
  await gateway.delivered(60);
  assert.ok(server.seen.every((one) => one.status === 200 && one.method === 'POST'));
  await gateway.stop();
});

test('settings that cannot work are told before anything starts', async () => {
  const folder = makeFolder();
  const tried = async (oauth2, store = { sqlite: 'store', key }) => {
    const gateway = new Gateway({ folder, settings: { store, channels: { line: { connector: 'holder', oauth2 } } } });
    gateway.writeSettings();
    return (await gateway.cli('check')).err;
  };
  const device = { client_id: 'x', device_url: 'https://a.example/d', token_url: 'https://a.example/t' };
  assert.match(await tried(device, { sqlite: 'store' }),
    /\/channels\/line\/oauth2: expected a store\.key of at least 32 characters.*got none; .*openssl rand -base64 32/);
  assert.match(await tried(undefined), /\/channels\/line\/oauth2: expected how it is to be authorised, got nothing/);
  assert.match(await tried({ ...device, token_url: 'http://login.example/t' }), /secrets go there: http is for a loopback/);
  assert.match(await tried({ ...device, client_id: undefined }), /\/channels\/line\/oauth2\/client_id/);
  assert.match(await tried({ ...device, flow: 'magic' }), /expected device, browser or client_credentials, got "magic"/);
});

test('an authorisation server on the inside network is reached only where allow_private names it', async () => {
  const server = await authority();
  const gateway = await started(server, 'machine', { oauth2: { client_secret: machineSecret },
    section: { allow_private: [] } });
  const refused = await gateway.cli('channel', 'authorize', 'line');
  assert.equal(refused.exit, 1);
  assert.match(refused.err, /the authorisation server was not reached: .*allow_private/s);
  assert.equal(server.asked.length, 0);
  await gateway.stop();
});
