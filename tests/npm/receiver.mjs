// A receiver of webhooks for tests: holds every delivery against what others wrote, and against our own schemas.
//
//   node receiver.mjs --key KEY [--key KEY ...] --log FILE [--answers JSON] [--port 0]
//
// Listens on loopback, prints "listening on http://127.0.0.1:PORT" once, and ends on SIGTERM. A delivery must bear a
// good signature of every KEY (whsec_: checked by `standardwebhooks` and `svix`; whpk_: by Node's crypto), be a
// CloudEvent that `cloudevents` parses, and meet docs/schemas. One that does not is answered 401 or 400, whatever the
// script says. Good ones are answered by the script, an array of {"status", "delay_ms", "headers", "body", "drop"}
// used up in order, then 204; an event counts as applied when it is first answered 2xx. Each request appends one JSON
// line to FILE before it is answered: {number, at_ms, method, path, id, type, subject, timestamp, status, applied,
// duplicate, mistakes, headers, event}. GET /summary tells the counts.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { HTTP } from 'cloudevents';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { verifyAsymmetric } from './keys.mjs';
import { Schemas } from './schemas.mjs';

const { values: options } = parseArgs({
  options: {
    key: { type: 'string', multiple: true, default: [] },
    log: { type: 'string' },
    answers: { type: 'string', default: '[]' },
    port: { type: 'string', default: '0' },
  },
});
if (options.key.length === 0 || !options.log) {
  console.error('receiver: expected --key and --log; see the top of receiver.mjs');
  process.exit(2);
}

const schemas = new Schemas();
const answers = JSON.parse(options.answers);
const seen = new Map(); // webhook-id -> the body it came with
const applied = new Set();
const counts = { requests: 0, applied: 0, duplicates: 0, refused: 0, malformed: 0 };

function mistakesOfSignature(headers, body) {
  const mistakes = [];
  for (const [index, key] of options.key.entries()) {
    const checks = key.startsWith('whpk_')
      ? [['crypto', () => { if (!verifyAsymmetric(key, headers, body)) throw new Error('no v1a signature fits'); }]]
      : [['standardwebhooks', () => new StandardWebhook(key).verify(body, headers)],
         ['svix', () => new SvixWebhook(key).verify(body, headers)]];
    for (const [checker, check] of checks) {
      try {
        check();
      } catch (error) {
        mistakes.push(`key ${index}: ${checker}: ${error.message}`);
      }
    }
  }
  return mistakes;
}

function mistakesOfContent(headers, body) {
  const mistakes = [];
  let event;
  try {
    event = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    const parsed = HTTP.toEvent({ headers, body: body.toString() });
    parsed.validate();
    if (parsed.id !== event.id || parsed.type !== event.type) mistakes.push('cloudevents reads another id or type');
  } catch (error) {
    mistakes.push(`parsing: ${error.message}`);
  }
  mistakes.push(...schemas.mistakes(event));
  if (headers['content-type'] !== 'application/cloudevents+json; charset=utf-8')
    mistakes.push(`content-type: ${headers['content-type']}`);
  if (!/^Patchbay\/\d/.test(headers['user-agent'] ?? '')) mistakes.push(`user-agent: ${headers['user-agent']}`);
  if (headers['webhook-id'] !== event?.id) mistakes.push(`webhook-id ${headers['webhook-id']} is not the event's`);
  const before = seen.get(headers['webhook-id']);
  if (before && !before.equals(body)) mistakes.push('the same webhook-id came with another body');
  seen.set(headers['webhook-id'], body);
  return { event, mistakes };
}

function judge(request, body) {
  const refusals = request.method === 'POST' ? mistakesOfSignature(request.headers, body) : ['method: expected POST'];
  if (refusals.length > 0) {
    ++counts.refused;
    return { answer: { status: 401, body: refusals.join('\n') }, mistakes: refusals };
  }
  const { event, mistakes } = mistakesOfContent(request.headers, body);
  if (mistakes.length > 0) {
    ++counts.malformed;
    return { answer: { status: 400, body: mistakes.join('\n') }, event, mistakes };
  }
  const answer = { status: 204, ...answers.shift() };
  const duplicate = applied.has(event.id);
  const taken = !answer.drop && answer.status >= 200 && answer.status < 300;
  if (duplicate) ++counts.duplicates;
  if (taken && !duplicate) {
    applied.add(event.id);
    ++counts.applied;
  }
  return { answer, event, mistakes, duplicate, applied: taken && !duplicate };
}

async function receive(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  if (request.method === 'GET' && request.url === '/summary') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(counts));
    return;
  }
  const result = judge(request, Buffer.concat(parts));
  const line = {
    number: ++counts.requests, at_ms: Date.now(), method: request.method, path: request.url,
    id: request.headers['webhook-id'], type: result.event?.type, subject: result.event?.subject,
    timestamp: Number(request.headers['webhook-timestamp']), status: result.answer.status,
    applied: result.applied ?? false, duplicate: result.duplicate ?? false, mistakes: result.mistakes,
    headers: request.headers, event: result.event,
  };
  appendFileSync(options.log, JSON.stringify(line) + '\n');
  if (result.answer.delay_ms) await sleep(result.answer.delay_ms);
  if (result.answer.drop) {
    request.socket.destroy();
    return;
  }
  response.writeHead(result.answer.status, result.answer.headers);
  response.end(result.answer.body);
}

const server = createServer((request, response) => {
  receive(request, response).catch((error) => {
    console.error(`receiver: ${error.stack}`);
    response.destroy();
  });
});
server.listen(Number(options.port), '127.0.0.1', () =>
  console.log(`listening on http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
