// Stands in for Meta on loopback: shows what arrives on the phones of the customers, and reports that it was read.
//
//   node meta.mjs --token TOKEN --secret SECRET --number PHONE-NUMBER-ID=PHONE...
//
// The address of the webhook is the one line on standard input, as one enters it at Meta once it is there. Prints where
// the Graph API is, then a line for each message. It is the Graph API that the tests are held to.
import { parseArgs } from 'node:util';
import { createInterface } from 'node:readline/promises';
import { Graph } from '../../tests/integration/whatsapp/graph.mjs';

const { values: options } = parseArgs({
  options: { token: { type: 'string' }, secret: { type: 'string' }, number: { type: 'string', multiple: true } },
});
if (!options.token || !options.secret || !options.number) {
  console.error('meta: expected --token, --secret and --number');
  process.exit(2);
}

const graph = await Graph.start({
  token: options.token,
  numbers: Object.fromEntries(options.number.map((number) => number.split('='))),
  receipts: ['sent', 'delivered', 'read'],
  taken: ({ number, to, recipient, text }) => console.log(`meta: ${graph.numbers[number]} to ${to ?? recipient}: ${text}`),
  reported: ({ id, status }) => console.log(`meta: reported ${status} of ${id}`),
});
console.log(`meta: ${graph.api} on ${graph.range}`);
for await (const url of createInterface({ input: process.stdin })) graph.webhook = { url, secret: options.secret };
