/**
 * Something that lives until it is told to end. A function that starts it gives it out when it works, and leaves nothing
 * open when it throws. Then, each once and in this order:
 */
export interface Service {
  /** Takes no new work from now on; what is under way goes on. Not called when a start fails. */
  drain?(): void;
  /** Ends it, drained or not. When this is over nothing of it is left: no thread, file, socket or timer. */
  stop(): void | Promise<void>;
}

/** Services that were started one after the other, as one: what started last ends first, for it may use what started before. */
export class ServiceStack implements Service {
  readonly #services: Service[] = [];

  /**
   * Calls `start` with an empty stack, to push on it whatever has started. Rejects with what `start` rejects with, after
   * all on the stack has been stopped.
   */
  static async start<T>(start: (stack: ServiceStack) => Promise<T>): Promise<T> {
    const stack = new ServiceStack();
    try {
      return await start(stack);
    } catch (error) {
      // Why the start failed says more than what else failed because of it.
      await stack.stop().catch(() => undefined);
      throw error;
    }
  }

  /** Takes in a service that has started. It is stopped first of all, or right after `stopsAfter`. */
  push<S extends Service>(service: S, stopsAfter?: Service): S {
    const at = stopsAfter === undefined ? this.#services.length : this.#services.indexOf(stopsAfter);
    this.#services.splice(at, 0, service);
    return service;
  }

  /** Drains all, last first. */
  drain(): void {
    for (const service of this.#services.toReversed()) service.drain?.();
  }

  /** Stops all, last first, each when the one before it has ended. Rejects with the first error after the last has ended. */
  async stop(): Promise<void> {
    const errors: unknown[] = [];
    for (const service of this.#services.splice(0).reverse()) {
      try {
        await service.stop();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
