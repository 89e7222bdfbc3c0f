import { describe, expect, it } from 'vitest';
import { bodyTexts, listProblem } from '../../../../../gateway/http/items/body-texts.js';

const texts = (body: string) => [...bodyTexts(body)];
function problemOf(body: string): string | undefined {
  const looks = listProblem(body);
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
});

describe('listProblem', () => {
  it.each(['[1,2', '[{"a":"]', '[1] 2', '["a\\"]', '[1]]'])('%s is no list', (body) => {
    expect(problemOf(body)).toEqual(expect.any(String));
  });

  it('has nothing against lines', () => {
    expect([problemOf('{"id":"a"}'), problemOf('{"id":')]).toEqual([undefined, undefined]);
  });
});
