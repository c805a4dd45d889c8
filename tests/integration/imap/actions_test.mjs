// What the channel `imap` does with messages once they are durable, at a real Dovecot that offers all it can.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as mailboxes from './mailboxes.mjs';
import { mail } from './mailboxes.mjs';

const dovecot = mailboxes.makeDovecot({ plugins: 'zlib imap_zlib' }); // for COMPRESS
before(() => dovecot.start());
after(() => dovecot.stop());

async function started(user, whenTaken) {
  const gateway = mailboxes.gatewayFor(dovecot, user, { when_taken: whenTaken });
  await gateway.start();
  return gateway;
}
const seen = (user, where) => dovecot.files(user, where).filter((name) => /:2,[A-Z]*S/.test(name)).length;
const count = async (gateway) => (await gateway.list('interaction', 'list')).length;
const eventually = (gateway, what, look) => mailboxes.eventually(gateway, dovecot, what, look);

test('messages are marked as seen once they are taken, and others are not', async () => {
  dovecot.deliver('first', mail(0), 'Gesendet');
  for (let i = 1; i <= 5; ++i) dovecot.deliver('first', mail(i));
  const gateway = await started('first', { mark_seen: true });
  await eventually(gateway, 'the marks', () => seen('first') === 5);
  dovecot.deliver('first', mail(6));
  await eventually(gateway, 'the mark of the new one', () => seen('first') === 6);
  assert.equal(await count(gateway), 7);
  assert.equal(seen('first', 'Gesendet'), 0);
  await gateway.stop();
});

test('messages are moved, and what a killed gateway left is moved by its next life', async () => {
  for (let i = 1; i <= 5; ++i) dovecot.deliver('second', mail(i));
  const gateway = await started('second', { mark_seen: true, move_to: 'Archiv' });
  // It is durable, but the folder is not there: that is as if it were killed in between, each time.
  await eventually(gateway, 'the refusal', () => gateway.log.includes('the folder of `move_to` must be there'));
  assert.equal(await count(gateway), 5);
  await gateway.kill();
  assert.equal(dovecot.files('second').length, 5);
  await dovecot.ask('second', 'CREATE Archiv');
  await gateway.start();
  await eventually(gateway, 'the move', () => dovecot.files('second', 'Archiv').length === 5);
  dovecot.deliver('second', mail(6));
  await eventually(gateway, 'the move of the new one', () => dovecot.files('second', 'Archiv').length === 6 &&
    dovecot.files('second').length === 0);
  assert.equal(seen('second', 'Archiv'), 6);
  await gateway.stop();
  assert.equal((await gateway.start(), await gateway.status()).channels[0].duplicates, 0);
  assert.equal(await count(gateway), 6);
  await gateway.stop();
});

test('messages are removed, one by one, and what somebody else has marked stays', async () => {
  for (let i = 1; i <= 4; ++i) dovecot.deliver('third', mail(i));
  await dovecot.ask('third', 'SELECT INBOX', 'UID STORE 2 +FLAGS.SILENT (\\Deleted)');
  await dovecot.ask('third', 'CREATE Kept', 'SELECT INBOX', 'UID COPY 2 Kept', 'SELECT Kept',
    'UID STORE 1 +FLAGS.SILENT (\\Deleted)');
  const gateway = await started('third', { delete: true });
  await eventually(gateway, 'their end', () => dovecot.files('third').length === 0);
  assert.equal(await count(gateway), 4);
  assert.equal(dovecot.files('third', 'Kept').length, 1);
  await gateway.stop();
});

test('a gateway that is killed while it moves has every message once, and moves all of them', async () => {
  const total = 300;
  for (let i = 1; i <= total; ++i) dovecot.deliver('fourth', mail(i));
  await dovecot.ask('fourth', 'CREATE Archiv');
  const gateway = await started('fourth', { move_to: 'Archiv' });
  for (let life = 1; life <= 4; ++life) {
    const before = dovecot.files('fourth', 'Archiv').length;
    await eventually(gateway, 'a move', () => before === total || dovecot.files('fourth', 'Archiv').length > before);
    await gateway.kill();
    dovecot.deliver('fourth', mail(total + life));
    await gateway.start();
  }
  await eventually(gateway, 'all moves', () => dovecot.files('fourth', 'Archiv').length === total + 4);
  assert.equal(await count(gateway), total + 4);
  await gateway.stop();
});
