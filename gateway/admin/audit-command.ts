import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { auditFolder, readAuditFiles } from '../audit/audit-files.js';
import { Refusal } from '../../shards/api.js';
import { configOf, EXIT, type CommandContext, type FolderOptions } from './command-context.js';

export interface AuditOptions extends Pick<FolderOptions, 'dataDir'> {
  /** Hash of a line that has to be there. */
  readonly head?: string;
}

/** `audit verify`: goes through the chain of the audit files; a gateway may run meanwhile. */
export function verifyAudit(context: CommandContext, options: AuditOptions): number {
  const folder = auditFolder(resolve(configOf(context, options).dataDir));
  if (!existsSync(folder))
    throw new Refusal(`${folder} is not there: no gateway of this version has run on the data folder`);
  const { first, hash, lines, n, problem, tornBytes } = readAuditFiles(folder, options.head);
  if (problem !== undefined) {
    context.say(`the audit files in ${folder} were changed after line ${n}: ${problem}`);
    return EXIT.broken;
  }
  const from = first > 1 ? `, from number ${first} on: older files were removed by age` : '';
  context.say(
    `the audit files in ${folder} are whole: ${lines} lines${from}. The last is number ${n}, hash ${hash}`,
  );
  if (tornBytes > 0)
    context.say(
      `behind it are ${tornBytes} bytes of a line that a crash cut off, or that is being written; the next start takes them out`,
    );
  return EXIT.done;
}
