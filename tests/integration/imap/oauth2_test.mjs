// The channel `imap` with OAuth2: a person's consent at an authorisation server that others wrote, whose access tokens a
// real Dovecot takes.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { bin, Gateway, start, until } from '../gateway/gateway.mjs';
import { Authority } from '../oauth2/authority.mjs';
import { channel, mail, makeDovecot, taken } from './mailboxes.mjs';

const open = new Set();
after(async () => {
  for (const one of open) await one.stop();
});

for (const mechanism of ['xoauth2', 'oauthbearer'])
  test(`a mailbox is read with the token that a person consented to, and with another when that is refused, by ${mechanism}`, async () => {
    const server = await Authority.start({ lasts: 24 }); // one of three seconds is not blamed any more
    open.add(server);
    const dovecot = makeDovecot({ mechanisms: `plain login ${mechanism}`, introspection: `${server.url}/introspect` });
    await dovecot.start();
    open.add(dovecot);
    dovecot.deliver('kasia', mail(1));
    const gateway = new Gateway({ settings: { store: { sqlite: 'store', key: 'a key for the store that the tests made up' } } });
    gateway.settings.channels.mail = channel(dovecot, 'kasia', { oauth2: server.settings('device') });
    await gateway.start();
    const [waiting] = (await gateway.status()).channels;
    assert.equal(waiting.reason, 'nobody has consented yet; `patchbay channel authorize mail`');

    const authorizing = start(bin, gateway.parameters('--json', 'channel', 'authorize', 'mail'));
    let said = '';
    authorizing.stdout.on('data', (part) => (said += part));
    await until('the code', () => said.includes('\n'));
    await server.consent(JSON.parse(said.split('\n')[0]).user_code);
    assert.equal((await authorizing.ended).code, 0, said);
    await taken(gateway, dovecot, 1);

    // The provider withdraws the token before its time, and the connection is lost.
    await gateway.kill();
    const { token } = server.seen.find((one) => one.status === 200);
    await server.forgetToken(token);
    dovecot.deliver('kasia', mail(2));
    await gateway.start();
    await taken(gateway, dovecot, 2);
    assert.ok(server.seen.some((one) => one.token === token && one.status === 401));
    assert.ok(server.seen.some((one) => one.token !== token && one.status === 200));
    assert.ok(server.count('refresh_token') >= 1);
    assert.ok(!gateway.log.includes(token), 'no secret is in the log');
    await gateway.stop();
  });
