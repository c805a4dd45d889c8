// The channel `imap` in a gateway that is killed again and again while it imports. PATCHBAY_KILLS says how often.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../gateway/gateway.mjs';
import { gatewayFor, mail, makeDovecot, numbers, subjects, taken } from './mailboxes.mjs';

const kills = Number(process.env.PATCHBAY_KILLS ?? 4);
const each = 100;
const dovecot = makeDovecot();
before(() => dovecot.start());
after(() => dovecot.stop());

test(`a gateway that is killed ${kills} times while it imports takes every message once`, async () => {
  const gateway = gatewayFor(dovecot, 'first');
  let total = 0;
  for (let life = 1; life <= kills; ++life) {
    for (const upto = total + each; total < upto;) dovecot.deliver('first', mail(++total, { more: `X-Fill: ${'x'.repeat(900)}\r\n` }));
    await gateway.start();
    await until('some more', async () => (await gateway.status()).channels[0].accepted > 0);
    await gateway.kill();
  }
  await gateway.start();
  await taken(gateway, dovecot, total);
  assert.deepEqual(await subjects(gateway), numbers(1, total));
  await gateway.stop();
});
