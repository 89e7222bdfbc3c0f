import { expect, test } from 'vitest';
import { firstSaid, parseReport, parseSaid } from '../../../../cluster/models/said-model.js';

test('what is no report of this version, or no JSON at all, is none', () => {
  expect(parseReport('{"number":3,"state":"ready"}')).toEqual({ number: 3, state: 'ready', why: '' });
  for (const text of ['', 'ready', '{"number":3', '{"number":3,"state":"asleep"}', '7', 'null'])
    expect(parseReport(text)).toBeUndefined();
});

test('what is said of the model comes back as it was said; what is no JSON, or of another version, throws', () => {
  const said = firstSaid({ fingerprint: null, name: 'neighbours', tag: 1, number: 0 });
  expect(parseSaid(JSON.stringify(said))).toEqual(said);
  for (const text of ['', '{', JSON.stringify({ ...said, version: 2 })])
    expect(() => parseSaid(text)).toThrow();
});
