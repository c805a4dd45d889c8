// docs/schemas are as strict as they claim: every example is valid, and stays so with no required field left out, no
// unknown field added and no constant changed.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HTTP } from 'cloudevents';
import { Schemas, schemaFolder } from './schemas.mjs';

// DESIGN's list of events: a schema that is missing or one too many is a mistake, too.
const types = [
  'contact.created', 'contact.updated', 'contact.merged', 'contact.split', 'contact.erased',
  'interaction.received', 'interaction.sent', 'interaction.edited', 'interaction.deleted', 'interaction.reacted',
  'interaction.receipt', 'channel.notice',
];
const schemas = new Schemas();
const examples = join(schemaFolder, 'examples');
const example = (type) => JSON.parse(readFileSync(join(examples, `${type}.json`), 'utf8'));

// Every object in an event that a schema describes, as [path, object]. What `content` holds is the channel's own.
function* objectsOf(value, path = '') {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield [path, value];
  for (const [key, member] of Object.entries(value)) if (key !== 'content') yield* objectsOf(member, `${path}/${key}`);
}

function at(event, path) {
  return path.split('/').slice(1).reduce((value, key) => value[key], event);
}

test('there is one schema and one example for every type of event', () => {
  assert.deepEqual(schemas.types.sort(), [...types].sort());
  assert.deepEqual(readdirSync(examples).sort(), types.map((type) => `${type}.json`).sort());
});

for (const type of types) {
  test(`${type}: the example is valid, and others can parse it`, () => {
    const event = example(type);
    assert.deepEqual(schemas.mistakes(event), []);
    assert.equal(event.dataschema, `urn:patchbay:schema:${type}:1`);
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    assert.equal(HTTP.toEvent({ headers, body: JSON.stringify(event) }).type, type);
  });

  test(`${type}: without any one of its fields it is invalid`, () => {
    let removals = 0;
    for (const [path, object] of objectsOf(example(type))) {
      for (const key of Object.keys(object)) {
        const event = example(type);
        delete at(event, path)[key];
        assert.notDeepEqual(schemas.mistakes(event), [], `${path}/${key} was removed`);
        ++removals;
      }
    }
    assert.ok(removals >= 12, `only ${removals} fields were tried`); // ten of the envelope, two of the data at least
  });

  test(`${type}: a field that it does not know makes it invalid`, () => {
    for (const [path] of objectsOf(example(type))) {
      const event = example(type);
      at(event, path).surprise = 1;
      assert.notDeepEqual(schemas.mistakes(event), [], `at ${path}`);
    }
  });

  test(`${type}: no field may be of another type`, () => {
    for (const [path, object] of objectsOf(example(type))) {
      for (const key of Object.keys(object)) {
        const event = example(type);
        at(event, path)[key] = 1.5; // no field is a fraction
        assert.notDeepEqual(schemas.mistakes(event), [], `${path}/${key} was 1.5`);
      }
    }
  });
}

test('what contradicts the type of event is refused', () => {
  const cases = [
    ['a received interaction that is outbound', 'interaction.received', (e) => (e.data.interaction.direction = 'outbound')],
    ['a sent interaction that is inbound', 'interaction.sent', (e) => (e.data.interaction.direction = 'inbound')],
    ['an edit by a deletion', 'interaction.edited', (e) => (e.data.fact.kind = 'deletion')],
    ['a receipt that says nothing', 'interaction.receipt', (e) => (e.data.fact.receipt = null)],
    ['a reaction with a receipt', 'interaction.reacted', (e) => (e.data.fact.receipt = 'read')],
    ['a merge of nobody', 'contact.merged', (e) => (e.data.merged = [])],
    ['a merge without evidence', 'contact.merged', (e) => (e.data.evidence = [])],
    ['a bare number as id', 'contact.created', (e) => (e.data.contact.id = '5')],
    ['the subject of a notice is a contact', 'channel.notice', (e) => (e.subject = 'contact_5')],
    ['the subject of a contact is a channel', 'contact.created', (e) => (e.subject = 'channel/whatsapp')],
    ['a local time', 'contact.created', (e) => (e.time = '2026-11-16T08:15:02+01:00')],
    ['a day that does not exist', 'contact.created', (e) => (e.time = '2026-02-30T08:15:02Z')],
    ['a sequence of 19 digits', 'contact.created', (e) => (e.sequence = '0000000000000000021')],
    ['a digest in base64', 'interaction.received', (e) => (e.data.interaction.attachments[0].sha256 = 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=')],
    ['the schema of another type', 'contact.created', (e) => (e.dataschema = 'urn:patchbay:schema:contact.updated:1')],
  ];
  for (const [what, type, change] of cases) {
    const event = example(type);
    change(event);
    assert.notDeepEqual(schemas.mistakes(event), [], what);
  }
});

test('what may be unknown may be null', () => {
  const cases = [
    ['contact.created', (e) => (e.data.contact.name = null)],
    ['contact.created', (e) => (e.data.cause = null)],
    ['interaction.received', (e) => (e.data.contact = null)],
    ['interaction.received', (e) => (e.data.interaction.conversation = null)],
    ['interaction.received', (e) => (e.data.interaction.attachments[0].sha256 = null)],
    ['interaction.receipt', (e) => (e.data.contact = null)],
    ['interaction.reacted', (e) => (e.data.fact.actor = null)],
    ['interaction.reacted', (e) => (e.data.fact.actor.contact = null)],
  ];
  for (const [type, change] of cases) {
    const event = example(type);
    change(event);
    assert.deepEqual(schemas.mistakes(event), [], `${type}: ${change}`);
  }
});
