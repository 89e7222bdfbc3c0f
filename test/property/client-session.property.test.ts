import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { ClientOptions } from '../../gateway/client/index.js';
import { type ModelPage, SessionWorld } from '../support/gateway/session-world.js';

vi.mock('../../shards/pool/thread-run.js', async () => ({
  ThreadRun: (await import('../support/shards/inline-run.js')).InlineRun,
}));
vi.mock('../../shards/pool/restart-pause.js', () => ({
  RestartPause: class {
    take(): number {
      return 0;
    }
  },
}));

/** The reference: how many events were tracked. Whatever else happens, those are what the journals have in the end. */
interface Model {
  serials: number;
}
type Command = fc.AsyncCommand<Model, SessionWorld>;

/** Something that happens to one page, or to a shard; then everything goes on for a few turns. */
abstract class Step implements Command {
  readonly page: number;
  constructor(page: number) {
    this.page = page;
  }
  check(_model: Readonly<Model>): boolean {
    return true;
  }
  async run(model: Model, world: SessionWorld): Promise<void> {
    await this.act(world.pages[this.page], world, model);
    await world.turns();
  }
  abstract act(page: ModelPage, world: SessionWorld, model: Model): Promise<void> | void;
  toString(): string {
    return `${this.constructor.name}(${this.page})`;
  }
}

class Track extends Step {
  act(page: ModelPage, _: SessionWorld, model: Model): void {
    if (page.client.state.name !== 'closed') page.track(++model.serials);
  }
}
class Up extends Step {
  act(page: ModelPage): void {
    page.up(3);
  }
}
class Down extends Step {
  act(page: ModelPage): void {
    page.down(3);
  }
}
/** As long as the network works, and the disk. */
class Flow extends Step {
  async act(page: ModelPage, world: SessionWorld): Promise<void> {
    page.up(Infinity);
    await world.turns();
    for (const disk of world.disks) disk.sync();
    await world.turns();
    page.down(Infinity);
  }
}
class Sync extends Step {
  act(_: ModelPage, world: SessionWorld): void {
    world.disks[this.page].sync();
  }
}
class Crash extends Step {
  act(_: ModelPage, world: SessionWorld): Promise<void> {
    return world.disks[this.page].crash();
  }
}
class Cut extends Step {
  act(page: ModelPage, world: SessionWorld): void {
    world.cut(page, true);
  }
}
class CutUnnoticed extends Step {
  act(page: ModelPage, world: SessionWorld): void {
    world.cut(page, false);
  }
}
class Silence extends Step {
  act(page: ModelPage, world: SessionWorld): void {
    world.silence(page);
  }
}
class Wait extends Step {
  act(page: ModelPage): void {
    page.clock.advance(1_600);
  }
}
class WaitLong extends Step {
  act(page: ModelPage): void {
    page.clock.advance(3_600_000);
  }
}
class Reload extends Step {
  act(page: ModelPage): void {
    page.load();
  }
}
/** The visitor says who they are; whoever has a name says it again. */
class Identify extends Step {
  act(page: ModelPage): void {
    const user = page.client.identity ?? `named-${this.page}`;
    if (page.client.state.name !== 'closed') page.client.identify(user).catch(() => undefined);
  }
}
const KINDS = [Track, Up, Down, Flow, Sync, Crash, Cut, CutUnnoticed, Silence, Wait, WaitLong, Reload];
const WEIGHTS = new Map<(typeof KINDS)[number], number>([
  [Track, 6],
  [Flow, 3],
  [Up, 3],
  [Down, 3],
]);
const commandsOf = (kinds: typeof KINDS) =>
  kinds.flatMap((Kind) =>
    Array.from({ length: WEIGHTS.get(Kind) ?? 1 }, () => fc.nat(1).map((page): Command => new Kind(page))),
  );

async function holds(steps: Iterable<Command>, pages: readonly Partial<ClientOptions>[]): Promise<void> {
  const world = await SessionWorld.make(pages);
  try {
    const model = { serials: 0 };
    await fc.asyncModelRun(() => ({ model, real: world }), steps);
    for (const page of world.pages) await world.finish(page);
    const journaled = world.journaled();
    const all = [...journaled.values()].flat();
    for (const { client, tracked, acked, refused } of world.pages) {
      expect(client.pending.map(({ fields }) => fields.value)).toEqual([]);
      expect(refused).toEqual([]);
      const known = new Set(tracked);
      // Once, in the graph of whoever the page was then, and in the order in which they were tracked.
      expect(all.filter((serial) => known.has(serial)).toSorted((a, b) => a - b)).toEqual(tracked);
      for (const serials of journaled.values()) {
        const own = serials.filter((serial) => known.has(serial));
        expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
      expect(new Set(acked)).toEqual(known);
    }
    expect(all).toHaveLength(model.serials);
  } finally {
    await world.stop();
  }
}

const RUNS = { numRuns: Number(process.env['MODEL_RUNS'] ?? 100) };
const TIMEOUT = { timeout: 300_000 };

describe('pages, connections, outboxes, merges and shards', () => {
  it(
    '[D1] [D2] [D3] [D4] apply and acknowledge each event once and in order, whatever is cut, silent, crashed, reloaded or named',
    TIMEOUT,
    async () => {
      const users = fc.tuple(fc.constantFrom({}, { user: 'ann' }), fc.constantFrom({}, { user: 'bob' }));
      const commands = fc.commands(commandsOf([...KINDS, Identify]), { maxCommands: 50 });
      await fc.assert(fc.asyncProperty(commands, users, holds), RUNS);
    },
  );

  it(
    '[D1] [D2] [D3] [D4] the same for two pages with one session, which take it from each other',
    TIMEOUT,
    async () => {
      const user = fc.constantFrom({ session: 'shared' }, { session: 'shared', user: 'ann' });
      const commands = fc.commands(commandsOf([...KINDS, Reload, Reload]), { maxCommands: 50 });
      const property = fc.asyncProperty(commands, user, (steps, page) => holds(steps, [page, page]));
      await fc.assert(property, RUNS);
    },
  );
});
