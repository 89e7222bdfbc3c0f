import { nameOf } from '../store/user-key.js';

/**
 * Shard of a user, by the name that the outside knows them by (a visitor and a named user of the same name share one): jump consistent hash (Lamping and Veach, 2014, arXiv:1406.2294) of a 64-bit FNV-1a hash of the user's id.
 * Stable across processes and versions; with one shard more, only 1 / shards of the users move, all of them to the new one.
 */
export function shardOf(userId: string, shards: number): number {
  if (shards === 1) return 0;
  let key = hash64(nameOf(userId));
  let bucket = -1n;
  let jump = 0n;
  while (jump < BigInt(shards)) {
    bucket = jump;
    key = BigInt.asUintN(64, key * 2_862_933_555_777_941_757n + 1n);
    jump = BigInt(Math.floor((Number(bucket) + 1) * (2_147_483_648 / (Number(key >> 33n) + 1))));
  }
  return Number(bucket);
}

function hash64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return hash;
}
