// A contact as a card for a terminal. Pure.
import { describe } from './book.mjs';

const segmenter = new Intl.Segmenter();

// Foreign text must not steer the terminal: no control characters, nothing that turns the direction of writing.
function harmless(text) {
  return text.replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, ' ');
}

// Columns that a grapheme takes: emoji and East Asian wide characters take two.
function columnsOf(grapheme) {
  if (/^[\p{Mn}\p{Me}\u200b\u200d\ufe0f]+$/u.test(grapheme)) return 0;
  const wide = /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/u;
  return wide.test(grapheme) ? 2 : 1;
}

function graphemes(text) {
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

function width(text) {
  return graphemes(text).reduce((sum, grapheme) => sum + columnsOf(grapheme), 0);
}

function pad(text, columns) {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

function cut(text, columns) {
  if (width(text) <= columns) return text;
  let kept = '';
  for (const grapheme of graphemes(text)) {
    if (width(kept) + columnsOf(grapheme) > columns - 1) break;
    kept += grapheme;
  }
  return kept + '…';
}

function wrap(text, columns) {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const room = columns - width(lines.at(-1)) - 1;
    if (lines.at(-1) !== '' && width(word) <= room) {
      lines[lines.length - 1] += ' ' + word;
      continue;
    }
    if (lines.at(-1) !== '') lines.push('');
    for (const grapheme of graphemes(word)) {
      if (width(lines.at(-1)) + columnsOf(grapheme) > columns) lines.push('');
      lines[lines.length - 1] += grapheme;
    }
  }
  return lines;
}

// `columns` is the width of the whole card; `colour` writes ANSI sequences.
export function card({ contact, timeline }, { columns = 78, colour = false } = {}) {
  const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const dim = (text) => paint('2', text);
  const inner = columns - 4;
  const line = (text) => `${dim('│')} ${text} ${dim('│')}`;
  const fact = (name, value) => line(dim(pad(cut(harmless(name), 14), 15)) + pad(cut(harmless(value), inner - 15), inner - 15));

  const name = cut(harmless(contact.name ?? '(no name yet)'), inner - width(contact.id) - 6);
  const filler = '─'.repeat(columns - width(name) - width(contact.id) - 8);
  const lines = [`${dim('╭─')} ${paint('1', name)} ${dim(filler)} ${dim(contact.id)} ${dim('─╮')}`];
  for (const { kind, value, scope, trust } of contact.identifiers) {
    if (kind === 'name') continue; // the card's title says it
    const about = [scope ? `of ${scope}` : '', trust === 'claimed' ? 'claimed' : ''].filter(Boolean).join(', ');
    lines.push(fact(kind.replaceAll('_', ' '), about ? `${value} (${about})` : value));
  }
  if (contact.aliases.length > 0) lines.push(fact('was also', contact.aliases.join(', ')));
  if (timeline.length > 0) lines.push(dim(`├${'─'.repeat(columns - 2)}┤`));
  for (const entry of timeline) {
    const { when, where, outbound, text, marks } = describe(entry);
    const head = `${when}  ${harmless(where)}  ${outbound ? 'we wrote' : 'wrote'}${marks.length > 0 ? '  · ' + harmless(marks.join(' · ')) : ''}`;
    lines.push(line(paint(outbound ? '36' : '33', pad(cut(head, inner), inner))));
    for (const part of wrap(harmless(text).trim(), inner - 2)) lines.push(line('  ' + pad(part, inner - 2)));
  }
  lines.push(dim(`╰${'─'.repeat(columns - 2)}╯`));
  return lines.join('\n');
}
