import { onTestFinished } from 'vitest';
import { startGateway, type BuiltGateway } from './built-gateway.js';

/** A built gateway of one shard without a model on a data folder, which logs warnings; it is killed at the end of the test. */
export async function startOneShard(dataDir: string, onLog: (text: string) => void): Promise<BuiltGateway> {
  const gateway = await startGateway({
    env: {
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_SHARDS: '1',
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_ITEMS_MAX: '1024',
      AFTERCLICK_SNAPSHOT_AT_END: 'off',
      AFTERCLICK_LOG_LEVEL: 'warn',
    },
    onLog,
  });
  onTestFinished(() => gateway.kill());
  return gateway;
}
