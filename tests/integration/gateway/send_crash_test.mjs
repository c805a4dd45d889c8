// What a crash leaves of a message, at each step of its sending: the caller repeats its request under the same key, the
// provider gets it once or the operator is asked, and the messages behind it go on. Runs with the build that has crash
// points; which there are it says itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { bin, call, Gateway, until } from './gateway.mjs';
import { messenger, Provider } from './provider.mjs';
import { assertOrder, Receiver } from './receiver.mjs';

// How the message ends, and whether the provider has it. From the claim to the outcome nobody can know.
const ends = {
  'outbound.before_accept': ['sent', true],
  'outbound.before_answer': ['sent', true],
  'outbound.before_claim': ['sent', true],
  'outbound.before_ask': ['uncertain', false],
  'outbound.after_ask': ['uncertain', null],
  'outbound.before_settle': ['uncertain', true],
  'outbound.after_settle': ['sent', true],
};
const points = execFileSync(bin, { env: { PATCHBAY_CRASH_AT: 'list' }, encoding: 'utf8' }).split('\n')
  .filter((point) => point.startsWith('outbound.'));

test('each step is known here', () => assert.deepEqual(points.sort(), Object.keys(ends).sort()));

for (const [point, [state, taken]] of Object.entries(ends))
  for (const passing of [1, 2])
    test(`${point}, passed for the ${passing === 1 ? 'first' : 'second'} time`, async () => {
      const provider = await Provider.start();
      const receiver = await Receiver.start();
      const gateway = new Gateway({ ...messenger(provider), receiver });
      await gateway.start({ env: { PATCHBAY_CRASH_AT: `${point}:${passing}` } });
      const answer = await call(`${gateway.public}/hooks/desk`, { method: 'POST',
        body: JSON.stringify({ messages: [{ id: 'in-1', from: '+48601234567', text: 'Halo?' }] }) });
      assert.equal(answer.status, 200, answer.body);
      const [{ id: question }] = await gateway.list('interaction', 'list');
      const ask = async (number) => {
        const { status, body } = await gateway.api('outbound', { method: 'POST', headers: { 'idempotency-key': `key-${number}`,
          'content-type': 'application/json' }, body: JSON.stringify({ in_reply_to: question, text: `${number}` }) });
        assert.equal(status, 202, body);
        return JSON.parse(body).id;
      };
      const stateOf = async (id) => JSON.parse((await gateway.api(`outbound/${id}`)).body).state;
      const becomes = (id, ...states) => until(`${id} to be ${states}`, async () => states.includes(await stateOf(id)));

      for (let number = 1; number < passing; ++number) await becomes(await ask(number), 'sent');
      await ask(passing).catch((error) => assert.match(error.message, /ECONNRESET|ECONNREFUSED|hang up/));
      assert.deepEqual(await gateway.child.ended, { code: null, signal: 'SIGKILL' });

      await gateway.start();
      const hurt = await ask(passing);
      await becomes(hurt, state);
      const behind = await ask(passing + 1);
      await becomes(behind, 'sent');
      const texts = provider.texts();
      const expected = Array.from({ length: passing + 1 }, (_, index) => `${index + 1}`);
      const without = expected.filter((text) => text !== `${passing}`);
      if (taken === null && !texts.includes(`${passing}`)) assert.deepEqual(texts, without);
      else assert.deepEqual(texts, taken === false ? without : expected);

      await gateway.delivered();
      const told = receiver.events().filter((event) => event.type === 'interaction.sent');
      assert.deepEqual(told.map((event) => event.data.interaction.text), state === 'sent' ? expected : without);
      assertOrder(assert, receiver.events());
      assert.equal((await gateway.ask('check', '--store')).damage.length, 0);
      assert.equal((await gateway.stop()).code, 0);
      await receiver.stop();
      await provider.stop();
    });
