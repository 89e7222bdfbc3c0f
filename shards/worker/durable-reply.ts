import type { BuiltShard } from '../shard/build-shard.js';
import type { ShardReply } from '../wire/calls.js';

/** Says that a question was carried out, when all that it has changed is durable. */
export function replyWhenDurable(
  { shard }: Pick<BuiltShard, 'shard'>,
  reply: (reply: ShardReply) => void,
  call: number,
): void {
  shard.commits.whenDurable(() => reply({ op: 'done', call }));
  shard.commits.commit();
}
