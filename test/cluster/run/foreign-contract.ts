import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ClusterWorld, NODES } from './cluster-world.js';
import { admin, served } from './operate.js';

/** Runs a check of the contract from outside on a gateway that owns nothing of what it is asked for. Resolves with the exit code of the check. */
export async function checkForeignContract(check: string): Promise<number> {
  // Lists of a network that was never trained are all alike.
  const env = { AFTERCLICK_BUNDLE: 'model/bundles/demo' };
  const world = await ClusterWorld.open({ isSynced: true, env });
  try {
    const foreign = NODES.length - 1;
    await admin(world, 'drain', `node-${foreign}`, '--seconds', '300');
    await served(world);
    const run = spawn(process.execPath, [check, world.nodes.urls[foreign]], { stdio: 'inherit' });
    const [code] = (await once(run, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    await world.end();
  }
}
