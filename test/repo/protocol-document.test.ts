import { describe, expect, test } from 'vitest';
import { HTTP_STATUS } from '../../gateway/server/problem.js';
import { CLOSES } from '../../gateway/protocol/close-codes.js';
import { STRING_LIMITS, WIRE_LIMITS } from '../../gateway/protocol/limits.js';
import { ERROR_CODES, EVENT_NAMES } from '../../gateway/protocol/messages.js';
import { validate } from '../../gateway/protocol/validate.js';
import { SUBPROTOCOLS } from '../../gateway/protocol/version.js';
import { parseFilter } from '../../model/catalogue/filter/filter.js';
import { fenced, section, table, textOf } from '../support/markdown.js';
import { PART_KINDS, REASON_SOURCES } from '../../shards/wire/slot-lists.js';

const PROTOCOL = textOf('docs/PROTOCOL.md');
const MESSAGES = ['client-messages', 'server-messages', 'shopper-insights']
  .map((name) => textOf(`gateway/protocol/messages/${name}.ts`))
  .join('\n');
const SLOT_FIELDS = fieldsOf('Slot');

/** Body of an interface of the wire. */
function bodyOf(name: string): string {
  const found = new RegExp(`^export interface ${name}\\b[^{]*\\{(.*?)^\\}`, 'ms').exec(MESSAGES);
  if (found === null) throw new Error(`gateway/protocol/messages/ has no interface ${name}`);
  return found[1];
}

function fieldsOf(name: string): string[] {
  return [...bodyOf(name).matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field);
}

/** Members of a union of messages by their `t`: `{ hello: 'Hello', … }`. */
function messagesOf(union: string): Record<string, string> {
  const members = new RegExp(`^export type ${union} =\\s*\\|?(.*?);`, 'ms').exec(MESSAGES)?.[1] ?? '';
  const names = members.split('|').map((name) => name.trim());
  return Object.fromEntries(names.map((name) => [/readonly t: '(\w+)'/.exec(bodyOf(name))?.[1] ?? '', name]));
}

function headings(text: string): string[] {
  return [...text.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name);
}

function firstColumn(heading: string): string[] {
  return table(section(PROTOCOL, heading)).map(([cell]) => cell);
}

describe.each([
  ['## Client to server', 'ClientMessage'],
  ['## Server to client', 'ServerMessage'],
])('docs/PROTOCOL.md, %s', (heading, union) => {
  const messages = messagesOf(union);

  test('has every message and no other', () => {
    expect(headings(section(PROTOCOL, heading)).sort()).toEqual(Object.keys(messages).sort());
  });

  test.each(Object.entries(messages))('%s has every field and no other', (t, name) => {
    const documented = table(section(section(PROTOCOL, heading), `### \`${t}\``)).map(([cell]) => cell);
    expect(documented.sort()).toEqual(
      fieldsOf(name)
        .filter((field) => field !== 't')
        .sort(),
    );
  });

  test.each(Object.keys(messages))('%s has an example whose fields exist', (t) => {
    const examples = fenced(section(section(PROTOCOL, heading), `### \`${t}\``), 'json').map(
      (text) => JSON.parse(text) as Record<string, unknown>,
    );
    expect(examples.length).toBeGreaterThan(0);
    const known = new Set([...fieldsOf(messages[t]), ...(t === 'recommend' ? SLOT_FIELDS : [])]);
    for (const example of examples) {
      expect(example.t).toBe(t);
      expect(Object.keys(example).filter((field) => !known.has(field))).toEqual([]);
      if (union === 'ClientMessage') expect(validate(example)).toMatchObject({ ok: true });
    }
  });
});

describe('docs/PROTOCOL.md', () => {
  test('has every field of a slot', () => {
    expect(firstColumn('### Slot').sort()).toEqual([...SLOT_FIELDS].sort());
  });

  test('has the event names in their order', () => {
    expect(firstColumn('## Events')).toEqual([...EVENT_NAMES]);
  });

  test('has the error codes in their order, each with a cause and an answer', () => {
    const rows = table(section(PROTOCOL, '## Error codes'));
    expect(rows.map(([code]) => code)).toEqual([...ERROR_CODES]);
    for (const row of rows) expect(row.filter((cell) => cell !== '')).toHaveLength(3);
  });

  test('has the close codes', () => {
    const rows = Object.values(CLOSES).map(({ code, reason, reconnect }) => [
      String(code),
      reason,
      reconnect,
    ]);
    expect(table(section(PROTOCOL, '## Close codes'))).toEqual(rows);
  });

  test('has the limits', () => {
    const rows = table(section(PROTOCOL, '## Limits')).map(([name, value]) => [name, Number(value)]);
    expect(Object.fromEntries(rows)).toEqual(WIRE_LIMITS);
  });

  test('has the lengths of strings', () => {
    const client = section(PROTOCOL, '## Client to server');
    expect(client).toContain(
      `a string of 1 to ${STRING_LIMITS.id} UTF-16 units; *name* one of 1 to ${STRING_LIMITS.slot}`,
    );
    expect(client).toContain(`string ≤ ${STRING_LIMITS.token}`);
    expect(client).toContain(`string ≤ ${STRING_LIMITS.query}`);
  });

  test('has the problem codes of HTTP', () => {
    const rows = section(PROTOCOL, '## HTTP').matchAll(/^\| `(\w+)` \| (\d{3}) \|$/gm);
    expect(Object.fromEntries([...rows].map(([, code, status]) => [code, Number(status)]))).toEqual(
      HTTP_STATUS,
    );
  });

  test('has the subprotocols, the sources of reasons and the kinds of their parts', () => {
    for (const name of [...SUBPROTOCOLS, ...REASON_SOURCES, ...PART_KINDS])
      expect(PROTOCOL).toContain(`\`${name}\``);
  });

  test('shows filters that are filters', () => {
    const examples = fenced(section(PROTOCOL, '## Filters'), 'json');
    expect(examples.map((text) => 'filter' in parseFilter(JSON.parse(text)))).toEqual(
      examples.map(() => true),
    );
  });
});
