import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test, vi } from 'vitest';
import { LINE_EVERY_US } from '../../../../metrics/output/counted-line.js';
import { UNDIVIDED } from '../../../../metrics/process/bites.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { createLog } from '../../../../metrics/process/log.js';
import { COUNTER } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { deliverHook, mayTell, TRY_MS } from '../../../../gateway/segments/deliver-hook.js';
import {
  HOOKS_WAITING_MAX,
  SegmentHooks,
  UNDER_WAY_MAX,
} from '../../../../gateway/segments/segment-hooks.js';
import { named, visitor } from '../../../../shards/store/user-key.js';

const SECRET = 'a secret of the shop and of us';
const ORIGIN = 'https://hooks.example';
const ALLOWED = { origins: [ORIGIN], secret: SECRET };
const MOVE = { user: named('ann'), entered: ['vips'], left: ['new'], atMs: 1_760_000_000_000 };

interface Sent {
  readonly url: string;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly redirect: string | undefined;
}

type Answers = readonly (number | null)[] | (() => Promise<Response>);

/** Hooks whose shop gives these answers, one after the other; the last one for all that follow. `null`: the connection breaks. */
function hooksOf(answers: Answers, addressOf = (): string | undefined => `${ORIGIN}/in`) {
  const sent: Sent[] = [];
  const stats = ThreadStats.create();
  const respond = (url: string, { body, headers, redirect }: RequestInit): Promise<Response> => {
    sent.push({ url, body: body as string, headers: headers as Record<string, string>, redirect });
    if (typeof answers === 'function') return answers();
    const status = answers[Math.min(sent.length, answers.length) - 1];
    if (status === null) return Promise.reject(new TypeError('fetch failed'));
    return Promise.resolve(new Response(null, { status }));
  };
  const sender = { ...ALLOWED, fetch: respond as typeof fetch, turns: UNDIVIDED, firstPauseMs: 1 };
  const clock = new FakeClock();
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  const log = createLog({ level: 'warn', stream });
  const hooks = new SegmentHooks({ sender, addressOf, stats, clock, log });
  const counts = () => {
    const { dropped, failed, sent: taken } = COUNTER.segmentHooks;
    return [taken, failed, dropped].map((counter) => stats.counterValue(counter));
  };
  return { hooks, sent, counts, clock, lines };
}

test('each move is a message that whoever has the secret can verify, and no answer leads elsewhere', async () => {
  const { hooks, sent, counts } = hooksOf([200]);
  hooks.moved(MOVE);
  await expect.poll(counts).toEqual([2, 0, 0]);
  const [entered, left] = sent.map(({ body }) => JSON.parse(body) as unknown);
  const timestamp = new Date(MOVE.atMs).toISOString();
  expect(entered).toEqual({ type: 'segment.entered', timestamp, data: { segment: 'vips', user: 'ann' } });
  expect(left).toMatchObject({ type: 'segment.left', data: { segment: 'new' } });
  const shop = new Webhook(SECRET, { format: 'raw' });
  expect(shop.verify(sent[0].body, sent[0].headers)).toEqual(entered);
  expect(() => shop.verify(sent[0].body.replace('ann', 'bob'), sent[0].headers)).toThrow('signature');
  expect(sent.map(({ redirect }) => redirect)).toEqual(['manual', 'manual']);
});

test('what is not taken is tried again under the same id; what is refused is not', async () => {
  const { hooks, sent, counts } = hooksOf([503, null, 429, 204]);
  hooks.moved({ ...MOVE, left: [] });
  await expect.poll(counts, { timeout: 20_000 }).toEqual([1, 0, 0]);
  expect(sent).toHaveLength(4);
  expect(new Set(sent.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  for (const status of [302, 400, 410]) {
    const refusing = hooksOf([status]);
    refusing.hooks.moved({ ...MOVE, left: [] });
    await expect.poll(refusing.counts).toEqual([0, 1, 0]);
    expect(refusing.sent).toHaveLength(1);
  }
});

test('only listed origins are called: by scheme, host and port, and with a secret alone', async () => {
  const rules = { origins: [ORIGIN, 'http://10.0.0.1:8080'], secret: SECRET };
  expect(mayTell(`${ORIGIN}/any/path?x=1`, rules)).toBe(true);
  expect(mayTell('http://10.0.0.1:8080/', rules)).toBe(true);
  for (const url of [
    'http://hooks.example/',
    'https://hooks.example:8443/',
    'https://hooks.example.evil.test/',
    'https://hooks.example@evil.test/',
    'http://169.254.169.254/',
    'no address',
    'https://name:word@hooks.example/in',
    'https://name@hooks.example/in',
  ])
    expect(mayTell(url, rules)).toBe(false);
  expect(mayTell(`${ORIGIN}/`, { ...rules, secret: '' })).toBe(false);
  const { hooks, sent, counts } = hooksOf([200], () => 'https://elsewhere.example/');
  hooks.moved({ ...MOVE, left: [] });
  await expect.poll(counts).toEqual([0, 1, 0]);
  expect(sent).toEqual([]);
});

test('an origin that hangs holds up no other, and has room for no more than its own', async () => {
  const hung = new Set<string>();
  const taken: string[] = [];
  const respond = (url: string): Promise<Response> => {
    if (url.startsWith(ORIGIN)) return new Promise(() => hung.add(url));
    taken.push(url);
    return Promise.resolve(new Response(null, { status: 204 }));
  };
  const sender = {
    origins: [ORIGIN, 'https://other.example'],
    secret: SECRET,
    fetch: respond as typeof fetch,
    turns: UNDIVIDED,
  };
  const addressOf = (segment: string): string =>
    segment === 'vips' ? `${ORIGIN}/in` : 'https://other.example/in';
  const stats = ThreadStats.create();
  const clock = new FakeClock();
  const hooks = new SegmentHooks({ sender, addressOf, stats, clock, log: createLog({ level: 'silent' }) });
  for (let i = 0; i < UNDER_WAY_MAX + HOOKS_WAITING_MAX + 5; i++) hooks.moved({ ...MOVE, left: [] });
  expect(stats.counterValue(COUNTER.segmentHooks.dropped)).toBe(5);
  hooks.moved(MOVE);
  await expect.poll(() => taken).toEqual(['https://other.example/in']);
  expect(hung.size).toBe(1);
  expect(hooks.waiting).toBe(HOOKS_WAITING_MAX);
});

test('visitors are not told of, nor segments without an address; too many messages are dropped and counted', async () => {
  const quiet = hooksOf([200], () => undefined);
  quiet.hooks.moved(MOVE);
  const { hooks, sent, counts } = hooksOf([503]);
  hooks.moved({ ...MOVE, user: visitor('a'.repeat(22)) });
  expect([sent.length, quiet.sent.length]).toEqual([0, 0]);
  for (let i = 0; i < HOOKS_WAITING_MAX + 20; i++) hooks.moved({ ...MOVE, left: [] });
  expect(hooks.waiting).toBe(HOOKS_WAITING_MAX);
  const [, , dropped] = counts();
  expect(dropped).toBeGreaterThan(0);
  await hooks.stop();
  expect(counts()[2]).toBe(dropped + HOOKS_WAITING_MAX);
  expect(hooks.waiting).toBe(0);
});

test('an address that refuses all has a line in the log at once, and one a minute with a count', async () => {
  const { hooks, counts, clock, lines } = hooksOf([400]);
  for (let i = 0; i < 100; i++) hooks.moved({ ...MOVE, left: [] });
  await expect.poll(counts).toEqual([0, 100, 0]);
  expect(lines).toMatchObject([{ origin: ORIGIN, reason: 'hooks.example answered 400', times: 1 }]);
  clock.advanceUs(LINE_EVERY_US);
  hooks.moved({ ...MOVE, left: [] });
  await expect.poll(counts).toEqual([0, 101, 0]);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({ times: 100 });
});

test('a line that is full again and again has one line in the log a minute', async () => {
  const answers: ((response: Response) => void)[] = [];
  const { hooks, sent, counts, lines } = hooksOf(() => new Promise((resolve) => answers.push(resolve)));
  const move = (): void => hooks.moved({ ...MOVE, left: [] });
  for (let i = 0; i < UNDER_WAY_MAX + HOOKS_WAITING_MAX + 1; i++) move();
  for (let round = 1; round < 4; round++) {
    await expect.poll(() => answers.length).toBe(UNDER_WAY_MAX + round - 1);
    answers[round](new Response(null, { status: 204 }));
    await expect.poll(() => sent.length).toBe(UNDER_WAY_MAX + round);
    move();
    move();
  }
  expect(counts()).toEqual([3, 0, 4]);
  expect(lines).toMatchObject([{ origin: ORIGIN, times: 1, msg: 'messages of segments are dropped' }]);
});

afterEach(() => void vi.useRealTimers());

const DELIVERY = { id: 'msg_1', url: `${ORIGIN}/in`, body: '{}' };

test('a try ends after its time, and one that is over leaves nothing behind: not its timer, and not a listener', async () => {
  vi.useFakeTimers();
  const signals: AbortSignal[] = [];
  const answers = [(): Promise<Response> => Promise.resolve(new Response(null, { status: 204 }))];
  const respond = (_url: string, { signal }: { signal: AbortSignal }): Promise<Response> => {
    signals.push(signal);
    const answer = answers.pop();
    if (answer !== undefined) return answer();
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  };
  const sender = { ...ALLOWED, fetch: respond as typeof fetch, turns: UNDIVIDED };
  const ending = new AbortController();
  await deliverHook(DELIVERY, sender, ending.signal);
  expect(vi.getTimerCount()).toBe(0);
  const hung = deliverHook(DELIVERY, sender, ending.signal);
  hung.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(TRY_MS);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  ending.abort(new Error('the gateway ends'));
  await expect(hung).rejects.toThrow('the gateway ends');
  expect(vi.getTimerCount()).toBe(0);
});

test('each try waits for its turn', async () => {
  let rests = 0;
  const turns = { rest: () => Promise.resolve(void rests++) };
  const statuses = [503, 503, 204];
  const respond = (): Promise<Response> =>
    Promise.resolve(new Response(null, { status: statuses[rests - 1] }));
  const sender = { ...ALLOWED, fetch: respond as typeof fetch, turns, firstPauseMs: 1 };
  await deliverHook(DELIVERY, sender, new AbortController().signal);
  expect(rests).toBe(3);
});
