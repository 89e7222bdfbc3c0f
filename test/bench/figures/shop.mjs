// The shop that is measured: the demo bundle's items and made-up ones, in a data folder that every run gets a copy of.
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeManyUsers } from '../durability/many-users.mjs';
import { PinnedGateway } from './gateway.mjs';
import { load } from './load.mjs';

/** Items of the large catalogue, and of the small one. */
export const LARGE_SHOP = 100_000;
export const SMALL_SHOP = 4_000;

/** A file of so many made-up items, as the load generator takes it. */
export function itemFile(work, count) {
  const path = join(work, `items-${count}.tsv.gz`);
  if (existsSync(path)) return path;
  const lines = ['item\tcategory_id\tcategory_code\tbrand\tprice'];
  for (let i = 0; i < count; i++)
    lines.push(`${1e7 + i}\tc${i % 977}\tc${i % 977}\tb${i % 4_001}\t${(1 + (i % 9_999) / 100).toFixed(2)}`);
  writeFileSync(path, gzipSync(`${lines.join('\n')}\n`, { level: 1 }));
  return path;
}

/** A data folder with the demo bundle's items and `count` made-up ones, and a bit of what was clicked. Made once. */
export async function shopFolder(bench, count) {
  const folder = join(bench.work, `shop-${count}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}-making`;
  mkdirSync(making, { recursive: true });
  const gateway = await PinnedGateway.start({ ...bench, dataDir: making });
  try {
    const items = itemFile(bench.work, count);
    await load(bench, gateway.url, { items, rate: 500, seconds: bench.quick ? 1 : 20, sessions: 'short' });
  } finally {
    await gateway.stop();
  }
  renameSync(making, folder);
  return folder;
}

/** A data folder with so many users on disk, by the store of the build. Made once. */
export async function usersFolder(bench, users) {
  const folder = join(bench.work, `users-${users}`);
  if (!existsSync(folder)) await makeManyUsers(bench.dist, folder, users);
  return folder;
}
