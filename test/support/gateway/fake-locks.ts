import type { Channel, LockManager } from '../../../gateway/client/sessions/session-locks.js';

/** The Web Locks of one origin: one holder a name, and a line of those who wait. */
export class FakeLockManager implements LockManager {
  readonly #held = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Names that somebody has. */
  get held(): readonly string[] {
    return [...this.#held];
  }

  async request(
    name: string,
    { ifAvailable = false, signal }: { readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
    run: (lock: object | null) => Promise<void> | undefined,
  ): Promise<unknown> {
    await Promise.resolve();
    if (this.#held.has(name)) {
      if (ifAvailable) return run(null);
      await this.#turn(name, signal);
    }
    this.#held.add(name);
    try {
      return await run({ name });
    } finally {
      this.#held.delete(name);
      this.#waiting.get(name)?.shift()?.();
    }
  }

  #turn(name: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = this.#waiting.get(name) ?? [];
      this.#waiting.set(name, line);
      line.push(resolve);
      signal?.addEventListener('abort', () => {
        line.splice(line.indexOf(resolve), 1);
        reject(new DOMException('aborted', 'AbortError'));
      });
    });
  }
}

/** A `BroadcastChannel` class whose channels hear each other at once. */
export function channelClass(): new (name: string) => Channel {
  const open = new Set<Channel>();
  return class implements Channel {
    onmessage: Channel['onmessage'] = null;
    constructor() {
      open.add(this);
    }
    postMessage(data: unknown): void {
      for (const other of open) if (other !== this) other.onmessage?.({ data });
    }
    close(): void {
      open.delete(this);
    }
  };
}
