import { isVisitor, nameOf, type SetAsideNote, type ShardReport } from '../../shards/api.js';

/** A shard in the answer of `GET /v1/stats`. */
export function statsOf({ report, ...condition }: ShardReport): object {
  if (report === undefined) return condition;
  const { setAside, verified } = report;
  const { counts, latest, owedUsers, isFull } = setAside;
  return { ...condition, setAside: { counts, owedUsers, isFull, latest: latest.map(noteOf) }, verified };
}

/** `key` says which record: names of users and visitors as the outside knows them. */
function noteOf({ kind, names, reason, atMs, isOwed }: SetAsideNote): object {
  const [first = '', ...others] = names;
  const isNamed = kind !== 'page' && kind !== 'journal' && kind !== 'meta' && kind !== 'item';
  return {
    kind,
    key: [isNamed ? nameOf(first) : first, ...others],
    ...(isNamed && isVisitor(first) && { isVisitor: true }),
    reason,
    at: new Date(atMs).toISOString(),
    isOwed,
  };
}
