// A gateway for tests: the real program in a folder of its own, on ports that are free, and what one does with it.
//
// start() writes the settings and returns when the gateway is ready; stop() ends it as an operator would, kill() as a
// power cut would, and start() on the same folder goes on with the same store. Folders vanish when the tests end, and
// so does what still runs.
import { execFile, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const bin = process.env.PATCHBAY_BIN; // by run.sh
export const plugins = process.env.PATCHBAY_PLUGINS;
// Built as it is released. Other builds need more time and memory, and sanitizers lift limits of workers.
export const isReleased = !/\/(debug|asan|tsan|fuzz)\/bin\//.test(bin);
// Where plugins run, for tests that must have the same result both ways.
const isolation = process.env.PATCHBAY_ISOLATION;

const children = new Set();
const folders = new Set();
const tidyUp = () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
};
if (process.env.NODE_TEST_CONTEXT) after(tidyUp); // a child that still runs would keep `node --test` from ending
process.on('exit', tidyUp);

export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-gateway-'));
  folders.add(folder);
  return folder;
}

// A child that ends with the tests at the latest. `ended` resolves to {code, signal}.
export function start(program, parameters, options) {
  const child = spawn(program, parameters, options);
  children.add(child);
  child.ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      children.delete(child);
      resolve({ code, signal });
    });
  });
  return child;
}

// What can no more come to be: ends until() before its deadline.
class Over extends Error {}

// The first thing that `look` finds, which may be asynchronous. Throws after the deadline with what it saw last.
export async function until(what, look, seconds = 45) {
  const end = Date.now() + seconds * 1000;
  for (let last; ; await sleep(20)) {
    try {
      const found = await look();
      if (found) return found;
      last = JSON.stringify(found);
    } catch (error) {
      if (error instanceof Over) throw error;
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`waiting for ${what} took longer than ${seconds} s; last: ${last}`);
  }
}

// One request on one of the agent's connections: {status, headers, body}. Rejects when the connection breaks.
export function call(url, { method = 'GET', headers = {}, body, agent } = {}) {
  return new Promise((resolve, reject) => {
    const all = body === undefined ? headers : { 'content-length': Buffer.byteLength(body), ...headers };
    const request = httpRequest(url, { method, headers: all, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers,
        body: Buffer.concat(parts).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

export const connections = (count) => new Agent({ keepAlive: true, maxSockets: count });

// The numbers of the fixtures, and the portfolio whose user ids they hold.
export const fixtureNumbers = {
  portfolio: '1029',
  numbers: { it: { id: '310000000000001', region: 'IT', name: 'Rossi Milano' }, pl: { id: '310000000000002', region: 'PL' } },
};

// The settings with every section isolated as PATCHBAY_ISOLATION says, unless it says so itself.
function apart(settings) {
  if (!isolation) return settings;
  const each = (sections) => Object.fromEntries(
    Object.entries(sections).map(([name, section]) => [name, { isolation, ...section }]));
  return { ...settings, channels: each(settings.channels), destinations: each(settings.destinations) };
}

export class Gateway {
  // `settings` are those of the file, beside what every test needs: `channels`, `destinations`, `routes` as there.
  // `whatsapp` adds a channel of that name, `receiver` (see receiver.mjs here) a destination `crm` and the route to it.
  constructor({ settings = {}, whatsapp, receiver, pluginFolders = [], folder = makeFolder(), store = 'store', program = bin } = {}) {
    this.program = program;
    this.folder = folder;
    this.pluginFolders = pluginFolders;
    this.secret = randomBytes(16).toString('hex');
    this.settings = {
      business: { name: 'Rossi', region: 'IT', timezone: 'Europe/Rome', own: ['rossi.example'] },
      listen: { public: { address: '127.0.0.1:0', url: 'http://127.0.0.1' }, admin: { address: '127.0.0.1:0' } },
      store: { sqlite: store }, channels: {}, destinations: {}, routes: [], ...settings,
    };
    if (whatsapp)
      this.settings.channels.whatsapp = { connector: 'whatsapp', app_secret: this.secretFile('app_secret', this.secret),
        verify_token: this.secretFile('verify_token', 'a token of our own'), ...whatsapp };
    if (receiver) {
      const keys = receiver.signingKeys.map((key, number) => this.secretFile(`key_${number}`, key));
      this.settings.destinations.crm = { sink: 'webhook', url: receiver.url, keys, allow_private: [receiver.range] };
      this.settings.routes.push({ from: '*', to: 'crm' });
    }
  }

  static async start(options) {
    const gateway = new Gateway(options);
    await gateway.start();
    return gateway;
  }

  // Keeps a secret as the operator would, and returns how the settings refer to it.
  secretFile(name, text) {
    writeFileSync(join(this.folder, name), text, { mode: 0o600 });
    return '${file:' + name + '}';
  }

  writeSettings() {
    const path = join(this.folder, 'patchbay.yaml');
    writeFileSync(path, JSON.stringify(apart(this.settings), null, 2)); // JSON is YAML
    chmodSync(path, 0o600);
    return path;
  }

  get storeFolder() {
    return join(this.folder, this.settings.store.sqlite);
  }

  parameters(...further) {
    return ['--settings', join(this.folder, 'patchbay.yaml'),
      ...this.pluginFolders.flatMap((folder) => ['--plugins', folder]), ...further];
  }

  // `env`: what its environment has beside ours.
  async start({ env = {} } = {}) {
    this.settings.listen.admin.address = `127.0.0.1:${this.adminPort ?? 0}`;
    this.writeSettings();
    this.log = '';
    this.startedAt = process.hrtime.bigint();
    this.child = start(this.program, this.parameters('run'), { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    let over = null;
    this.child.ended.then((end) => (over = end));
    this.child.stderr.on('data', (text) => (this.log += text));
    const ports = await until('the gateway to be ready', () => {
      if (over) throw new Over(`the gateway ended with ${JSON.stringify(over)}`);
      return / ready admin_port=(\d+)(?:.* public_port=(\d+))?/.exec(this.log);
    }).catch((error) => {
      throw new Error(`${error.message}\n${this.log}`);
    });
    this.admin = `http://127.0.0.1:${ports[1]}`;
    this.public = `http://127.0.0.1:${ports[2]}`;
    this.settings.listen.admin.address = `127.0.0.1:${ports[1]}`; // so that the command line finds it
    this.writeSettings();
    this.token = readFileSync(join(this.storeFolder, 'admin.token'), 'utf8').trim();
  }

  // As systemd ends it: {code, ms}.
  async stop() {
    const from = Date.now();
    this.child.kill('SIGTERM');
    const { code, signal } = await this.child.ended;
    return { code: code ?? signal, ms: Date.now() - from };
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.child.ended;
  }

  sign(body) {
    return 'sha256=' + createHmac('sha256', this.secret).update(body).digest('hex');
  }

  // Posts a body to the channel `whatsapp` as Meta does.
  post(body, { headers = {}, signature, agent, path = '/hooks/whatsapp' } = {}) {
    const bytes = Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body);
    const signedBy = signature === undefined ? this.sign(bytes) : signature;
    return call(this.public + path, { method: 'POST', body: bytes, agent, headers: { 'content-type': 'application/json',
      ...(signedBy === null ? {} : { 'x-hub-signature-256': signedBy }), ...headers } });
  }

  // The command line: {exit, out, err}, and `json` where it printed some.
  async cli(...words) {
    const run = promisify(execFile);
    const found = await run(this.program, this.parameters(...words), { maxBuffer: 64 << 20, timeout: 30_000 })
      .catch((error) => error);
    const result = { exit: found.code ?? 0, out: found.stdout, err: found.stderr };
    if (words.includes('--json')) result.json = JSON.parse(result.out);
    return result;
  }

  // What the command line prints with --json, where it must succeed.
  async ask(...words) {
    const { exit, json, err } = await this.cli('--json', ...words);
    if (exit !== 0) throw new Error(`patchbay ${words.join(' ')}: exit ${exit}: ${JSON.stringify(json)} ${err}`);
    return json;
  }

  // All pages of a list.
  async list(...words) {
    const items = [];
    for (let next = []; ; ) {
      const page = await this.ask(...words, '--limit', '200', ...next);
      items.push(...page.items);
      if (page.next === null) return items;
      next = ['--after', String(page.next)];
    }
  }

  api(path, { headers = {}, ...options } = {}) {
    return call(`${this.admin}/api/v1/${path}`, { headers: { authorization: `Bearer ${this.token}`, ...headers }, ...options });
  }

  status() {
    return this.ask('status');
  }

  // Waits until nothing is left to deliver, and returns the status then.
  delivered(seconds = 20) {
    return until('the deliveries', async () => {
      const answer = await this.api('status');
      const status = JSON.parse(answer.body);
      if (status.deliveries.open !== 0) throw new Error(JSON.stringify(status.deliveries));
      return status;
    }, seconds);
  }

  // The value of a metric with these labels, as Prometheus would read it; 0 where it is not there.
  async metric(name, labels = '') {
    const { body } = await call(`${this.admin}/metrics`);
    const line = body.split('\n').find((text) => text.startsWith(`${name}${labels} `) || text.startsWith(`patchbay_${name}${labels} `));
    return line ? Number(line.split(' ').pop()) : 0;
  }
}
