// What imap.sh and imap_idle.sh measure; they say what is meant. Prints one JSON object.
//
//   node imap.mjs import MESSAGES RUNS [FOLDER]      node imap.mjs idle MAILBOXES CHANNELS
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:tls';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder, until } from '../integration/gateway/gateway.mjs';
import { Authority } from '../integration/imap/dovecot.mjs';
import { channel, gatewayFor, makeDovecot } from '../integration/imap/mailboxes.mjs';

const secondsSince = (from) => Number(process.hrtime.bigint() - from) / 1e9;
const median = (values) => values.sort((a, b) => a - b) && (values[(values.length - 1) >> 1] + values[values.length >> 1]) / 2;
const rounded = (value) => Math.round(value * 100) / 100;

// Letters of a business: mostly short texts, newsletters in HTML, every tenth with a document.
function made(number) {
  const words = (count, salt) => Array.from({ length: count }, (_, i) => ((number * 7919 + i * 104729 + salt) >>> 0).toString(36)).join(' ')
    .replace(/(.{60,75}) /g, '$1\r\n');
  const sender = number % 800;
  const head = `From: Customer ${sender} <customer${sender}@c.example>\r\nTo: info@rossi.example\r\nSubject: number ${number}\r\n` +
    `Message-ID: <${number}@c.example>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n`;
  const text = `Content-Type: text/plain; charset=utf-8\r\n\r\n${words(500 + (number % 7) * 100, 1)}\r\n`;
  if (number % 10 === 0)
    return `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${text}--b\r\nContent-Type: application/pdf\r\n` +
      `Content-Disposition: attachment; filename=offer${number}.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n` +
      `${Buffer.from(words(6300, number)).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n--b--\r\n`;
  if (number % 5 === 0)
    return `${head}Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n${text}--b\r\nContent-Type: text/html\r\n\r\n` +
      `<html><body><p>${words(3000, 2).replace(/\r\n/g, '</p>\r\n<p>')}</p></body></html>\r\n--b--\r\n`;
  return head + text;
}

async function measureImport(count, runs, folder) {
  const dovecot = makeDovecot();
  await dovecot.start();
  let bytes = 0;
  const deliver = (text) => {
    bytes += text.length;
    dovecot.deliver('bench', text);
  };
  if (folder) for (const name of readdirSync(folder).sort()) deliver(readFileSync(join(folder, name)));
  else for (let i = 1; i <= count; ++i) deliver(made(i));
  const total = dovecot.files('bench').length;
  // Its index is made for whoever comes first.
  await dovecot.ask('bench', 'SELECT INBOX', 'UID FETCH 1:* (INTERNALDATE RFC822.SIZE)');

  const patchbay = async () => {
    const gateway = gatewayFor(dovecot, 'bench');
    gateway.settings.destinations.crm = { sink: 'webhook', url: 'http://127.0.0.1:9', allow_private: ['127.0.0.1/32:9'],
      keys: [gateway.secretFile('key', `whsec_${Buffer.alloc(32, 7).toString('base64')}`)] };
    gateway.settings.routes.push({ from: '*', to: 'crm' });
    const from = process.hrtime.bigint();
    await gateway.start();
    await until('the import', async () => {
      const { body } = await gateway.api('status');
      const status = JSON.parse(body);
      const { accepted, duplicates, quarantined = 0 } = status.channels[0];
      if (accepted + duplicates + quarantined < total) throw new Error(body);
      return true;
    }, 600);
    const took = secondsSince(from);
    await gateway.stop();
    rmSync(gateway.storeFolder, { recursive: true });
    return took;
  };
  const mbsync = () => {
    const here = makeFolder();
    mkdirSync(join(here, 'mail'));
    writeFileSync(join(here, 'mbsyncrc'), `IMAPStore far
Host localhost
Port ${dovecot.imaps}
User bench
Pass secret
SSLType IMAPS
CertificateFile ${dovecot.authority.pem}

MaildirStore near
Path ${here}/mail/
Inbox ${here}/mail/INBOX

Channel all
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
SyncState *
`);
    const from = process.hrtime.bigint();
    execFileSync('mbsync', ['--config', join(here, 'mbsyncrc'), '--all'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const took = secondsSince(from);
    const got = ['new', 'cur'].flatMap((part) => readdirSync(join(here, 'mail/INBOX', part))).length;
    if (got !== total) throw new Error(`mbsync has ${got} messages of ${total}`);
    rmSync(here, { recursive: true });
    return took;
  };
  const times = { patchbay: [], mbsync: [] };
  for (let run = 1; run <= runs; ++run) {
    times.patchbay.push(await patchbay());
    times.mbsync.push(mbsync());
    process.stderr.write(`run ${run} of ${runs}: patchbay ${times.patchbay.at(-1)} s, mbsync ${times.mbsync.at(-1)} s\n`);
  }
  const arrival = await measureArrival(dovecot);
  await dovecot.stop();
  const [ours, theirs] = [median(times.patchbay), median(times.mbsync)];
  return { patchbay_s: rounded(ours), mbsync_s: rounded(theirs), ratio: rounded(ours / theirs), messages: total,
    mb: rounded(bytes / 1e6), runs, ...arrival };
}

// From a mail program that connects, logs in and appends a message to its event at a destination, while the channel
// waits.
async function measureArrival(dovecot) {
  const seen = new Map();
  const destination = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part)).on('end', () => {
      const subject = /arrival \d+/.exec(body)?.[0];
      if (subject && !seen.has(subject)) seen.set(subject, process.hrtime.bigint());
      response.writeHead(200).end();
    });
  });
  await new Promise((resolve) => destination.listen(0, '127.0.0.1', resolve));
  const { port } = destination.address();
  const gateway = gatewayFor(dovecot, 'arrival');
  gateway.settings.destinations.crm = { sink: 'webhook', url: `http://127.0.0.1:${port}`, allow_private: [`127.0.0.1/32:${port}`],
    keys: [gateway.secretFile('key', `whsec_${Buffer.alloc(32, 7).toString('base64')}`)] };
  gateway.settings.routes.push({ from: '*', to: 'crm' });
  await gateway.start();
  const waits = () => gateway.metric('plugin_mailboxes_up_to_date', '{instance="mail"}');
  const times = [];
  for (let i = 1; i <= 20; ++i) {
    await until('the mailbox to be waited in', waits);
    const text = `From: a${i}@c.example\r\nTo: info@rossi.example\r\nSubject: arrival ${i}\r\nMessage-ID: <arrival${i}@c.example>\r\n\r\nhello\r\n`;
    const from = process.hrtime.bigint();
    await dovecot.ask('arrival', `APPEND INBOX {${text.length}+}\r\n${text}`);
    await until('the event', () => seen.has(`arrival ${i}`));
    times.push(Number(seen.get(`arrival ${i}`) - from) / 1e6);
  }
  await gateway.stop();
  destination.close();
  return { arrival_p50_ms: rounded(median([...times])), arrival_max_ms: rounded(Math.max(...times)) };
}

// A server with empty mailboxes, in which nothing ever happens. `idle` counts who waits.
function makeServer() {
  const folder = makeFolder();
  const authority = new Authority(folder);
  authority.certify('right', 'DNS:localhost');
  const [key, cert] = ['key', 'pem'].map((kind) => readFileSync(join(folder, `right.${kind}`)));
  const server = createServer({ key, cert }, (socket) => {
    let heard = '', waiting = null;
    socket.on('error', () => {});
    socket.write('* OK [CAPABILITY IMAP4rev1 IDLE SASL-IR AUTH=PLAIN] ready\r\n');
    socket.on('data', (part) => {
      heard += part;
      for (let end; (end = heard.indexOf('\r\n')) >= 0; heard = heard.slice(end + 2)) {
        const [tag, verb] = heard.slice(0, end).split(' ');
        if (tag === 'DONE') {
          socket.write(`${waiting} OK done\r\n`);
          server.idle -= 1;
        } else if (verb === 'IDLE') {
          waiting = tag;
          server.idle += 1;
          socket.write('+ idling\r\n');
        } else if (verb === 'EXAMINE') {
          socket.write(`* 0 EXISTS\r\n* OK [UIDVALIDITY 1] is\r\n* OK [UIDNEXT 1] is\r\n${tag} OK [READ-ONLY] done\r\n`);
        } else {
          socket.write(`${tag} OK [CAPABILITY IMAP4rev1 IDLE] done\r\n`);
        }
      }
    });
  });
  server.idle = 0;
  return { server, authority };
}

const workersOf = (gateway) => execFileSync('pgrep', ['-P', String(gateway.child.pid)]).toString().trim().split('\n');
const memoryOf = (pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1024;
const cpuOf = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ').slice(11, 13)
  .reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
const wakeupsOf = (pid) => readdirSync(`/proc/${pid}/task`).map((task) =>
  [...readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8').matchAll(/ctxt_switches:\s+(\d+)/g)])
  .flat().reduce((sum, [, count]) => sum + Number(count), 0);

async function measureIdle(count, channels) {
  const { server, authority } = makeServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gateway = gatewayFor({ authority, imaps: server.address().port }, 'bench');
  const mailbox = (number) => ({ user: `user${number}@rossi.example`, password: gateway.secretFile('password', 'secret') });
  const { mail, ...others } = gateway.settings.channels;
  gateway.settings.channels = others;
  const all = Array.from({ length: count }, (_, number) => mailbox(number));
  for (let i = 0; i < channels; ++i) {
    const { user, password, ...section } = { ...mail, workers: 'shared' };
    const own = all.filter((_, number) => number % channels === i);
    gateway.settings.channels[`mail${i}`] = { ...section, folders: { outbound: [] }, ...(own.length === 1 ? own[0]
      : { accounts: Object.fromEntries(own.map((one, number) => [`box${number}`, one])) }) };
  }
  await gateway.start();
  await until('all to be idle', () => server.idle === count, 120).catch((error) => {
    throw new Error(`${error.message}: ${server.idle} are\n${gateway.log.slice(-2000)}`);
  });
  await sleep(3000); // what a start leaves behind
  const pids = [gateway.child.pid, ...workersOf(gateway)];
  const sum = (of) => pids.map(of).reduce((one, other) => one + other, 0);
  const seconds = 30;
  const [cpu, wakeups] = [sum(cpuOf), sum(wakeupsOf)];
  await sleep(seconds * 1000);
  const result = { rss_mb: rounded(sum(memoryOf)), gateway_mb: rounded(memoryOf(pids[0])),
    cpu_percent: rounded((sum(cpuOf) - cpu) / seconds * 100), wakeups_per_s: rounded((sum(wakeupsOf) - wakeups) / seconds),
    mailboxes: count, channels, workers: pids.length - 1 };
  await gateway.stop();
  server.close();
  return result;
}

const [what, ...words] = process.argv.slice(2);
const result = what === 'import' ? await measureImport(Number(words[0]), Number(words[1]), words[2])
  : await measureIdle(Number(words[0]), Number(words[1]));
console.log(JSON.stringify(result));
process.exit(0);
