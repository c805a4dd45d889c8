// The channel `imap` with a real Dovecot: what is there is taken once, what comes is taken at once, whatever happens to
// the mailbox or to the gateway meanwhile.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { Gateway, until } from '../gateway/gateway.mjs';
import * as mailboxes from './mailboxes.mjs';
import { mail, numbers, subjects } from './mailboxes.mjs';

const dovecot = mailboxes.makeDovecot();
const { authority, folder } = dovecot;
authority.certify('expired', 'DNS:localhost', '-1');
authority.certifyItself('self', 'DNS:localhost');
before(() => dovecot.start());
after(() => dovecot.stop());

const channel = (gateway, user, more) =>
  mailboxes.channel(dovecot, user, { password: gateway.secretFile('password', 'secret'), ...more });
const taken = (gateway, count) => mailboxes.taken(gateway, dovecot, count);

async function started(user, more) {
  const gateway = mailboxes.gatewayFor(dovecot, user, more);
  await gateway.start();
  return gateway;
}

// A server that shows that certificate.
const presenting = (name) => new Promise((resolve) => {
  const [key, cert] = ['key', 'pem'].map((kind) => readFileSync(join(folder, `${name}.${kind}`)));
  const server = createTlsServer({ key, cert }).on('tlsClientError', () => {});
  server.unref().listen(0, '127.0.0.1', () => resolve(server));
});

test('what is there is taken once, what comes while it waits at once, and what goes changes nothing', async () => {
  for (let i = 1; i <= 100; ++i) dovecot.deliver('first', mail(i));
  const gateway = await started('first');
  await taken(gateway, 100);
  assert.deepEqual(await subjects(gateway), numbers(1, 100));
  dovecot.deliver('first', mail(101));
  const all = await taken(gateway, 101);
  const newest = all.find((one) => one.subject === 'number 101');
  const shown = await gateway.ask('interaction', 'show', newest.id);
  assert.equal(shown.text, 'This is message 101.');
  assert.equal(shown.direction, 'inbound');
  assert.equal(shown.historical, false);
  assert.equal((await gateway.ask('interaction', 'show', all.find((one) => one.subject === 'number 1').id)).historical, true);

  dovecot.expunge('first');
  dovecot.deliver('first', mail(102));
  await taken(gateway, 102);
  assert.deepEqual(await subjects(gateway), numbers(1, 102));
  assert.equal((await gateway.stop()).code, 0);

  // The next life goes on behind it.
  dovecot.deliver('first', mail(103));
  await gateway.start();
  await taken(gateway, 103);
  assert.deepEqual(await subjects(gateway), numbers(1, 103));
  const [counts] = (await gateway.status()).channels;
  assert.equal(counts.duplicates, 0);
  await gateway.stop();
});

test('a message that somebody moves to another folder is the same one', async () => {
  for (let i = 1; i <= 3; ++i) dovecot.deliver('mover', mail(i));
  await dovecot.ask('mover', 'CREATE Shop');
  const gateway = await started('mover', { folders: { inbound: ['INBOX', 'Shop'] } });
  await taken(gateway, 3);
  await dovecot.ask('mover', 'SELECT INBOX', 'UID MOVE 1:2 Shop');
  assert.equal(dovecot.files('mover', 'Shop').length, 2);
  dovecot.deliver('mover', mail(4));
  await taken(gateway, 4);
  await gateway.stop();
  await gateway.start(); // so that it looks into all folders now
  await until('the moved ones', async () => (await gateway.status()).channels[0].duplicates === 2);
  assert.deepEqual(await subjects(gateway), numbers(1, 4));
  await gateway.stop();
});

test('a folder whose UIDs are others is read again, and nothing is doubled', async () => {
  for (let i = 1; i <= 10; ++i) dovecot.deliver('second', mail(i));
  const gateway = await started('second');
  await taken(gateway, 10);
  await gateway.stop();
  await dovecot.stop();
  await dovecot.forgetUids('second');
  await dovecot.start();
  dovecot.deliver('second', mail(11));
  await gateway.start();
  await taken(gateway, 11);
  await until('the log to say so', () => gateway.log.includes('has got new UIDs'));
  assert.deepEqual(await subjects(gateway), numbers(1, 11));
  await gateway.stop();
});

test('what staff sent is outbound, and the copy in the inbox is the same interaction', async () => {
  const sent = mail(1, { from: 'info@rossi.example', to: 'kasia@c.example' });
  dovecot.deliver('third', sent, 'Gesendet');
  dovecot.deliver('third', sent);
  dovecot.deliver('third', mail(2));
  const gateway = await started('third', { tls: 'starttls', server: `localhost:${dovecot.imap}` });
  const all = await taken(gateway, 2);
  const one = await gateway.ask('interaction', 'show', all.find((each) => each.subject === 'number 1').id);
  assert.equal(one.direction, 'outbound');
  await until('the copy', async () => (await gateway.status()).channels[0].duplicates === 1);
  await gateway.stop();
});

test('mail in other alphabets is read in a worker, too', async () => {
  // こんにちは in ISO-2022-JP
  dovecot.deliver('fourth', 'From: a@c.example\r\nSubject: =?ISO-2022-JP?B?GyRCJDMkcyRLJEEkTxsoQg==?=\r\n' +
    'Message-ID: <j@c.example>\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B$3$s$K$A$O\x1b(B\r\n');
  const gateway = await started('fourth');
  const [one] = await taken(gateway, 1);
  const shown = await gateway.ask('interaction', 'show', one.id);
  assert.equal(shown.subject, 'こんにちは');
  assert.equal(shown.text, 'こんにちは');
  await gateway.stop();
});

test('forms, certified mail and languages are read in a worker, too, and a stranger joins no conversation', async () => {
  dovecot.deliver('forms', mail(1, { from: 'form@site.example' }).replace('This is message 1.',
    'Name: Kasia Nowak\r\nE-mail: kasia@c.example\r\nMessage: Dzień dobry, chciałabym się dowiedzieć, kiedy dotrze moje zamówienie.')
    .replace('Date:', 'Content-Type: text/plain; charset=utf-8\r\nDate:'));
  dovecot.deliver('forms', 'From: posta-certificata@pec.gestore.example\r\nTo: info@rossi.example\r\nSubject: POSTA CERTIFICATA: number 2\r\n' +
    'Message-ID: <opec1@pec.gestore.example>\r\nX-Trasporto: posta-certificata\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n' +
    '--b\r\nContent-Type: application/xml; name="daticert.xml"\r\n\r\n<?xml version="1.0" encoding="UTF-8"?>' +
    '<postacert tipo="posta-certificata" errore="nessuno"><intestazione><mittente>marek@pec.example</mittente></intestazione>' +
    '<dati><gestore-emittente>Gestore</gestore-emittente></dati></postacert>\r\n' +
    '--b\r\nContent-Type: message/rfc822; name="postacert.eml"\r\n\r\nFrom: Marek <marek@pec.example>\r\nSubject: number 2\r\n\r\nhello\r\n--b--\r\n');
  dovecot.deliver('forms', mail(3, { from: 'anna@c.example' }));
  const gateway = await started('forms', { certified: true,
    forms: [{ from: 'form@site.example', name: 'Name', email: 'E-mail', message: 'Message' }] });
  await taken(gateway, 3);
  for (const [number, from, more] of [[4, 'anna@c.example', 'In-Reply-To: <3@c.example>\r\n'],
    [5, 'stranger@c.example', 'References: <3@c.example>\r\n']]) dovecot.deliver('forms', mail(number, { from, more }));
  const all = await taken(gateway, 5);
  const shown = {};
  for (const one of all) shown[one.subject] = await gateway.ask('interaction', 'show', one.id);
  const email = (one) => one.participants.find((each) => each.role === 'author').identifiers.find((each) => each.kind === 'email').value;
  assert.equal(email(shown['number 1']), 'kasia@c.example');
  assert.equal(shown['number 1'].language, 'pl');
  assert.equal(shown['number 2'].text, 'hello');
  assert.equal(shown['number 2'].content.certificate.provider, 'Gestore');
  assert.equal(email(shown['number 2']), 'marek@pec.example');
  assert.equal(shown['number 4'].conversation, shown['number 3'].conversation);
  assert.notEqual(shown['number 5'].conversation, shown['number 3'].conversation);
  await gateway.stop();
});

test('a wrong password, a missing folder, and a certificate of somebody else are told as what they are', async () => {
  const gateway = new Gateway();
  const wrong = gateway.secretFile('wrong', 'not it');
  Object.assign(gateway.settings.channels, {
    password: channel(gateway, 'sixth', { password: wrong }),
    folder: channel(gateway, 'sixth', { folders: { inbound: ['INBOX', 'Nowhere'] } }),
    name: channel(gateway, 'sixth', { server: `127.0.0.1:${dovecot.imaps}` }),
  });
  const servers = await Promise.all(['expired', 'self'].map(presenting));
  servers.forEach((server, i) => {
    gateway.settings.channels[['expired', 'self'][i]] = channel(gateway, 'sixth', { server: `localhost:${server.address().port}` });
  });
  gateway.settings.channels.authority = channel(gateway, 'sixth');
  delete gateway.settings.channels.authority.ca_file;
  await gateway.start();
  for (const said of ['logging in as sixth: the server refused: [AUTHENTICATIONFAILED]', 'correct `user` and `password`',
    'opening the folder \\"Nowhere\\": the server refused', 'its certificate is for another name: localhost',
    'its certificate comes from an authority that is not trusted here', 'its certificate expired on ',
    'have it renewed by whoever runs the server', 'its certificate is signed by nobody but itself', 'name that in ca_file'])
    await until(`the log to say ${said}`, () => gateway.log.replaceAll('\\\\"', '\\"').includes(said)).catch((error) => {
      throw new Error(`${error.message}\n${gateway.log}`);
    });
  servers.forEach((server) => server.close());
  await gateway.stop();
});
