// The quickstart's programs on their own: the demo CRM with deliveries that `standardwebhooks` signed, and post.mjs
// against a server that answers as told.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { Book } from '../../examples/quickstart/crm/book.mjs';
import { card } from '../../examples/quickstart/crm/card.mjs';
import { page } from '../../examples/quickstart/crm/page.mjs';
import { makeSymmetricKey } from './keys.mjs';
import { Schemas, schemaFolder } from './schemas.mjs';

const quickstart = fileURLToPath(new URL('../../examples/quickstart/', import.meta.url));
const running = [];
after(() => running.forEach((child) => child.kill('SIGKILL')));

const example = (type) => JSON.parse(readFileSync(join(schemaFolder, 'examples', `${type}.json`), 'utf8'));
const schemas = new Schemas();
let number = 100;

// An event like the example, changed; it must still be one that Patchbay could send.
function event(type, change = () => {}) {
  const made = example(type);
  made.id = `event_${++number}`;
  change(made.data);
  assert.deepEqual(schemas.mistakes(made), []);
  return made;
}

function start(program, args, stderr = 'inherit', stdin = 'ignore') {
  const child = spawn(process.execPath, [join(quickstart, program), ...args], { stdio: [stdin, 'pipe', stderr] });
  running.push(child);
  const run = { child, output: '' };
  child.stdout.on('data', (text) => (run.output += text));
  child.stderr?.on('data', (text) => (run.output += text));
  run.ended = once(child, 'close').then(([code]) => code);
  return run;
}

async function until(condition, what) {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `no ${what} within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('the CRM believes only what is signed, and applies it once', async () => {
  assert.ok(existsSync(join(quickstart, 'node_modules')), 'run: npm ci --prefix examples/quickstart');
  const key = makeSymmetricKey();
  const crm = start('crm.mjs', ['--key', key], 'pipe');
  await until(() => crm.output.includes('listening on '), 'address');
  const url = crm.output.match(/http:\S+/)[0];
  const send = async (made, signer = new Webhook(key)) => {
    const body = JSON.stringify(made);
    const at = new Date();
    const headers = { 'webhook-id': made.id, 'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': signer.sign(made.id, at, body) };
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };
  const created = event('contact.created');
  const received = event('interaction.received');
  assert.equal(await send(created, new Webhook(makeSymmetricKey())), 401);
  assert.equal((await fetch(url, { method: 'POST', body: '{}' })).status, 401);
  for (const made of [created, created, received, created, received]) assert.equal(await send(made), 204);

  const summary = await (await fetch(`${url}/summary`)).json();
  assert.deepEqual(summary, { contacts: 1, interactions: 1, deliveries: 2, duplicates: 3, notices: 0 });
  assert.match(await (await fetch(url)).text(), /Kasia Nowak/);
  await until(() => crm.output.includes('Dzień dobry'), 'card');
  assert.ok(!crm.output.includes('\u001b'), 'no colour where there is no terminal');
  crm.child.kill('SIGTERM');
  assert.equal(await crm.ended, 0);
  assert.match(crm.output, /crm: 1 contacts, 1 interactions, 2 deliveries/);
});

test('a merge joins the timelines, and later events of the old contact go to the new one', () => {
  const book = new Book();
  book.apply(event('contact.created'));
  book.apply(event('interaction.received'));
  book.apply(event('contact.created', (data) => Object.assign(data.contact, { id: 'contact_9' })));
  const other = (data) => {
    Object.assign(data.interaction, { id: 'interaction_7', occurred_at: '2026-11-15T10:00:00Z' });
    data.contact.id = 'contact_9';
  };
  book.apply(event('interaction.received', other));
  assert.equal(book.summary.contacts, 2);

  assert.deepEqual(book.apply(event('contact.merged')), ['contact_5']);
  const { contact, timeline } = book.contacts.get('contact_5');
  assert.deepEqual(contact.aliases, ['contact_9']);
  assert.deepEqual(timeline.map(({ interaction }) => interaction.id), ['interaction_7', 'interaction_8']);
  const deletion = (data) => {
    data.interaction.id = 'interaction_7';
    data.contact.id = 'contact_9';
  };
  assert.deepEqual(book.apply(event('interaction.deleted', deletion)), ['contact_5']);
  assert.equal(book.summary.contacts, 1);
});

test('a split takes the timeline of its personas along, and an erasure leaves nothing', () => {
  const book = new Book();
  book.apply(event('contact.created'));
  book.apply(event('interaction.received'));
  const ofNinth = (data) => {
    data.interaction.id = 'interaction_12';
    data.interaction.participants[0].persona = 'persona_9';
  };
  book.apply(event('interaction.received', ofNinth));
  assert.deepEqual(book.apply(event('contact.split')), ['contact_9', 'contact_5']);
  const idsOf = (id) => book.contacts.get(id).timeline.map(({ interaction }) => interaction.id);
  assert.deepEqual([idsOf('contact_5'), idsOf('contact_9')], [['interaction_8'], ['interaction_12']]);
  book.apply(event('contact.erased'));
  assert.deepEqual([book.summary.contacts, book.summary.interactions], [0, 0]);
});

test('facts change their interaction: edit, reaction and its removal, receipts forward only', () => {
  const book = new Book();
  book.apply(event('contact.created'));
  book.apply(event('interaction.received'));
  const entry = book.interactions.get('interaction_8');
  book.apply(event('interaction.edited'));
  assert.equal(entry.interaction.text, 'Dzień dobry, czy moja paczka już została wysłana?');
  book.apply(event('interaction.reacted'));
  assert.deepEqual([...entry.reactions.values()], ['👍']);
  book.apply(event('interaction.reacted', (data) => (data.fact.text = '')));
  assert.equal(entry.reactions.size, 0);
  for (const receipt of ['read', 'delivered']) {
    book.apply(event('interaction.receipt', (data) => {
      data.interaction.id = 'interaction_8';
      data.fact.receipt = receipt;
    }));
  }
  assert.equal(entry.receipt, 'read');
});

test('what strangers write neither runs in the page nor steers the terminal', () => {
  const book = new Book();
  const evil = '<script>alert(1)</script>"\'&\u001b[2J\u202e';
  book.apply(event('contact.created', (data) => {
    data.contact.name = evil;
    data.contact.identifiers[0].value = evil;
  }));
  book.apply(event('interaction.received', (data) => (data.interaction.text = evil)));
  book.apply(event('channel.notice', (data) => (data.text = evil)));
  const html = page(book);
  assert.ok(!html.includes('<script'));
  assert.equal(html.split('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;').length - 1, 4);
  const text = card(book.contacts.get('contact_5'));
  assert.ok(!/[\u001b\u202e]/.test(text));
});

test('a card is a box, whatever stands in it', () => {
  const book = new Book();
  const long = 'Ein sehr langer Satz, der umbrochen werden muss, und-ein-Wort-das-für-sich-allein-schon-viel-zu-lang-für-eine-einzige-Zeile-der-Karte-ist.';
  book.apply(event('contact.created'));
  book.apply(event('interaction.received', (data) => (data.interaction.text = long)));
  const lines = card(book.contacts.get('contact_5'), { columns: 60 }).split('\n');
  assert.ok(lines.length > 6);
  for (const line of lines) assert.equal([...line].length, 60, line);
  assert.match(lines.at(0), /^╭─ Kasia Nowak ─+ contact_5 ─╮$/);
  assert.match(lines.at(-1), /^╰─+╯$/);
});

test('post.mjs signs the bytes of each file, waits out a 503, and stops at a refusal', async () => {
  const files = readdirSync(join(quickstart, 'messages')).sort().map((name) => join(quickstart, 'messages', name));
  const seen = [];
  let answers = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      seen.push({ signature: request.headers['x-hub-signature-256'], body: Buffer.concat(parts) });
      response.writeHead(answers.shift() ?? 200, { 'retry-after': '0' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/hooks/whatsapp`;
  const post = async (...args) => {
    const run = start('post.mjs', ['--url', url, '--secret', 'app secret', ...args], 'pipe');
    return [await run.ended, run.output];
  };

  answers = [200, 503, 503];
  const [code, output] = await post(...files);
  assert.equal(code, 0, output);
  assert.equal(output.trim().split('\n').length, files.length);
  assert.match(output, /02-\S+ +200 {2}at attempt 3/);
  assert.equal(seen.length, files.length + 2);
  for (const { signature, body } of seen)
    assert.equal(signature, 'sha256=' + createHmac('sha256', 'app secret').update(body).digest('hex'));
  assert.deepEqual(seen.at(-1).body, readFileSync(files.at(-1)));

  seen.length = 0;
  answers = [200, 401];
  assert.equal((await post(...files))[0], 1);
  assert.equal(seen.length, 2);
  assert.equal((await post())[0], 2);
  server.close();
  server.closeAllConnections();
});

test('post.mjs --now moves the messages in time, the last of them to now, and nothing else', async () => {
  const files = readdirSync(join(quickstart, 'messages')).sort().map((name) => join(quickstart, 'messages', name));
  const bodies = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    bodies.push(JSON.parse(Buffer.concat(parts)));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const before = Math.floor(Date.now() / 1000);
  const run = start('post.mjs', ['--url', `http://127.0.0.1:${server.address().port}/`, '--secret', 's', '--now', ...files], 'pipe');
  assert.equal(await run.ended, 0, run.output);
  server.close();
  server.closeAllConnections();

  const times = [];
  const withoutTimes = (key, value) => (key === 'timestamp' ? (times.push(Number(value)), 'T') : value);
  const posted = bodies.map((body) => JSON.stringify(body, withoutTimes));
  const moved = times.splice(0);
  assert.deepEqual(posted, files.map((file) => JSON.stringify(JSON.parse(readFileSync(file)), withoutTimes)));
  const [first] = moved;
  assert.deepEqual(moved.map((time) => time - first), times.map((time) => time - times[0]));
  const last = Math.max(...moved);
  assert.ok(last >= before && last <= Date.now() / 1000, `${last}`);
});

test('the stand-in for Meta shows what it was sent, and reports it to the webhook it was told', async () => {
  const statuses = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    assert.equal(request.headers['x-hub-signature-256'], 'sha256=' + createHmac('sha256', 'app secret').update(body).digest('hex'));
    statuses.push(JSON.parse(body).entry[0].changes[0].value.statuses[0].status);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const meta = start('meta.mjs', ['--token', 'EAAG', '--secret', 'app secret', '--number', '222=48221234567'], 'pipe', 'pipe');
  meta.child.stdin.write(`http://127.0.0.1:${server.address().port}/hooks/whatsapp\n`);
  await until(() => /^meta: http/.test(meta.output), 'address');
  const [, api] = meta.output.split(' ');
  const answer = await fetch(`${api}/222/messages`, { method: 'POST', headers: { authorization: 'Bearer EAAG',
    'content-type': 'application/json' }, body: JSON.stringify({ messaging_product: 'whatsapp', to: '+48601234567',
    type: 'text', text: { body: 'Dzień dobry' } }) });
  assert.equal(answer.status, 200);
  await until(() => meta.output.includes('reported read'), 'report');
  assert.match(meta.output, /48221234567 to \+48601234567: Dzień dobry/);
  assert.deepEqual(statuses, ['sent', 'delivered', 'read']);
  server.close();
  server.closeAllConnections();
});

test('the sample messages are bodies that Meta could send, each message with an id of its own', () => {
  const names = readdirSync(join(quickstart, 'messages'));
  assert.ok(names.length >= 12);
  const ids = [];
  for (const name of names) {
    const body = JSON.parse(readFileSync(join(quickstart, 'messages', name), 'utf8'));
    assert.equal(body.object, 'whatsapp_business_account', name);
    for (const { value } of body.entry.flatMap(({ changes }) => changes)) {
      ids.push(...[...(value.messages ?? []), ...(value.message_echoes ?? [])].map(({ id }) => id));
      if (value.metadata) assert.match(value.metadata.phone_number_id, /^(111|222)$/, name);
    }
  }
  assert.equal(new Set(ids).size, ids.length);
});
