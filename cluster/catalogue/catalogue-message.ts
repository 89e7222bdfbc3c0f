import { z } from 'zod';
import type { ItemPatch } from '../../model/catalogue/item.js';
import type { Item } from '../../model/catalogue/shared-catalogue.js';
import type { ItemCommand } from '../../model/catalogue/write-plan.js';
import { packMessage, unpackMessage } from '../journal/checked-message.js';

/** A command as texts: what it does, then the JSON of each item, an id and the JSON of its patch, or ids. */
export type WrittenCommand = readonly [op: ItemCommand['op'], ...texts: string[]];

/** What one message of the catalogue's log says: commands of one node, which are carried out together. */
export interface CatalogueMessage {
  readonly node: string;
  /** Another one at each start of the node. */
  readonly run: string;
  /** Counts the messages of a run: no two messages are the same bytes. */
  readonly number: number;
  /** When it was written by the node's clock, epoch ms: items that do not say when they came came then. */
  readonly nowMs: number;
  readonly commands: readonly WrittenCommand[];
}

/** Version of a message's bytes. */
const VERSION = 1;

const command = z.tuple([z.enum(['upsert', 'seed', 'patch', 'remove'])]).rest(z.string());
const message = z.tuple([z.literal(VERSION), z.string(), z.string(), z.number(), z.number()]).rest(command);

/** A message as bytes (`packMessage`): `[1, node, run, number, nowMs]`, followed by the commands. */
export function encodeCatalogueMessage({ node, run, number, nowMs, commands }: CatalogueMessage): Uint8Array {
  return packMessage([VERSION, node, run, number, nowMs, ...commands]);
}

/** What `encodeCatalogueMessage` was given. Throws for bytes that do not fit their checksum and for a version that this build does not read. */
export function decodeCatalogueMessage(bytes: Uint8Array): CatalogueMessage {
  const read = message.safeParse(unpackMessage(bytes));
  if (!read.success)
    throw new Error('message that this build does not read: another version of this program wrote it');
  const [, node, run, number, nowMs, ...commands] = read.data;
  return { node, run, number, nowMs, commands };
}

/** The texts of a command's items. */
export function textsOf(given: ItemCommand): string[] {
  switch (given.op) {
    case 'upsert':
    case 'seed':
      return given.items.map((item) => JSON.stringify(item));
    case 'patch':
      return [given.id, JSON.stringify(given.patch)];
    case 'remove':
      return [...given.ids];
  }
}

/** The command that was written; `rest` is awaited between two items. */
export async function readCommand(
  [op, ...texts]: WrittenCommand,
  rest: () => Promise<void>,
): Promise<ItemCommand> {
  if (op === 'patch') return { op, id: texts[0], patch: JSON.parse(texts[1]) as ItemPatch };
  if (op === 'remove') return { op, ids: texts };
  const items: Item[] = [];
  for (const text of texts) {
    await rest();
    items.push(JSON.parse(text) as Item);
  }
  return { op, items };
}
