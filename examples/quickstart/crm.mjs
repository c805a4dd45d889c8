// A demo CRM on loopback: takes Patchbay's events, and shows the contacts that they make.
//
//   node crm.mjs --key whsec_... [--port 0]
//
// POST anything: a delivery, believed only with a good signature (npm `standardwebhooks`), applied once by its
// webhook-id. GET /: the contacts as a page. GET /summary: the counts as JSON. Prints where it listens, then a card of
// each contact whenever it has changed, and on SIGTERM or SIGINT what it has in the end.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { Book } from './crm/book.mjs';
import { card } from './crm/card.mjs';
import { page } from './crm/page.mjs';

const mostBytes = 1 << 20;
const settleTime = 150; // milliseconds: a contact that changes several times at once is shown once

const { values: options } = parseArgs({ options: { key: { type: 'string' }, port: { type: 'string', default: '0' } } });
if (!options.key) {
  console.error('crm: expected --key whsec_..., the key that Patchbay signs with');
  process.exit(2);
}

const webhook = new Webhook(options.key);
const book = new Book();
const pending = new Map(); // contact -> the timer that will show it
const look = {
  columns: Math.max(50, Math.min(process.stdout.columns ?? 78, 100)),
  colour: Boolean(process.stdout.isTTY) && !process.env.NO_COLOR,
};

function show(id) {
  clearTimeout(pending.get(id));
  pending.delete(id);
  if (book.contacts.has(id)) console.log(card(book.contacts.get(id), look));
}

function changed(id) {
  clearTimeout(pending.get(id));
  pending.set(id, setTimeout(show, settleTime, id));
}

async function read(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > mostBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

// The status to answer with. 4xx tells Patchbay that another attempt would not help.
async function take(request) {
  const body = await read(request);
  if (body === null) return [413, 'the body is larger than 1 MiB'];
  let event;
  try {
    event = webhook.verify(body.toString(), request.headers);
  } catch (error) {
    return [401, error.message];
  }
  if (event?.id !== request.headers['webhook-id']) return [400, 'webhook-id is not the id of the event'];
  for (const id of book.apply(event)) changed(id);
  return [204, ''];
}

function answer(response, status, type, body) {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

const server = createServer((request, response) => {
  if (request.method === 'GET' && request.url === '/') return answer(response, 200, 'text/html', page(book));
  if (request.method === 'GET' && request.url === '/summary')
    return answer(response, 200, 'application/json', JSON.stringify(book.summary));
  if (request.method !== 'POST') return answer(response, 404, 'text/plain', 'there is / and /summary');
  take(request)
    .then(([status, text]) => {
      if (status >= 400) console.error(`crm: refused a delivery: ${status}: ${text}`);
      if (status === 413) response.setHeader('connection', 'close');
      if (status === 204) response.writeHead(204).end();
      else answer(response, status, 'text/plain', text);
    })
    .catch((error) => {
      console.error(`crm: ${error.stack}`);
      if (response.headersSent) response.destroy();
      else answer(response, 500, 'text/plain', 'the event could not be applied');
    });
});

server.listen(Number(options.port), '127.0.0.1', () =>
  console.log(`crm: listening on http://127.0.0.1:${server.address().port}`));

function finish() {
  for (const id of [...pending.keys()]) show(id);
  const { contacts, interactions, deliveries } = book.summary;
  console.log(`crm: ${contacts} contacts, ${interactions} interactions, ${deliveries} deliveries`);
  server.close(() => process.exit(0));
  server.closeAllConnections();
}
process.once('SIGTERM', finish);
process.once('SIGINT', finish);
