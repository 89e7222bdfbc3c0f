import { type Clock, Timer } from '../link/client-clock.js';

/** Gives a name back. */
export type Release = () => void;

/** Who has which name, among all clients on the pages of one origin. A page that goes gives back what it had. */
export interface SessionLocks {
  /** Takes a name, if need be as soon as it is free within `waitMs`; undefined when somebody else has it. */
  take(name: string, waitMs: number): Promise<Release | undefined>;
}

/** The browser's `LockManager` as far as it is used. */
export interface LockManager {
  request(
    name: string,
    options: { readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
    run: (lock: object | null) => Promise<void> | undefined,
  ): Promise<unknown>;
}

/** Names as Web Locks: the browser keeps them, also of a page that hangs. Where it refuses to, everybody gets what they ask for. */
export function webLocks(manager: LockManager, clock: Clock): SessionLocks {
  return {
    take: (name, waitMs) =>
      new Promise((resolve) => {
        const late = new AbortController();
        const timer = new Timer(clock, () => late.abort());
        if (waitMs > 0) timer.start(waitMs);
        const hold = (lock: object | null): Promise<void> | undefined => {
          timer.stop();
          if (lock !== null) return new Promise((release) => resolve(release));
          resolve(undefined);
          return undefined;
        };
        const options = waitMs > 0 ? { signal: late.signal } : { ifAvailable: true };
        manager.request(name, options, hold).catch(() => {
          timer.stop();
          resolve(late.signal.aborted ? undefined : () => undefined);
        });
      }),
  };
}

/** The browser's `BroadcastChannel` as far as it is used. */
export interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** Time for whoever has a name to say so. */
export const ANSWER_MS = 150;
const CHANNEL = 'afterclick-sessions';

interface Word {
  readonly say: 'may I' | 'no';
  readonly name: string;
  readonly by: string;
}

/**
 * Names by asking around, where there are no Web Locks (pages without https): who has one says so. Of two who ask at once the one
 * with the lower id has it. A page that hangs says nothing; then the gateway lets the newer connection have the session.
 */
export function channelLocks(open: new (name: string) => Channel, clock: Clock, id: string): SessionLocks {
  return {
    take: (name) =>
      new Promise((resolve) => {
        const channel = new open(CHANNEL);
        let isHeld = false;
        const granted = new Timer(clock, () => {
          isHeld = true;
          resolve(() => channel.close());
        });
        const say = (word: Word['say']): void => channel.postMessage({ say: word, name, by: id });
        channel.onmessage = ({ data }) => {
          const word = data as Word;
          if (word.name !== name || word.by === id) return;
          if (word.say === 'may I' && (isHeld || id < word.by)) say('no');
          else if (!isHeld && (word.say === 'no' || word.by < id)) {
            granted.stop();
            channel.close();
            resolve(undefined);
          }
        };
        granted.start(ANSWER_MS);
        say('may I');
      }),
  };
}

/** The locks of a page that has some; undefined: everybody gets what they ask for. */
export function lockedNames(page: PageLocking, clock: Clock, random: () => number): SessionLocks | undefined {
  const manager = page.navigator?.locks;
  if (manager) return webLocks(manager, clock);
  return page.BroadcastChannel && channelLocks(page.BroadcastChannel, clock, randomName(random));
}

/** What of a page its locks are made of. */
export interface PageLocking {
  readonly navigator?: { readonly locks?: LockManager };
  readonly BroadcastChannel?: new (name: string) => Channel;
}

/** A name that nobody else has. */
export function randomName(random: () => number): string {
  return [random(), random()].map((part) => Math.floor(part * 2 ** 53).toString(36)).join('-');
}
