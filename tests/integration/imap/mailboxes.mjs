// What the tests of the channel `imap` have in common: a Dovecot with a certificate, messages, and a channel that reads
// them.
import { Gateway, makeFolder, until } from '../gateway/gateway.mjs';
import { Authority, Dovecot } from './dovecot.mjs';

// A Dovecot for localhost, with `authority`, who certified it. Not started.
export function makeDovecot(options) {
  const folder = makeFolder();
  const authority = new Authority(folder);
  authority.certify('right', 'DNS:localhost');
  return Object.assign(new Dovecot(folder, 'right', options), { authority });
}

export const mail = (number, { from = `customer${number}@c.example`, to = 'info@rossi.example', more = '' } = {}) =>
  `From: Customer ${number} <${from}>\r\nTo: ${to}\r\nSubject: number ${number}\r\nMessage-ID: <${number}@c.example>\r\n` +
  `Date: Mon, 02 Mar 2026 10:00:00 +0100\r\n${more}\r\nThis is message ${number}.\r\n`;

export const channel = (dovecot, user, more) => ({ connector: 'imap', user, server: `localhost:${dovecot.imaps}`,
  ca_file: dovecot.authority.pem, allow_private: ['127.0.0.0/8', '::1/128'], start: 'everything',
  addresses: ['info@rossi.example'], ...more });

// A gateway with one such channel. Not started.
export function gatewayFor(dovecot, user, more = {}) {
  const gateway = new Gateway();
  gateway.settings.channels.mail = channel(dovecot, user, { password: gateway.secretFile('password', 'secret'), ...more });
  return gateway;
}

export const subjects = async (gateway) => (await gateway.list('interaction', 'list')).map((one) => one.subject).sort();
export const numbers = (from, upto) => Array.from({ length: upto - from + 1 }, (_, i) => `number ${from + i}`).sort();

// until(), and what both sides wrote where it does not come.
export const eventually = (gateway, dovecot, what, look) => until(what, look).catch((error) => {
  throw new Error(`${error.message}\n${gateway.log}\n${dovecot.log}`);
});
export const taken = (gateway, dovecot, count) => eventually(gateway, dovecot, `${count} interactions`, async () => {
  const all = await gateway.list('interaction', 'list');
  return all.length >= count && all;
});
