// No destination can be turned against the inside network: every way to write an inside address, names that lead there,
// and a name server that changes its mind between two questions.
//
// Runs itself in a network of its own, where all those addresses exist and one canary listens on every one of them. A
// kernel that refuses such a network skips it and says so; host/net has the same matrix for loopback addresses.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeSymmetricKey } from '../../npm/keys.mjs';
import { fixtureNumbers, Gateway, makeFolder, until } from './gateway.mjs';
import { message } from './load.mjs';
import { Resolver } from './resolver.mjs';

const public4 = '93.184.216.34', public6 = '2606:2800:220:1::1';
// What the canary must never be reached by, as the gateway calls it.
const inside = ['10.1.2.3', '10.1.2.4', '172.16.5.4', '192.168.7.7', '169.254.169.254', '100.64.1.1', '192.0.0.8',
  '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '240.0.0.1', '255.255.255.254', '0.1.2.3',
  'fd00:ec2::254', 'fe80::1', 'fec0::1', '::127.0.0.1', '64:ff9b::a01:203', '64:ff9b:1::1', '100::1', '2001::1',
  '2001:db8::1', '2002:7f00:1::1', '3fff::1', '4000::1', '5f00::1', '2606:2800:220:1:0:5efe:a01:203'];
const bracketed = (address) => (address.includes(':') ? `[${address}]` : address);

if (!process.env.PATCHBAY_OWN_NETWORK) {
  test('in a network of its own, nothing inside is reached', (context) => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
    const addresses = [public4, public6, ...inside].map((one) => `${one}/${one.includes(':') ? 128 : 32}`);
    const script = `set -e; ip link set lo up; for one in ${addresses.join(' ')}; do ip address add $one dev lo; done; ` +
      `mount --bind ${join(folder, 'resolv.conf')} /etc/resolv.conf; `;
    const unshare = (more) => spawnSync('unshare', ['-Urnm', 'sh', '-c', script + more], { encoding: 'utf8', timeout: 120_000,
      env: { ...process.env, PATCHBAY_OWN_NETWORK: '1', NODE_TEST_CONTEXT: undefined } });
    const possible = unshare('true');
    if (possible.status !== 0)
      return context.skip(`this machine allows no network of one's own: ${possible.error?.message ?? possible.stderr}`);
    const run = unshare(`exec '${process.execPath}' --test '${fileURLToPath(import.meta.url)}'`);
    assert.equal(run.status, 0, run.stdout + run.stderr);
  });
} else {
  runInside();
}

function runInside() {
  const toEnd = [];
  after(async () => {
    for (const one of toEnd.reverse()) await one.stop();
  });
  const zone = {};
  let resolver;
  const hits = [];
  const listen = async () => {
    const server = createServer((request, response) => {
      const address = request.socket.localAddress.replace(/^::ffff:/, '');
      hits.push(`${address}:${request.socket.localPort}${request.url}`);
      const elsewhere = /^\/to\/(.+)$/.exec(request.url);
      if (elsewhere) response.writeHead(302, { location: `http://${decodeURIComponent(elsewhere[1])}/` });
      else response.writeHead(204, { connection: 'close' });
      request.resume().on('end', () => response.end());
    });
    await new Promise((resolve) => server.unref().listen(0, '::', resolve));
    return server.address().port;
  };

  // A gateway with these destinations: name -> {url, allow_private}.
  async function gatewayWith(destinations) {
    const gateway = new Gateway({ whatsapp: fixtureNumbers });
    toEnd.push(gateway);
    const key = gateway.secretFile('key', makeSymmetricKey());
    for (const [name, { url, allow_private = [] }] of Object.entries(destinations)) {
      gateway.settings.destinations[name] = { sink: 'webhook', url, keys: [key], allow_private };
      gateway.settings.routes.push({ from: '*', to: name });
    }
    await gateway.start();
    return gateway;
  }
  async function fates(gateway, event) {
    return until('an attempt at each', async () => {
      const all = await gateway.ask('delivery', 'show', event);
      const untried = all.filter(({ attempts }) => attempts === 0).map(({ destination }) => destination);
      if (all.length === 0 || untried.length > 0) throw new Error(untried.join(', '));
      return new Map(all.map((one) => [one.destination, one]));
    }, 30);
  }

  test('every way to write an inside address is refused, and what is allowed is allowed exactly', async () => {
    const port = await listen(), otherPort = await listen();
    // A proxy would be the one to choose the address: none is taken from the environment.
    for (const name of ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])
      process.env[name] = `http://127.0.0.1:${port}`;
    const both = (type, ...addresses) => ({ [type]: [addresses] });
    resolver ??= await Resolver.start(zone);
    Object.assign(zone, {
      'public.test': both('A', public4), 'public6.test': both('AAAA', public6),
      'private.test': both('A', '10.1.2.3'), 'metadata.test': both('A', '169.254.169.254'),
      'metadata6.test': both('AAAA', 'fd00:ec2::254'), 'zero.test': both('A', '0.0.0.0'),
      'loopback6.test': both('AAAA', '::1'), 'mapped.test': both('AAAA', '::ffff:7f00:1'),
      'private_first.test': both('A', '10.1.2.3', public4), 'public_first.test': both('A', public4, '10.1.2.3'),
      'silent.test': { silent: true }, 'mixed.test': { A: [[public4]], AAAA: [['fd00:ec2::254']] },
    });

    const refused = new Map(); // destination -> the address that its reason must name
    const other = new Map(); // destination -> what its reason must say
    const delivered = new Map(); // destination -> where
    const destinations = {};
    const add = (kind, name, host, expected, more = {}) => {
      destinations[name] = { url: `http://${host}:${more.port ?? port}${more.path ?? '/'}`, ...more };
      kind.set(name, expected);
    };
    inside.forEach((address, number) => add(refused, `inside_${number}`, bracketed(address), address));
    Object.entries({
      decimal: '2130706433', hexadecimal: '0x7f000001', octal: '0177.0.0.1', mixed: '0x7f.0.0x0.01', short: '127.1',
    }).forEach(([name, host]) => add(refused, name, host, '127.0.0.1'));
    add(refused, 'loopback', '127.9.8.7', '127.9.8.7');
    add(refused, 'decimal_private', '167838211', '10.1.2.3');
    add(refused, 'zero', '0', '0.0.0.0');
    add(refused, 'unspecified', '[::]', '::');
    add(refused, 'loopback_6', '[::1]', '::1');
    add(refused, 'mapped', '[::ffff:127.0.0.1]', '127.0.0.1');
    add(refused, 'mapped_hex', '[::ffff:a01:203]', '10.1.2.3');
    add(refused, 'link_local_scope', '[fe80::1%25lo]', 'fe80::1');
    add(refused, 'multicast', '224.0.0.1', '224.0.0.1');
    add(refused, 'multicast_6', '[ff02::1]', 'ff02::1');
    add(refused, 'broadcast', '255.255.255.255', '255.255.255.255');
    add(refused, 'name_private', 'private.test', '10.1.2.3');
    add(refused, 'name_upper_case', 'PRIVATE.TEST', '10.1.2.3');
    add(refused, 'name_trailing_dot', 'private.test.', '10.1.2.3');
    add(refused, 'name_metadata', 'metadata.test', '169.254.169.254');
    add(refused, 'name_metadata_6', 'metadata6.test', 'fd00:ec2::254');
    add(refused, 'name_zero', 'zero.test', '0.0.0.0');
    add(refused, 'name_loopback_6', 'loopback6.test', '::1');
    add(refused, 'name_mapped', 'mapped.test', '127.0.0.1');
    add(other, 'ideographic_dots', '127。0。0。1', /its host is an international name/);
    add(other, 'fullwidth_digits', '１２７.0.0.1', /its host is an international name/);
    add(other, 'percent_dot', '127%2e0.0.1', /its host holds a percent sign/);
    add(other, 'percent_at', 'public.test%40127.0.0.1', /its host holds a percent sign/);
    add(other, 'backslash', 'public.test\\.private.test', /a backslash/);
    add(other, 'name_never_answered', 'silent.test', /^looking up the host: /);
    add(other, 'address_dot', '127.0.0.1.', /^looking up the host: /);
    add(other, 'redirect', 'public.test', /redirects are not followed; it points to http:\/\/169\.254\.169\.254/,
      { path: `/to/${encodeURIComponent(`169.254.169.254:${port}`)}` });

    add(delivered, 'public_4', 'public.test', `${public4}:${port}/`);
    add(delivered, 'public_6', 'public6.test', `${public6}:${port}/`);
    // Of several addresses the inside ones are passed by.
    for (const name of ['private_first', 'public_first', 'mixed'])
      add(delivered, `name_${name}`, `${name}.test`, `${public4}:${port}/${name}`, { path: `/${name}` });
    add(delivered, 'at_in_fragment', 'public.test', `${public4}:${port}/f`, { path: '/f#@127.0.0.1/' });
    add(delivered, 'allowed_exactly', '10.1.2.3', `10.1.2.3:${port}/exactly`,
      { path: '/exactly', allow_private: [`10.1.2.3/32:${port}`] });
    add(delivered, 'allowed_range', '10.1.2.3', `10.1.2.3:${port}/range`, { path: '/range', allow_private: ['10.0.0.0/8'] });
    add(delivered, 'allowed_6', '[fd00:ec2::254]', `fd00:ec2::254:${port}/six`,
      { path: '/six', allow_private: [`[fd00:ec2::254]/128:${port}`] });
    add(delivered, 'allowed_name', 'private.test', `10.1.2.3:${port}/name`,
      { path: '/name', allow_private: [`10.1.2.3/32:${port}`] });
    add(refused, 'neighbour_port', '10.1.2.3', '10.1.2.3', { port: otherPort, allow_private: [`10.1.2.3/32:${port}`] });
    add(refused, 'neighbour_address', '10.1.2.4', '10.1.2.4', { allow_private: [`10.1.2.3/32:${port}`] });
    add(refused, 'only_ipv6_allowed', '10.1.2.4', '10.1.2.4', { allow_private: ['::/0'] });

    const gateway = await gatewayWith(destinations);
    assert.equal((await gateway.post(message(1, 0))).status, 200);
    const seen = await fates(gateway, 'event_1');
    const wrong = [];
    const check = (name, holds) => {
      const { state, last_status, last_reason } = seen.get(name);
      if (!holds({ state, last_status, last_reason })) wrong.push(`${name}: ${state} ${last_status} "${last_reason}"`);
    };
    for (const [name, address] of refused) {
      const entry = `${address.includes(':') ? `[${address}]/128` : `${address}/32`}:${destinations[name].port ?? port}`;
      check(name, ({ state, last_reason }) => state === 'open' &&
        last_reason.startsWith(`the address ${address} is of the inside network`) &&
        last_reason.endsWith(`name it in allow_private: "${entry}"`));
    }
    for (const [name, reason] of other)
      check(name, ({ state, last_reason }) => state !== 'delivered' && reason.test(last_reason));
    for (const name of delivered.keys())
      check(name, ({ state, last_status }) => state === 'delivered' && last_status === 204);
    assert.deepEqual(wrong, []);

    // Each reached its place, and no place was reached that is not named above.
    const redirect = `${public4}:${port}${destinations.redirect.path}`;
    assert.deepEqual([...new Set(hits)].sort(), [...new Set([...delivered.values(), redirect])].sort());
  });

  test('a name that turned inward between two connections is refused', async () => {
    const port = await listen();
    resolver ??= await Resolver.start(zone);
    zone['rebind.test'] = { A: [[public4], ['127.0.0.1']] };
    hits.length = 0;
    const gateway = await gatewayWith({ crm: { url: `http://rebind.test:${port}/` } });
    assert.equal((await gateway.post(message(1, 0))).status, 200);
    await gateway.delivered();
    assert.deepEqual(new Set(hits), new Set([`${public4}:${port}/`]));
    await gateway.stop(); // with it goes what it remembers of the name
    await gateway.start();
    assert.equal((await gateway.post(message(1, 1))).status, 200);
    const { state, last_reason } = (await fates(gateway, 'event_3')).get('crm');
    assert.equal(state, 'open');
    assert.match(last_reason, /^the address 127\.0\.0\.1 is of the inside network/);
    assert.deepEqual(new Set(hits), new Set([`${public4}:${port}/`]));
    assert.ok(resolver.asked.get('rebind.test A') >= 2);
  });

  test('what is no http URL, or holds a user name, is refused with the settings', async () => {
    for (const url of ['file:///etc/passwd', 'gopher://127.0.0.1:25/_x', 'ftp://public.test/', 'http://public.test@127.0.0.1/',
      'http://public.test\\@127.0.0.1/', 'http://a b/', 'http://', 'http://public.test/\r\nX: y']) {
      const gateway = new Gateway();
      gateway.settings.destinations.crm = { sink: 'webhook', url, keys: [gateway.secretFile('key', makeSymmetricKey())] };
      gateway.writeSettings();
      const { exit, out, err } = await gateway.cli('check');
      assert.notEqual(exit, 0, url);
      assert.match(out + err, /\/destinations\/crm\/url/, url);
    }
  });
}
