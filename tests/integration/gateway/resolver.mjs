// A name server for tests, RFC 1035 over UDP: A and AAAA records, and answers that change from one question to the next.
import { createSocket } from 'node:dgram';

const types = { 1: 'A', 28: 'AAAA' };

function addressBytes(type, address) {
  if (type === 'A') return Buffer.from(address.split('.').map(Number));
  const [head, tail] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = tail ? Array(8 - head.length - tail.length).fill('0') : [];
  const groups = [...head, ...zeros, ...(tail ?? [])].map((group) => parseInt(group, 16));
  return Buffer.concat(groups.map((group) => Buffer.from([group >> 8, group & 255])));
}

export class Resolver {
  // `zone` is {name: {A: [[address, ...], ...], AAAA: ...}}: the n-th question for a record is answered by its n-th
  // list, later ones by the last. All answers live for 0 s. A name that is `silent` is never answered. `asked` counts the
  // questions per name and type.
  static async start(zone, port = 53) {
    const resolver = new Resolver();
    Object.assign(resolver, { zone, asked: new Map(), socket: createSocket('udp4') });
    resolver.socket.on('message', (question, from) => {
      const answer = resolver.#answer(question);
      if (answer) resolver.socket.send(answer, from.port, from.address);
    });
    await new Promise((resolve, reject) => resolver.socket.on('error', reject).bind(port, '127.0.0.1', resolve));
    resolver.socket.unref();
    return resolver;
  }

  #answer(question) {
    const labels = [];
    let at = 12;
    for (; question[at] !== 0; at += question[at] + 1) labels.push(question.toString('latin1', at + 1, at + 1 + question[at]));
    const name = labels.join('.').toLowerCase();
    const type = types[question.readUInt16BE(at + 1)];
    const asked = `${name} ${type}`;
    const count = this.asked.get(asked) ?? 0;
    this.asked.set(asked, count + 1);
    if (this.zone[name]?.silent) return null;
    const lists = this.zone[name]?.[type] ?? [];
    const addresses = lists[Math.min(count, lists.length - 1)] ?? [];
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(this.zone[name] ? 0x8180 : 0x8183, 2); // known or NXDOMAIN
    header.writeUInt16BE(addresses.length, 6);
    header.writeUInt32BE(0, 8);
    const records = addresses.map((address) => {
      const bytes = addressBytes(type, address);
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0); // the name of the question
      record.writeUInt16BE(question.readUInt16BE(at + 1), 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt16BE(bytes.length, 10);
      return Buffer.concat([record, bytes]);
    });
    return Buffer.concat([header, question.subarray(12, at + 5), ...records]);
  }
}
