// What the demo CRM knows: contacts with their timelines, built from Patchbay's events. In memory only.
//
// apply() takes each event once, by its id, as often as it may be delivered; it returns the ids of the contacts that
// look different now. Events of one contact come in order; docs/events.md says what is in them.

const rankOfReceipt = { sent: 1, delivered: 2, read: 3, failed: 4 };

export class Book {
  constructor() {
    this.contacts = new Map(); // id -> {contact, timeline: [entry]}
    this.notices = [];
    this.aliases = new Map(); // the id of a contact that was merged -> the one it is now
    this.interactions = new Map(); // id -> entry
    this.applied = new Set();
    this.duplicates = 0;
  }

  get summary() {
    return {
      contacts: this.contacts.size,
      interactions: this.interactions.size,
      deliveries: this.applied.size,
      duplicates: this.duplicates,
      notices: this.notices.length,
    };
  }

  apply(event) {
    if (this.applied.has(event.id)) {
      ++this.duplicates;
      return [];
    }
    const changed = this.#change(event.type, event.data);
    this.applied.add(event.id); // last: what threw is not applied, and comes again
    return changed;
  }

  #change(type, data) {
    switch (type) {
      case 'contact.created':
      case 'contact.updated':
        return [this.#keep(data.contact)];
      case 'contact.merged':
        return [this.#merge(data)];
      case 'contact.split':
        return this.#split(data);
      case 'contact.erased':
        return this.#erase(data);
      case 'interaction.received':
      case 'interaction.sent':
        return this.#add(data);
      case 'interaction.edited':
        return this.#alter(data, (entry) => {
          entry.interaction = { ...entry.interaction, text: data.fact.text };
          entry.edited = true;
        });
      case 'interaction.deleted':
        return this.#alter(data, (entry) => (entry.deleted = true));
      case 'interaction.reacted':
        return this.#alter(data, (entry) => {
          const who = data.fact.actor?.persona ?? '';
          if (data.fact.text === '') entry.reactions.delete(who);
          else entry.reactions.set(who, data.fact.text);
        });
      case 'interaction.receipt':
        return this.#alter(data, (entry) => {
          if (rankOfReceipt[data.fact.receipt] > (rankOfReceipt[entry.receipt] ?? 0)) entry.receipt = data.fact.receipt;
        });
      case 'channel.notice':
        this.notices.push(data);
        return [];
      default:
        return []; // a type that a later Patchbay knows
    }
  }

  #present(id) {
    while (this.aliases.has(id)) id = this.aliases.get(id);
    return id;
  }

  #keep(contact) {
    const known = this.contacts.get(contact.id);
    this.contacts.set(contact.id, { contact, timeline: known?.timeline ?? [] });
    this.aliases.delete(contact.id);
    return contact.id;
  }

  #merge({ contact, merged }) {
    this.#keep(contact);
    const { timeline } = this.contacts.get(contact.id);
    for (const id of merged.filter((each) => each !== contact.id)) {
      timeline.push(...(this.contacts.get(id)?.timeline ?? []));
      this.contacts.delete(id);
      this.aliases.set(id, contact.id);
    }
    sort(timeline);
    return contact.id;
  }

  #split({ contact, from, personas }) {
    this.#keep(contact);
    const old = this.contacts.get(this.#present(from));
    if (!old) return [contact.id];
    const goes = (entry) => entry.interaction.participants.some(({ persona }) => personas.includes(persona));
    this.contacts.get(contact.id).timeline.push(...old.timeline.filter(goes));
    old.timeline = old.timeline.filter((entry) => !goes(entry));
    return [contact.id, old.contact.id];
  }

  #erase({ id, aliases }) {
    for (const gone of [id, ...aliases]) {
      for (const { interaction } of this.contacts.get(gone)?.timeline ?? []) this.interactions.delete(interaction.id);
      this.contacts.delete(gone);
      this.aliases.delete(gone);
    }
    return [];
  }

  #add({ interaction, contact }) {
    const entry = { interaction, edited: false, deleted: false, receipt: null, reactions: new Map() };
    this.interactions.set(interaction.id, entry);
    if (contact === null) return [];
    const id = this.#present(contact.id);
    if (!this.contacts.has(id)) this.#keep(contact);
    const { timeline } = this.contacts.get(id);
    timeline.push(entry);
    sort(timeline);
    return [id];
  }

  #alter({ interaction, contact }, change) {
    const entry = this.interactions.get(interaction.id);
    if (!entry) return [];
    change(entry);
    return contact === null ? [] : [this.#present(contact.id)];
  }
}

function sort(timeline) {
  const order = ({ interaction }) => interaction.occurred_at;
  timeline.sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
}

// What the card and the page say of one entry, in the words of a person.
export function describe(entry) {
  const { interaction } = entry;
  const what = interaction.attachments.map(({ name, media_type }) => `[${name || media_type.split(';')[0]}]`);
  const text = entry.deleted ? '(taken back)' : [...what, interaction.text].filter(Boolean).join(' ');
  return {
    when: interaction.occurred_at.slice(0, 16).replace('T', ' '),
    where: interaction.account ? `${interaction.channel}/${interaction.account}` : interaction.channel,
    outbound: interaction.direction === 'outbound',
    text: text || `(${interaction.kind})`,
    marks: [
      entry.edited && !entry.deleted ? 'edited' : '',
      entry.receipt ?? '',
      entry.reactions.size > 0 ? `reactions: ${[...entry.reactions.values()].join(' ')}` : '',
    ].filter(Boolean),
  };
}
