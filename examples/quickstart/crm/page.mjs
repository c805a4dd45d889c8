// The CRM's one page: contact cards as HTML. Pure. Everything that came from outside is escaped.
import { describe } from './book.mjs';

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escape(text) {
  return String(text).replace(/[&<>"']/g, (character) => entities[character]);
}

const style = `
:root { color-scheme: light dark; --ink: #1d2530; --faint: #66707d; --paper: #fff; --ground: #eef1f5; --line: #d9dfe6;
  --theirs: #f3f6f9; --ours: #e2f1e8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --faint: #97a2b0; --paper: #1c222b; --ground: #12161c;
  --line: #2e3743; --theirs: #262e39; --ours: #1d3a2b; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--ground); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif; }
header, main { max-width: 70rem; margin: 0 auto; }
h1 { font-size: 1.3rem; margin: 0; }
header p { color: var(--faint); margin: .2rem 0 1.5rem; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: 1rem;
  align-items: start; }
article { background: var(--paper); border: 1px solid var(--line); border-radius: .7rem; padding: 1rem 1.1rem; }
h2 { font-size: 1.05rem; margin: 0 0 .4rem; display: flex; justify-content: space-between; gap: 1rem; }
h2 small, dt, .head { color: var(--faint); font-weight: 400; font-size: .82rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: 0 0 .8rem; }
dt { align-self: baseline; }
dd { margin: 0; overflow-wrap: anywhere; }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
li { background: var(--theirs); border-radius: .6rem; padding: .4rem .7rem; margin-right: 1.5rem; }
li.outbound { background: var(--ours); margin: 0 0 0 1.5rem; }
li p { margin: .1rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
`;

function identifier({ kind, value, scope, trust }) {
  const about = [scope ? `of ${scope}` : '', trust === 'claimed' ? 'claimed' : ''].filter(Boolean).join(', ');
  return `<dt>${escape(kind.replaceAll('_', ' '))}</dt><dd>${escape(value)}${about ? ` <small>(${escape(about)})</small>` : ''}</dd>`;
}

function item(entry) {
  const { when, where, outbound, text, marks } = describe(entry);
  const head = [when, where, ...marks].map(escape).join(' · ');
  return `<li${outbound ? ' class="outbound"' : ''}><div class="head">${head}</div><p>${escape(text)}</p></li>`;
}

function article({ contact, timeline }) {
  const facts = contact.identifiers.filter(({ kind }) => kind !== 'name').map(identifier);
  if (contact.aliases.length > 0) facts.push(`<dt>was also</dt><dd>${escape(contact.aliases.join(', '))}</dd>`);
  return `<article><h2>${escape(contact.name ?? '(no name yet)')}<small>${escape(contact.id)}</small></h2>
<dl>${facts.join('')}</dl>
<ol>${timeline.map(item).join('\n')}</ol></article>`;
}

function notice({ channel, account, severity, text }) {
  const where = account ? `${channel}/${account}` : channel;
  return `<article><h2>Channel ${escape(where)}<small>${escape(severity)}</small></h2>${escape(text)}</article>`;
}

export function page(book) {
  const { contacts, interactions, deliveries } = book.summary;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>Demo CRM</title><style>${style}</style>
<header><h1>Demo CRM</h1><p>${contacts} contacts, ${interactions} interactions, from ${deliveries} deliveries</p></header>
<main>${[...book.contacts.values()].map(article).join('\n')}
${book.notices.map(notice).join('\n')}</main></html>
`;
}
