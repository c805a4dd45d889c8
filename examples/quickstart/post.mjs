// Posts WhatsApp webhook bodies as Meta would: signed with the app's secret, in the order given.
//
//   node post.mjs --url http://127.0.0.1:8443/hooks/whatsapp --secret SECRET [--now] messages/*.json
//
// With --now all of them are moved in time so that the last is written now: WhatsApp takes answers for a day only.
// A 503 is tried again after its Retry-After. Ends with 1 at the first other answer than 200, as the rest would only
// hide it; with 2 when it was called wrongly.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const mostAttempts = 10;
const longestWait = 10_000;

function usage(mistake) {
  console.error(`post: ${mistake}\nusage: node post.mjs --url URL --secret SECRET [--now] FILE...`);
  process.exit(2);
}

async function post(url, secret, body) {
  const headers = {
    'content-type': 'application/json',
    'x-hub-signature-256': 'sha256=' + createHmac('sha256', secret).update(body).digest('hex'),
  };
  for (let attempt = 1; ; ++attempt) {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual' });
    const said = await response.text();
    if (response.status !== 503 || attempt === mostAttempts) return { status: response.status, said, attempt };
    const seconds = Number(response.headers.get('retry-after') ?? 1);
    await sleep(Math.min(Number.isFinite(seconds) ? seconds * 1000 : 1000, longestWait));
  }
}

let options, files;
try {
  ({ values: options, positionals: files } = parseArgs({
    options: { url: { type: 'string' }, secret: { type: 'string' }, now: { type: 'boolean' } },
    allowPositionals: true,
  }));
} catch (error) {
  usage(error.message);
}
if (!options.url || !options.secret) usage('expected --url and --secret');
if (files.length === 0) usage('expected the files to post');

// The same bodies with the seconds of their times moved.
function movedToNow(bodies) {
  const time = /(?<="timestamp": ?")[0-9]+(?=")/g;
  const last = Math.max(...bodies.flatMap((body) => body.match(time)?.map(Number) ?? []));
  const by = Math.floor(Date.now() / 1000) - last;
  return bodies.map((body) => body.replace(time, (seconds) => Number(seconds) + by));
}

const written = files.map((file) => readFileSync(file, 'utf8'));
const bodies = options.now ? movedToNow(written) : written;
const widest = Math.max(...files.map((file) => basename(file).length));
for (const [place, file] of files.entries()) {
  const name = basename(file).padEnd(widest);
  try {
    const { status, said, attempt } = await post(options.url, options.secret, bodies[place]);
    console.log(`${name}  ${status}${attempt > 1 ? `  at attempt ${attempt}` : ''}${status === 200 ? '' : `  ${said}`}`);
    if (status !== 200) process.exit(1);
  } catch (error) {
    console.error(`${name}  ${error.cause?.message || error.message}`);
    process.exit(1);
  }
}
