import type { Findings } from './findings.js';
import type { HonestShopper } from './honest-shopper.js';
import { PlainClient } from '../../support/gateway/plain-client.js';

const WAIT_MS = 20_000;
const LOOK_EVERY_MS = 50;

/** Resolves when `isDone`, or after a while all the same; with whether it is. */
export async function waitFor(isDone: () => boolean): Promise<boolean> {
  const untilMs = performance.now() + WAIT_MS;
  while (!isDone() && performance.now() < untilMs)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  return isDone();
}

/**
 * [D1][D2][D4] After a kill and a start, and after everything unacknowledged was sent again: a session has each of its events
 * once. Asks for its `welcome.seq` on a new connection.
 */
export async function verifySession(
  url: string,
  { user, session, ledger }: Pick<HonestShopper, 'user' | 'session' | 'ledger'>,
  findings: Findings,
): Promise<void> {
  if (session === undefined) return;
  const seq = await welcomeSeq(url, user, session);
  const name = user ?? `visitor ${session}`;
  if (seq === undefined) findings.problem('answer', `[D4] ${name}: no welcome after the restart`);
  else if (seq < ledger.sentSeq)
    findings.problem('lost', `[D1] ${name}: ${ledger.sentSeq} events were acknowledged, ${seq} are there`);
  else if (seq > ledger.sentSeq)
    findings.problem('answer', `[D2] ${name}: ${ledger.sentSeq} events were sent, ${seq} were counted`);
}

function welcomeSeq(url: string, user: string | undefined, session: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const settle = (seq: number | undefined): void => {
      clearTimeout(timer);
      resolve(seq);
      client.cut();
    };
    const timer = setTimeout(() => settle(undefined), WAIT_MS);
    const hello = { t: 'hello', user, resume: { session, seq: 0 } } as const;
    const client = new PlainClient(url, 'json', hello, {
      message: (message) => message.t === 'welcome' && settle(message.seq),
      closed: () => settle(undefined),
    });
  });
}
