import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { makeMasterKey, Refusal, rotateMasterKey } from '../../shards/api.js';
import { EXIT, withFolder, type CommandContext, type FolderOptions } from './command-context.js';

/** `keys make`: a new master key in a file of its own. */
export function makeMaster({ say }: CommandContext, file: string): number {
  const path = resolve(file);
  if (existsSync(path))
    throw new Refusal(`${path} is there already, and may be the key of a data folder: choose another name`);
  makeMasterKey(path);
  say(
    `${path} has a new master key: keep a copy of it where nobody looks, for without it nothing of any user can be read`,
  );
  return EXIT.done;
}

/** `keys rotate`: the keys of a data folder are wrapped by another master key from now on; its data stays as it is. */
export function rotateMaster(
  context: CommandContext,
  { to, ...options }: FolderOptions & { readonly to: string },
): Promise<number> {
  const path = resolve(to);
  return withFolder(context, options, async ({ dataDir, config }) => {
    if (config.masterKeyFile === '' && config.masterKeyCommand === '')
      throw new Refusal(
        'set AFTERCLICK_MASTER_KEY_FILE or AFTERCLICK_MASTER_KEY_COMMAND to the master key as it is now',
      );
    const isNew = !existsSync(path);
    await rotateMasterKey(dataDir, path);
    context.say(
      `${isNew ? 'made' : 'read'} ${path}: it is the master key of ${dataDir} from now on; start the gateway with it`,
    );
    return EXIT.done;
  });
}
