// Asks one channel after the other for its fault, every 100 ms, until it is ended.
//
//   node tests/bench/poker.mjs http://127.0.0.1:PORT FAULT...
import { request } from 'node:http';

const [base, ...faults] = process.argv.slice(2);
let number = 0;
setInterval(() => {
  const fault = faults[number % faults.length];
  number += 1;
  // Another body each time: one that crashed its plugin twice would be put into quarantine and not be given to it again.
  const poke = request(`${base}/hooks/${fault}`, { method: 'POST' }, (response) => response.resume());
  poke.on('error', () => {}); // what never answers is left alone when the gateway ends
  poke.end(`poke ${number}`);
}, 100);
