import { Refusal, UserFolder, named, visitor, type StoredUser, type UserKey } from '../../shards/api.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import { EXIT, withFolder, type CommandContext } from './command-context.js';
import { loadFolderModel, readItems } from './folder-model.js';
import { snapshotPath } from './snapshot-path.js';

export interface UserOptions {
  readonly dataDir?: string;
  readonly bundle?: string;
  /** The id is that of a visitor's session. */
  readonly visitor?: true;
}

/** `user show`: all that is stored of somebody, as JSON. */
export function showUser(context: CommandContext, id: string, options: UserOptions): Promise<number> {
  return withFolder(context, options, async ({ dataDir, config }) => {
    const users = await UserFolder.open(dataDir);
    const user = await users.show(keyOf(id, options));
    if (user === undefined) throw nothingOf(id);
    context.say(JSON.stringify({ id, ...shown(user, await readItems(dataDir, config)) }, null, 2));
    return EXIT.done;
  });
}

/** `user rollback`: somebody gets the graph that they had in a snapshot. */
export function rollBackUser(
  context: CommandContext,
  id: string,
  options: UserOptions & { readonly snapshot: string },
): Promise<number> {
  return withFolder(context, options, async (folder) => {
    const model = await loadFolderModel(folder);
    const users = await UserFolder.open(folder.dataDir);
    const snapshot = snapshotPath(options.snapshot, folder.dataDir);
    const { createdAt, position } = await users.rollBack(
      keyOf(id, options),
      snapshot,
      model,
      context.nowMs(),
    );
    context.say(
      `"${id}" is what they were in the snapshot of ${createdAt}, by entry ${position} of the journal; their sessions go on where they are`,
    );
    return EXIT.done;
  });
}

/** `user forget`: takes somebody away. */
export function forgetUser(context: CommandContext, id: string, options: UserOptions): Promise<number> {
  return withFolder(context, options, async ({ dataDir }) => {
    const users = await UserFolder.open(dataDir);
    const gone = await users.forget(keyOf(id, options), context.nowMs());
    if (gone === undefined) throw nothingOf(id);
    const { visitors, journalEntries, snapshots } = gone;
    context.say(`"${id}" is gone, with ${visitors} visitors who had become theirs`);
    context.say(
      `left are ${journalEntries} entries of journals, and keys against repeats, until "compact --erased" takes them out; with a master key nobody can read them`,
    );
    if (snapshots.length > 0)
      context.say(`and what these snapshots hold, until they are deleted: ${snapshots.join(', ')}`);
    return EXIT.done;
  });
}

function keyOf(id: string, options: UserOptions): UserKey {
  return options.visitor === true ? visitor(id) : named(id);
}

function nothingOf(id: string): Refusal {
  return new Refusal(
    `nothing is stored of "${id}"; for a visitor give the id of their session and --visitor`,
  );
}

/** With items by their ids. */
function shown(user: StoredUser, items: Catalogue): object {
  const events = user.events.map(({ event, position }) => ({
    position,
    at: new Date(event.tsMs).toISOString(),
    session: event.session,
    seq: event.seq,
    kind: event.kind,
    items: event.items.map((index) => items.idOf(index)),
    value: event.value,
    quantity: event.quantity,
    query: event.query,
    eventId: event.eventId,
    campaign: event.campaign,
  }));
  return { ...user, events };
}
