import type { SaidConsent } from '../../protocol/messages.js';
import type { SentEvents } from './sent-events.js';

/** What a page has for the moment it goes: `navigator.sendBeacon`, which outlives the page. */
interface Beacon {
  sendBeacon?(url: string, body: Blob): boolean;
}

/** Who the events are of, and where they go. */
export interface Farewell {
  readonly url: string;
  readonly user: string | undefined;
  readonly session: string | undefined;
  /** What they allow, as far as it was said. */
  readonly consent?: SaidConsent | undefined;
}

/**
 * A page goes: hands the events that never left it to the browser, which sends them to `POST /v1/events` when it can. They are out of
 * the queue then, so that no later page sends them as well; as text, for a page of another site has leave for no JSON with cookies, which a
 * beacon always has; those that were sent stay, as it is not known whether they arrived.
 * Returns whether there were any, and the browser took them (it takes 64 KiB).
 */
export function sayFarewell(queue: SentEvents, { url, user, session, consent }: Farewell): boolean {
  const { navigator } = globalThis as { navigator?: Beacon };
  const left = queue.events.filter((event) => !event.isSent);
  if (left.length === 0 || session === undefined || !navigator?.sendBeacon) return false;
  const whose = { ...(user === undefined ? { session } : { user }), ...(consent && { consent }) };
  const events = left.map(({ name: e, fields, trackedMs, seq }) => ({
    ts: trackedMs,
    ...fields,
    ...whose,
    id: `${session}.${trackedMs}.${seq}`,
    e,
  }));
  const address = new URL('/v1/events', url.replace(/^ws/, 'http')).href;
  const body = new Blob([JSON.stringify(events)], { type: 'text/plain' });
  if (!navigator.sendBeacon(address, body)) return false;
  queue.remove(new Set(left));
  return true;
}
