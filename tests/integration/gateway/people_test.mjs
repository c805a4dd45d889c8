// The story of Kasia: she writes from a user id without a phone, her phone writes, then she shares her phone. One
// contact comes out, the reason is on record, and a destination can follow.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fixtureNumbers, Gateway } from './gateway.mjs';
import { assertOrder, Receiver } from './receiver.mjs';

const people = JSON.parse(readFileSync(
  fileURLToPath(new URL('../../../plugins/channels/whatsapp/fixtures/people.json', import.meta.url)), 'utf8'));

// Somebody writes from Kasia's phone, from an account that shows no user id, as older ones do.
function fromHerPhone(id, text) {
  const body = structuredClone(people.kasia_writes);
  const { value } = body.entry[0].changes[0];
  value.contacts = [{ profile: { name: 'Kasia W.' }, wa_id: '48601234567' }];
  value.messages = [{ from: '48601234567', id, timestamp: '1772090000', type: 'text', text: { body: text } }];
  return body;
}

let receiver, gateway, byUser, byPhone;
before(async () => {
  receiver = await Receiver.start();
  gateway = await Gateway.start({ whatsapp: fixtureNumbers, receiver });
});
after(async () => {
  await gateway.stop();
  await receiver.stop();
});

const post = async (body) => assert.equal((await gateway.post(body)).status, 200);
const identifiersOf = (contact, kind) => contact.identifiers.filter((one) => one.kind === kind).map((one) => one.value);

test('a user id and a phone that nothing connects are two contacts', async () => {
  await post(people.kasia_writes);
  await post(fromHerPhone('wamid.phone1', 'Czy paczka już wyszła?'));
  const found = await gateway.list('contact', 'find', 'Kasia');
  assert.equal(found.length, 2);
  byUser = found.find((contact) => identifiersOf(contact, 'whatsapp_user').length === 1);
  byPhone = found.find((contact) => identifiersOf(contact, 'phone').length === 1);
  assert.deepEqual(identifiersOf(byUser, 'phone'), []);
  assert.deepEqual(identifiersOf(byUser, 'whatsapp_user'), ['PL.20260000000000000017']);
  assert.deepEqual(identifiersOf(byPhone, 'phone'), ['+48601234567']);
});

test('the card that WhatsApp vouches for makes them one, and says why', async () => {
  await post(people.kasia_shares_her_phone);
  await gateway.delivered();
  const found = await gateway.list('contact', 'find', '+48601234567');
  assert.equal(found.length, 1);
  const shown = await gateway.ask('contact', 'show', found[0].id);
  assert.deepEqual(identifiersOf(shown, 'phone'), ['+48601234567']);
  assert.deepEqual(identifiersOf(shown, 'whatsapp_user'), ['PL.20260000000000000017']);
  assert.equal(shown.timeline.items.length, 3, 'what both wrote is one timeline');

  const [merged, ...more] = receiver.events().filter((event) => event.type === 'contact.merged');
  assert.deepEqual(more, []);
  const ids = [byUser.id, byPhone.id];
  assert.deepEqual([merged.subject, ...merged.data.merged].sort(), ids.sort());
  assert.equal(merged.subject, shown.id);
  assert.deepEqual(shown.aliases, merged.data.merged);
  const fields = merged.data.evidence.map((one) => `${one.field} ${one.value}`);
  assert.ok(fields.includes('phone +48601234567') || fields.includes('whatsapp_user PL.20260000000000000017'), fields.join());
  assert.equal((await gateway.ask('interaction', 'show', merged.data.cause)).external_id, 'wamid.kasia2');
});

test('both old ids still lead to her', async () => {
  const [one, other] = [await gateway.ask('contact', 'show', byUser.id), await gateway.ask('contact', 'show', byPhone.id)];
  assert.equal(one.id, other.id);
  assert.equal(JSON.parse((await gateway.api(`contacts/${byUser.id}`)).body).id, one.id);
  assert.equal(JSON.parse((await gateway.api(`contacts/${byPhone.id}/interactions`)).body).items.length, 3);
});

test('the destination hears of the merge after all that happened to either of them', async () => {
  await post(fromHerPhone('wamid.phone2', 'Dziękuję'));
  await gateway.delivered();
  const events = receiver.events();
  const at = events.findIndex((event) => event.type === 'contact.merged');
  const [gone] = events[at].data.merged;
  const before = events.slice(0, at).filter((event) => [byUser.id, byPhone.id].includes(event.subject));
  assert.deepEqual(before.map((event) => event.type).sort(),
    ['contact.created', 'contact.created', 'interaction.received', 'interaction.received']);
  assert.deepEqual(events.slice(at).filter((event) => event.subject === gone), [], 'nothing more comes under the old id');
  const last = events.filter((event) => event.type === 'interaction.received').pop();
  assert.equal(last.data.contact.id, events[at].subject, 'her phone is now her');
  assertOrder(assert, events);
});

test('a card that was forwarded, or of somebody else, says nothing about her', async () => {
  await post(people.kasia_forwards_a_shared_phone);
  await post(people.kasia_recommends_others);
  await gateway.delivered();
  const shown = await gateway.ask('contact', 'show', byUser.id);
  assert.deepEqual(identifiersOf(shown, 'phone'), ['+48601234567']);
  assert.equal(receiver.events().filter((event) => event.type === 'contact.merged').length, 1);
  assert.equal((await receiver.summary()).malformed, 0);
});

test('a new user id under the same phone stays the same contact', async () => {
  await post(people.kasia_changed_user_id);
  await gateway.delivered();
  const found = await gateway.list('contact', 'find', 'PL.20260000000000000018');
  assert.deepEqual(found.map((contact) => contact.id), [(await gateway.ask('contact', 'show', byUser.id)).id]);
});

test('an operator parts what was joined, and takes it back: the old ids come and go, and the destination follows', async () => {
  const whole = await gateway.ask('contact', 'show', byUser.id);
  const [other] = whole.aliases;
  const persona = other.replace('contact', 'persona');
  const parted = await gateway.ask('contact', 'split', persona);
  assert.deepEqual(parted.contacts.sort(), [whole.id, other].sort());
  assert.equal((await gateway.ask('contact', 'show', other)).id, other);
  await gateway.delivered();
  const split = receiver.events().find((event) => event.type === 'contact.split');
  assert.deepEqual([split.subject, split.data.from, split.data.personas], [other, whole.id, [persona]]);

  // Whoever says so, it holds after a restart.
  await gateway.kill();
  await gateway.start();
  assert.equal((await gateway.ask('contact', 'show', other)).id, other);
  assert.deepEqual((await gateway.ask('contact', 'undo', persona)).contacts, [whole.id]);
  await gateway.delivered();
  const merged = receiver.events().filter((event) => event.type === 'contact.merged').pop();
  assert.deepEqual([merged.subject, merged.data.merged], [whole.id, [other]]);
  const again = await gateway.ask('contact', 'show', other);
  assert.deepEqual([again.id, again.timeline.items.length], [whole.id, whole.timeline.items.length]);
  assert.equal((await receiver.summary()).malformed, 0);
});
