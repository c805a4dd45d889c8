// Connections that the gateway makes for a plugin, with real peers: which it makes, what comes of those that it cannot,
// TLS with a private authority, and a thousand of them with nothing to do. PATCHBAY_ISOLATION says where the plugin runs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { Gateway, isReleased, makeFolder, until } from '../gateway/gateway.mjs';
import { childrenOf, residentMiB, switches } from '../gateway/process.mjs';

const folder = makeFolder();
const servers = new Set();
after(() => {
  for (const server of servers) {
    server.close();
    for (const socket of server.sockets) socket.destroy();
  }
});

async function listening(server, host = '127.0.0.1') {
  server.sockets = new Set();
  server.on('connection', (socket) => {
    server.sockets.add(socket);
    socket.on('error', () => {}).on('close', () => server.sockets.delete(socket));
  });
  await new Promise((resolve, reject) => server.on('error', reject).listen({ port: 0, host, backlog: 1024 }, resolve));
  servers.add(server);
  return server.address().port;
}

// A server that says these bytes, and keeps what it hears in `heard`.
async function lineServer(greeting, host) {
  const server = createServer((socket) => {
    socket.write(greeting);
    socket.on('data', (bytes) => (server.heard += bytes));
  });
  server.heard = '';
  server.port = await listening(server, host);
  return server;
}

// ---- Certificates, made now ----

const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Rossi Authority', '-keyout', 'ca.key', '-out', 'ca.pem');
openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
  '-keyout', 'self.key', '-out', 'self.pem');
function certified(name, alternative, days) {
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${alternative}`);
  openssl('req', ...newKey, '-subj', '/CN=server', '-keyout', `${name}.key`, '-out', `${name}.csr`);
  openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', days, '-extfile',
    `${name}.ext`, '-out', `${name}.pem`);
}
certified('right', 'DNS:localhost', '2');
certified('other', 'DNS:mail.rossi.example', '2');
certified('expired', 'DNS:localhost', '-1');
const keys = (name) => ({ key: readFileSync(join(folder, `${name}.key`)), cert: readFileSync(join(folder, `${name}.pem`)) });

async function tlsServer(name) {
  const server = createTlsServer(keys(name), (socket) => {
    server.secured.push(socket);
    socket.on('error', () => {}).on('data', (bytes) => (server.heard += bytes));
    socket.write('say hello\n');
  });
  server.heard = '';
  server.secured = [];
  server.port = await listening(server);
  return server;
}

// ---- The gateway ----

// One with a channel `line` to these servers.
const started = (section, more = {}) => Gateway.start({ settings: { channels: {
  line: { connector: 'liner', allow_private: ['127.0.0.0/8', '::1/128'], ...section } } }, ...more });
const said = (gateway, what) => until(`the log to say ${what}`, () => gateway.log.replaceAll('\\"', '"').includes(what))
  .catch((error) => {
    throw new Error(`${error.message}\n${gateway.log}`);
  });

test('a server that the settings name is reached, both ways, and left when the gateway ends', async () => {
  const server = await lineServer('say ciao\n');
  const gateway = await started({ servers: [{ server: `localhost:${server.port}` }] });
  await said(gateway, `connected to 127.0.0.1:${server.port}`);
  await until('the answer', () => server.heard === 'ciao\n');
  assert.equal((await gateway.stop()).code, 0);
  await until('the end of the connection', () => server.sockets.size === 0);
});

test('a server is reached by IPv6', async (t) => {
  const server = await lineServer('say ciao\n', '::1').catch(() => null);
  if (!server) return t.skip('this machine has no IPv6');
  const gateway = await started({ servers: [{ server: `[::1]:${server.port}` }] });
  await said(gateway, `connected to [::1]:${server.port}`);
  await until('the answer', () => server.heard === 'ciao\n');
  await gateway.stop();
});

test('a server that the settings do not name is not reached, whether its host or its port is another', async () => {
  const [named, other] = [await lineServer('named\n'), await lineServer('other\n')];
  const gateway = await started({ servers: [
    { server: `localhost:${named.port}` },
    { server: `127.0.0.2:${named.port}`, instead: `localhost:${other.port}` },
    { server: `127.0.0.3:${named.port}`, instead: `127.0.0.1:${named.port}` },
  ] });
  await said(gateway, 'heard named');
  for (const [line, asked] of [['127.0.0.2', `localhost port ${other.port}`], ['127.0.0.3', `127.0.0.1 port ${named.port}`]])
    await said(gateway, `${line}:${named.port} failed: connecting to ${asked}: the channel's settings name no such server; ` +
      'name it in the settings, with its port');
  assert.equal(other.sockets.size, 0);
  assert.equal(named.sockets.size, 1);
  await gateway.stop();
});

test('an address of the inside network is reached only where allow_private names it', async () => {
  const server = await lineServer('inside\n');
  const gateway = await started({ allow_private: ['10.0.0.0/8'], servers: [{ server: `127.0.0.1:${server.port}` }] });
  await said(gateway, `if it is meant, name it in allow_private: "127.0.0.1/32:${server.port}"`);
  assert.equal(server.sockets.size, 0);
  await gateway.stop();
});

test('a connection that is refused says so', async () => {
  const gone = await lineServer('');
  servers.delete(gone);
  await new Promise((resolve) => gone.close(resolve));
  const gateway = await started({ servers: [{ server: `127.0.0.1:${gone.port}` }] });
  await said(gateway, `127.0.0.1:${gone.port} failed: connecting to 127.0.0.1:${gone.port}: `);
  await said(gateway, '; see that the server runs there');
  await gateway.stop();
});

test('a server is reached through the proxy that the settings name', async () => {
  const asked = [];
  const proxy = createServer((socket) => socket.once('data', (head) => {
    asked.push(head.toString().split('\r\n')[0]);
    socket.write('HTTP/1.1 200 OK\r\n\r\nsay through the proxy\n');
    socket.on('data', (bytes) => asked.push(bytes.toString()));
  }));
  const port = await listening(proxy);
  const gateway = await started({ allow_private: [], stream_proxy: `http://127.0.0.1:${port}`,
    servers: [{ server: 'mail.rossi.example:143' }] });
  await until('the answer', () => asked.length === 2);
  assert.deepEqual(asked, ['CONNECT mail.rossi.example:143 HTTP/1.1', 'through the proxy\n']);
  await gateway.stop();
});

test('TLS is spoken with the server that proves its name by the authority in ca_file, and with no other', async () => {
  const made = Object.fromEntries(await Promise.all(['right', 'other', 'expired', 'self']
    .map(async (name) => [name, await tlsServer(name)])));
  const to = ({ port }) => ({ server: `localhost:${port}`, tls: 'at_once' });
  const gateway = await started({ ca_file: join(folder, 'ca.pem'), servers: Object.values(made).map(to) });
  await said(gateway, `localhost:${made.right.port} heard say hello`);
  await until('the answer', () => made.right.heard === 'hello\n');
  for (const [name, why] of Object.entries({
    other: 'its certificate is for another name: mail.rossi.example; write the name that stands in the certificate',
    expired: 'its certificate expired on 20', self: 'its certificate is signed by nobody but itself; if that is meant',
  })) {
    await said(gateway, `localhost:${made[name].port} broke: securing the connection to localhost: ${why}`);
    assert.equal(made[name].heard, '');
  }
  await gateway.stop();
});

test('without ca_file the authorities of the system are trusted, of which a private one is none', async () => {
  const [right, self] = [await tlsServer('right'), await tlsServer('self')];
  const gateway = await started({ servers: [right, self].map(({ port }) => ({ server: `localhost:${port}`, tls: 'at_once' })) });
  await said(gateway, `localhost:${right.port} broke: securing the connection to localhost: its certificate comes from an ` +
    'authority that is not trusted here: CN = Rossi Authority; if the authority is yours');
  await said(gateway, `localhost:${self.port} broke: securing the connection to localhost: its certificate is signed by nobody`);
  await gateway.stop();
});

test('TLS begins in the middle of a connection, and not behind something that came too early', async () => {
  const starting = async (consent) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write(consent);
      const secured = new TLSSocket(socket, { isServer: true, ...keys('right') });
      secured.on('error', () => {}).on('data', (bytes) => (server.heard += bytes));
    });
    server.heard = '';
    server.port = await listening(server);
    return server;
  };
  const good = await starting('starttls\n');
  const early = await starting('starttls\nsay a password\n');
  const gateway = await started({ ca_file: join(folder, 'ca.pem'),
    servers: [good, early].map(({ port }) => ({ server: `localhost:${port}`, tls: 'starttls' })) });
  await said(gateway, `localhost:${good.port} secured`);
  await until('what is said after it', () => good.heard === 'after starttls\n');
  await said(gateway, `localhost:${early.port} broke: starting TLS: the server, or somebody in between, sent more before it`);
  assert.equal(early.heard, '');
  await gateway.stop();
});

// ---- A thousand mailboxes with no mail ----

const total = (pids, of) => pids.map(of).reduce((sum, one) => sum + one, 0);

test('a thousand idle connections with TLS take little memory, no time, and hear at once', async () => {
  const count = isReleased ? 1000 : 100;
  const server = await tlsServer('right');
  const gateway = await started({ ca_file: join(folder, 'ca.pem'),
    servers: [{ server: `localhost:${server.port}`, tls: 'at_once', count }] });
  await until('all to be secured and to have answered', () => server.heard.length === count * 'hello\n'.length, 100);
  const pids = [gateway.child.pid, ...childrenOf(gateway.child.pid)];
  await sleep(1000); // what the last ones left to do is done by then
  const before = total(pids, switches);
  const from = process.hrtime.bigint();
  await sleep(5000);
  const perSecond = (total(pids, switches) - before) / (Number(process.hrtime.bigint() - from) / 1e9);
  const resident = total(pids, residentMiB);
  console.log(`${count} idle streams: ${pids.map((pid) => residentMiB(pid).toFixed(1)).join(' + ')} MiB resident, ` +
    `${perSecond.toFixed(2)} context switches per second`);
  if (isReleased) {
    assert.ok(resident < 150, `${resident.toFixed(1)} MiB`);
    assert.ok(perSecond < 10, `${perSecond.toFixed(2)} context switches per second`);
  }
  server.heard = '';
  for (const socket of server.secured) socket.write('say awake\n');
  await until('all to have answered', () => server.heard.length === count * 'awake\n'.length);
  await gateway.stop();
});
