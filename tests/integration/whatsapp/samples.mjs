// Posts sample bodies of WhatsApp's webhooks to a gateway and counts what became of them.
//
//   node samples.mjs --bin PATCHBAY --samples FOLDER
//
// FOLDER holds JSON files; a body is an object with the members `object` and `entry`, under a key of its file, or within
// another body. expectations/samples.json tells for each what it holds, and how its ids are made distinct. Each body is
// posted three times to one gateway, and by eight connections at the same moment to another. Prints a line for each
// file; ends with 1 when anything differs, with 2 when called wrongly.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connections, Gateway } from '../gateway/gateway.mjs';
import { Receiver } from '../gateway/receiver.mjs';

const { values: options } = parseArgs({ options: { bin: { type: 'string' }, samples: { type: 'string' } } });
if (!options.bin || !options.samples) {
  console.error('usage: node samples.mjs --bin PATCHBAY --samples FOLDER');
  process.exit(2);
}
const { settings, files } = JSON.parse(readFileSync(new URL('expectations/samples.json', import.meta.url), 'utf8'));

const isBody = (value) => value !== null && typeof value === 'object' && 'object' in value && 'entry' in value;

// [key, body] of every body in a value, those within others included.
function* bodiesOf(value, key = '') {
  if (value === null || typeof value !== 'object') return;
  if (isBody(value) && key !== '') yield [key, value];
  for (const [name, member] of Object.entries(value)) yield* bodiesOf(member, key === '' ? name : `${key}/${name}`);
}

const identified = ['messages', 'message_echoes', 'calls', 'statuses'];

// The body with its ids made its own.
function distinct(body, mark) {
  const copy = structuredClone(body);
  for (const entry of copy.entry)
    for (const { value } of entry.changes)
      for (const list of identified)
        for (const element of Array.isArray(value[list]) ? value[list] : [])
          if (typeof element.id === 'string') element.id += mark;
  return copy;
}

// An expected external id with the mark where the id in the body has it: a receipt's id goes on behind it.
function marked(external, mark, facts) {
  const known = facts.receipt ? /:[A-Za-z]+(:[^:]+)?$/.exec(external)?.[0] ?? '' : '';
  return external.slice(0, external.length - known.length) + mark + known;
}

const samples = [];
const mistakes = [];
for (const file of readdirSync(options.samples).filter((name) => name.endsWith('.json')).sort()) {
  const found = new Map(bodiesOf(JSON.parse(readFileSync(join(options.samples, file), 'utf8'))));
  for (const [key, body] of found) {
    const expected = files[file]?.[key];
    if (!expected) mistakes.push(`${file}: nothing is said of ${key}`);
    else samples.push({ file, key, expected, mark: `~${file}~${key}`, text: JSON.stringify(distinct(body, `~${file}~${key}`)) });
  }
  for (const key of Object.keys(files[file] ?? {})) if (!found.has(key)) mistakes.push(`${file}: ${key} is not there`);
}
for (const file of Object.keys(files))
  if (!samples.some((sample) => sample.file === file)) mistakes.push(`${file} is not in ${options.samples}`);

// What the gateway and the destination have of everything so far.
async function taken({ gateway, receiver }) {
  const status = await gateway.delivered();
  const events = receiver.events();
  const notices = events.filter((event) => event.type === 'channel.notice').map((event) => event.data);
  return {
    status,
    interactions: await gateway.list('interaction', 'list'),
    facts: events.filter((event) => /^interaction\.(edited|deleted|reacted|receipt)$/.test(event.type)),
    notices: notices.filter((notice) => notice.kind !== 'consent').map((notice) => notice.kind),
    consents: notices.filter((notice) => notice.kind === 'consent').map((notice) => notice.content.category),
  };
}

const tail = (list, from) => list.slice(from).sort();
const factCount = (expected) => Object.values(expected.facts).reduce((sum, count) => sum + count, 0);

// Posts every body and compares after each file, so that a difference has an address.
async function pass(title, postAll) {
  const receiver = await Receiver.start();
  const gateway = await Gateway.start({ program: options.bin, whatsapp: settings, receiver });
  let before = await taken({ gateway, receiver });
  const total = { bodies: 0, interactions: 0, facts: 0, notices: 0, consents: 0 };
  for (const file of [...new Set(samples.map((sample) => sample.file))]) {
    const mine = samples.filter((sample) => sample.file === file);
    for (const sample of mine)
      for (const { status, body } of await postAll(gateway, sample.text))
        if (status !== 200) mistakes.push(`${title}: ${file}: ${sample.key}: ${status} ${body.trim()}`);
    const now = await taken({ gateway, receiver });
    const seen = new Set(before.interactions.map((one) => one.id));
    const ids = now.interactions.filter((one) => !seen.has(one.id)).map((one) => one.external_id).sort();
    const sum = (count) => mine.reduce((all, { expected }) => all + count(expected), 0);
    const compare = (what, expected, got) => {
      if (JSON.stringify(expected) !== JSON.stringify(got))
        mistakes.push(`${title}: ${file}: ${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
    };
    compare('interactions', sum((expected) => expected.interactions), ids.length);
    compare('external ids of interactions', mine.filter(({ expected }) => expected.interactions > 0)
      .flatMap(({ expected, mark }) => expected.external_ids.map((id) => marked(id, mark, expected.facts))).sort(), ids);
    compare('parked facts', sum(factCount), now.status.parked - before.status.parked);
    compare('facts of known interactions', 0, now.facts.length - before.facts.length);
    const named = (list) => mine.flatMap(({ expected }) => expected[list] ?? []).sort();
    compare('notices', named('notice_kinds'), tail(now.notices, before.notices.length));
    compare('consents', named('consent_categories'), tail(now.consents, before.consents.length));
    compare('quarantined originals', 0, now.status.quarantined - before.status.quarantined);
    const line = { bodies: mine.length, interactions: ids.length, facts: now.status.parked - before.status.parked,
      notices: now.notices.length - before.notices.length, consents: now.consents.length - before.consents.length };
    for (const key of Object.keys(total)) total[key] += line[key];
    console.log(`${title}  ${file.padEnd(38)} ${describe(line)}`);
    before = now;
  }
  // A parked fact can be seen when what it is about arrives: post that for each, and look at the facts then.
  await compareFacts(title, gateway, receiver);
  const summary = await receiver.summary();
  if (summary.malformed + summary.refused > 0) mistakes.push(`${title}: the destination refused ${JSON.stringify(summary)}`);
  if (before.status.deliveries.dead > 0) mistakes.push(`${title}: ${before.status.deliveries.dead} dead letters`);
  await gateway.stop();
  await receiver.stop();
  return total;
}

const describe = (line) => Object.entries(line).map(([what, count]) => `${String(count).padStart(3)} ${what}`).join(' ');

// The ids that a body's facts are about, and the number over which they came.
function* targetsOf(text) {
  for (const entry of JSON.parse(text).entry)
    for (const { value } of entry.changes) {
      for (const message of [...(value.messages ?? []), ...(value.message_echoes ?? [])]) {
        const target = message.reaction?.message_id ?? message.edit?.original_message_id ?? message.revoke?.original_message_id;
        if (target) yield [target, value.metadata];
      }
      for (const status of value.statuses ?? []) yield [status.id, value.metadata];
    }
}

async function compareFacts(title, gateway, receiver) {
  const withFacts = samples.filter(({ expected }) => factCount(expected) > 0);
  const targets = new Map(withFacts.flatMap(({ text }) => [...targetsOf(text)]).map(([id, metadata]) =>
    [`${metadata.phone_number_id} ${id}`, { id, metadata }]));
  for (const { id, metadata } of targets.values()) {
    const own = createHash('sha256').update(id).digest('hex').slice(0, 8);
    const body = { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value: {
      messaging_product: 'whatsapp', metadata,
      messages: [{ from: '393331234567', id, timestamp: '1500000000', type: 'text', text: { body: own } }] } }] }] };
    const { status } = await gateway.post(body);
    if (status !== 200) mistakes.push(`${title}: posting ${id}: ${status}`);
  }
  const { status, interactions } = await taken({ gateway, receiver });
  if (status.parked !== 0) mistakes.push(`${title}: ${status.parked} facts stayed parked though their messages came`);
  const got = {};
  for (const { id } of interactions)
    for (const fact of (await gateway.ask('interaction', 'show', id)).facts) got[fact.kind] = (got[fact.kind] ?? 0) + 1;
  const wanted = {};
  for (const { expected } of withFacts)
    for (const [kind, count] of Object.entries(expected.facts)) wanted[kind] = (wanted[kind] ?? 0) + count;
  for (const kind of new Set([...Object.keys(got), ...Object.keys(wanted)]))
    if (got[kind] !== wanted[kind]) mistakes.push(`${title}: facts: expected ${wanted[kind]} of kind ${kind}, got ${got[kind]}`);
}

const thrice = await pass('three times', async (gateway, text) => {
  const answers = [];
  for (let i = 0; i < 3; ++i) answers.push(await gateway.post(text));
  return answers;
});
const eight = connections(8);
const atOnce = await pass('eight at once', (gateway, text) =>
  Promise.all(Array.from({ length: 8 }, () => gateway.post(text, { agent: eight }))));
eight.destroy();

for (const mistake of mistakes) console.error(mistake);
console.log(`three times    ${describe(thrice)}\neight at once  ${describe(atOnce)}\n${mistakes.length} differences`);
process.exit(mistakes.length === 0 ? 0 : 1);
