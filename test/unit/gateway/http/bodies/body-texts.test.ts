import { describe, expect, it } from 'vitest';
import { bodyTexts, listProblem } from '../../../../../gateway/http/bodies/body-texts.js';
import { shapeProblem } from '../../../../../gateway/protocol/json-text.js';
import { VALUE_CHARS_MAX } from '../../../../../gateway/protocol/limits.js';

const bytesOf = (body: string): Uint8Array => new TextEncoder().encode(body);
const texts = (body: string) => [...bodyTexts(bytesOf(body))].filter((one) => one !== undefined);
/** Looks at the body after which nothing was found yet. */
const restsIn = (body: string) => [...bodyTexts(bytesOf(body))].filter((one) => one === undefined).length;
function problemOf(body: string): string | undefined {
  const looks = listProblem(bytesOf(body));
  for (;;) {
    const look = looks.next();
    if (look.done === true) return look.value;
  }
}

describe('bodyTexts', () => {
  it('gives the lines of NDJSON with their numbers, without empty ones', () => {
    expect(texts('\uFEFF{"id":1}\r\n\n  [2] \n')).toEqual([
      { line: 1, text: '{"id":1}' },
      { line: 3, text: '[2]' },
    ]);
  });

  it('gives the members of a list as they were written', () => {
    const members = ['{"a":"],[\\"}\\\\"}', '[1,[2,{}]]', '"x, y"', '7', '{\n "b": 2\n}'];
    const body = ` [ ${members.join(' , ')} ] `;
    expect(texts(body).map(({ text }) => text)).toEqual(members);
    expect(problemOf(body)).toBeUndefined();
  });

  it('gives nothing of an empty list or body, and an empty text where a member is missing', () => {
    expect([texts('[]'), texts('[ ]'), texts(''), texts(' \n ')]).toEqual([[], [], [], []]);
    expect(texts('[1,,2,]').map(({ text }) => text)).toEqual(['1', '', '2', '']);
  });

  it.each([
    ['empty lines', '\n'.repeat(1_000_000)],
    ['a member without an end', `[{"id":${'['.repeat(1_000_000)}`],
    ['a long member', `[${'[0,'.repeat(300_000)}`],
    ['a text of quotes', `["${'\\"'.repeat(500_000)}`],
  ])('lets the reader rest in %s', (_, body) => {
    expect(restsIn(body)).toBeGreaterThan(80);
    let looks = 0;
    for (const all = listProblem(bytesOf(body)); all.next().done !== true;) looks++;
    if (body.startsWith('[')) expect(looks).toBeGreaterThan(80);
  });

  it('finds the end of a text behind any number of backslashes', () => {
    for (let count = 0; count < 6; count++) {
      const text = `"a${'\\'.repeat(count)}"`;
      const ends = count % 2 === 0;
      expect(problemOf(`[${text}]`) === undefined).toBe(ends);
      if (ends) expect(texts(`[${text},1]`).map((one) => one.text)).toEqual([text, '1']);
    }
  });
});

it('cuts a value that is too long behind what one may have', () => {
  const long = 'x'.repeat(VALUE_CHARS_MAX + 2);
  for (const body of [`${long}\n1`, `["${long}",1]`]) {
    const [first, second] = texts(body);
    expect([first.text.length, second.text]).toEqual([VALUE_CHARS_MAX + 1, '1']);
  }
  expect(shapeProblem('x'.repeat(VALUE_CHARS_MAX), Infinity)).toBeUndefined();
  expect(shapeProblem('x'.repeat(VALUE_CHARS_MAX + 1), Infinity)).toContain('longer than');
});

it('reads text of any language, and cuts one in letters of three bytes where others are cut', () => {
  const most = 'あ'.repeat(VALUE_CHARS_MAX);
  const [first, second] = texts(`${most}\n${most}い`);
  expect(first.text).toBe(most);
  expect(second.text).toHaveLength(VALUE_CHARS_MAX + 1);
  expect(texts('\uFEFF["жук", "\u00a0",\u00a07 ]').map(({ text }) => text)).toEqual([
    '"жук"',
    '"\u00a0"',
    '7',
  ]);
});

it('lets the reader rest in blanks behind a list, and takes blanks before one for lines when they do not end', () => {
  let looks = 0;
  for (const all = listProblem(bytesOf(`[1]${' '.repeat(1_000_000)}`)); all.next().done !== true;) looks++;
  expect(looks).toBeGreaterThan(80);
  expect(problemOf(`${' '.repeat(VALUE_CHARS_MAX)}[1`)).toBeUndefined();
});

describe('listProblem', () => {
  it.each(['[1,2', '[{"a":"]', '[1] 2', '["a\\"]', '[1]]'])('%s is no list', (body) => {
    expect(problemOf(body)).toEqual(expect.any(String));
  });

  it('has nothing against lines', () => {
    expect([problemOf('{"id":"a"}'), problemOf('{"id":')]).toEqual([undefined, undefined]);
  });
});
