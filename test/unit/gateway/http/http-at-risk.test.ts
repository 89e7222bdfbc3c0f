import { expect, onTestFinished, test, vi } from 'vitest';
import { HttpAtRisk } from '../../../../gateway/http/http-at-risk.js';
import { profileText } from '../../../../gateway/profiles/profile-text.js';
import { wireRisk } from '../../../../gateway/profiles/wire-risk.js';
import type { HttpReply } from '../../../../gateway/server/http-call.js';
import type { UserAtRisk } from '../../../../shards/api.js';

const DAY_MS = 86_400_000;
const MARCH_MS = Date.UTC(2026, 2, 10);
const NOW_MS = MARCH_MS + 64 * DAY_MS;
const ANN: UserAtRisk = {
  user: 'ann',
  days: 30,
  risk: 0.812345678,
  visits: 12,
  meanGapDays: 19.8,
  lastMs: MARCH_MS,
  spend: 120.456,
};

/** What a call answers, and what the pool was asked for. */
async function ask(query: string, returnDays: readonly number[] = [30, 60]) {
  const asked: object[] = [];
  async function* usersAtRisk(what: object): AsyncGenerator<readonly UserAtRisk[]> {
    asked.push(what);
    yield [ANN, { ...ANN, user: 'bob' }];
    yield [{ ...ANN, user: 'cid' }];
  }
  const http = new HttpAtRisk({
    pool: { usersAtRisk },
    models: { returnDays },
    clock: { nowMs: () => NOW_MS },
  });
  return { asked, reply: await http.get({ query: new URLSearchParams(query) }) };
}

async function linesOf({ pieces }: HttpReply): Promise<Record<string, unknown>[]> {
  let text = '';
  for await (const piece of pieces ?? []) text += piece;
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('everybody at risk is a line, with the reason in words; the fewest days count when none are named', async () => {
  const { asked, reply } = await ask('atRisk=0.7');
  expect([reply.status, reply.contentType]).toEqual([200, 'application/x-ndjson']);
  const lines = await linesOf(reply);
  expect(lines.map(({ user }) => user)).toEqual(['ann', 'bob', 'cid']);
  expect(lines[0]).toEqual({
    user: 'ann',
    days: 30,
    risk: 0.812346,
    visits: 12,
    lastMs: MARCH_MS,
    spend: 120.46,
    why: '12 visits, one every 20 days until March 2026; nothing for 64 days',
  });
  expect(asked).toEqual([{ days: 30, least: 0.7 }]);
  expect((await ask('atRisk=0&days=60')).asked).toEqual([{ days: 60, least: 0 }]);
});

test.each([
  '',
  'atRisk=',
  'atRisk=much',
  'atRisk=1.1',
  'atRisk=-0.1',
  'atRisk=0.5&days=31',
  'atRisk=0.5&days=x',
])('"%s" is refused, and nobody is looked at', async (query) => {
  const { asked, reply } = await ask(query);
  expect([reply.status, asked]).toEqual([400, []]);
});

test('a model that does not know who comes back says what to do', async () => {
  const { asked, reply } = await ask('atRisk=0.7', []);
  expect([reply.status, asked]).toEqual([404, []]);
  expect(String(reply.body)).toContain('77 days of visits');
});

test.each([
  [{ visits: 1, meanGapDays: 0 }, NOW_MS, 'one visit, in March 2026; nothing for 64 days'],
  [{ visits: 3, meanGapDays: 0.2 }, NOW_MS, '3 visits, one every day until March 2026; nothing for 64 days'],
  [
    { visits: 2, meanGapDays: 9 },
    MARCH_MS,
    '2 visits, one every 9 days until March 2026; the last one today',
  ],
  [
    { visits: 2, meanGapDays: 9 },
    MARCH_MS + DAY_MS,
    '2 visits, one every 9 days until March 2026; nothing for one day',
  ],
])('%o is told in words', (part, nowMs, why) => {
  expect(wireRisk({ ...ANN, ...part }, nowMs).why).toBe(why);
});

test('a line makes no formatter, of which thousands would fill the memory', () => {
  const made = vi.spyOn(Intl, 'DateTimeFormat');
  onTestFinished(() => made.mockRestore());
  expect(wireRisk(ANN, NOW_MS).why).toContain('March 2026');
  expect(made).not.toHaveBeenCalled();
});

test('a profile says it in a sentence', () => {
  const text = profileText({ atMs: NOW_MS, risk: wireRisk(ANN, NOW_MS), interests: [] }, () => undefined);
  expect(text).toContain(
    'Of shoppers like this one 81 % do not come back within 30 days (12 visits, one every 20 days until March 2026; nothing for 64 days).',
  );
});
