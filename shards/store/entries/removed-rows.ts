import { intentWrite } from './intent-rows.js';
import type { CommitBatch } from '../store.js';
import { isVisitor } from '../user-key.js';

/** What takes users and visitors out of a store that no shard runs on, wherever they live: graph, sessions, whose they are. */
export function removedRows(users: readonly string[]): CommitBatch {
  const visitors = users.filter(isVisitor);
  return {
    users: users.map((userId) => ({ userId, bytes: undefined })),
    aliases: visitors.map((userId) => ({ userId, to: undefined })),
    blobs: visitors.map((visitor) => intentWrite(visitor, undefined)),
  };
}
