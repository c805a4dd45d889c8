// WhatsApp messages of made-up people, and connections that post them as fast as they are answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { connections, until } from './gateway.mjs';

const externalId = (person, number) => `wamid.p${person}n${number}`;
export const numberOf = (id) => Number(/n(\d+)$/.exec(id)[1]);

// The message with that number of that person, over the number `it` of the fixtures.
export function message(person, number, text = `Message ${number}`) {
  const digits = `3933300${String(10000 + person)}`;
  const user = `IT.7777000000${String(10000 + person)}`;
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: '880000000000001', changes: [{ field: 'messages', value: {
      messaging_product: 'whatsapp', metadata: { display_phone_number: '390212345678', phone_number_id: '310000000000001' },
      contacts: [{ profile: { name: `Persona ${person}` }, wa_id: digits, user_id: user }],
      messages: [{ from: digits, from_user_id: user, id: externalId(person, number), timestamp: String(1_772_000_000 + number),
        type: 'text', text: { body: text } }],
    } }] }],
  };
}

// Posts from `lanes` connections, each for people of its own, until `ended` says so or the gateway is gone. Every
// message that was answered 200 ends up in `accepted`. One without an answer is posted again by the next call, as a
// provider would.
export class Load {
  constructor(lanes, peopleEach = 5) {
    this.peopleEach = peopleEach;
    this.lanes = Array.from({ length: lanes }, (_, lane) => ({ lane, next: 0 }));
    this.accepted = new Set();
    this.answers = new Map(); // status -> how often
  }

  async run(gateway, ended) {
    await Promise.all(this.lanes.map(async (state) => {
      const agent = connections(1);
      while (!ended()) {
        const person = state.lane * this.peopleEach + (state.next % this.peopleEach);
        const number = Math.floor(state.next / this.peopleEach);
        try {
          const { status } = await gateway.post(message(person, number), { agent });
          this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
          if (status === 503) { // a provider comes again
            await sleep(20);
            continue;
          }
          if (status !== 200) break;
          this.accepted.add(externalId(person, number));
          ++state.next;
        } catch {
          break; // the gateway is gone
        }
      }
      agent.destroy();
    }));
  }

  // Starts the gateway and kills it in the middle of the load, at another moment in each round.
  async runIntoKill(gateway, round) {
    await gateway.start();
    const before = this.accepted.size;
    let dead = false;
    const running = this.run(gateway, () => dead);
    await until('some messages', () => this.accepted.size >= before + 10 + 7 * round);
    await gateway.kill();
    dead = true;
    await running;
  }
}
