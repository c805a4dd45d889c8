// What a process holds and how often it runs, as /proc has it; and whose children are whose.
import { readdirSync, readFileSync } from 'node:fs';

export const residentMiB = (pid) =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

// What it has for itself: what it shares with others costs nothing more.
export const privateMiB = (pid) => [...readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_\w+:\s+(\d+) kB$/gm)]
  .reduce((all, [, kib]) => all + Number(kib), 0) / 1024;

// Context switches of all its threads, since they began.
export function switches(pid) {
  let all = 0;
  for (const task of readdirSync(`/proc/${pid}/task`))
    for (const [, count] of readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')
      .matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)$/gm)) all += Number(count);
  return all;
}

export const childrenOf = (pid) => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((child) => {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'))[1]) === pid;
  } catch {
    return false; // it has ended
  }
});
