// How long messages took from the post to each of several receivers.
//
//   node percentiles.mjs [--skip N] POSTED.journal RECEIVED.journal...
//
// The journals are those of bench_load and bench_receiver (journal.hpp). The first N messages do not count: connections
// are made for them, and memory is touched for the first time. Prints {"p50_ms": ..., "p99_ms": ...} over all
// messages and receivers; exit status 1 as long as one is missing.
import fs from 'node:fs';

const times = (file) => {
  const bytes = fs.readFileSync(file);
  return new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
};
const names = process.argv.slice(2);
const skipped = names[0] === '--skip' ? Number(names.splice(0, 2)[1]) : 0;
const [posted, ...received] = names.map(times);
const delays = [];
for (const journal of received) {
  for (let i = 0; i < posted.length; i += 2) {
    if (posted[i] === 0n || journal[i + 1] === 0n) process.exit(1);
    if (i / 2 >= skipped) delays.push(Number(journal[i + 1] - posted[i]) / 1e6);
  }
}
delays.sort((a, b) => a - b);
const at = (share) => Math.round(delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] * 1000) / 1000;
console.log(JSON.stringify({ p50_ms: at(0.5), p99_ms: at(0.99) }));
