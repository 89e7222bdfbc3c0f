import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { NO_BUNDLE } from '../../model/bundle/model-options.js';
import type { BundleShelf } from './bundle-shelf.js';
import type { HttpProblemCode } from '../server/problem.js';

/** Word that stands for the bundle that served before. */
const PREVIOUS = 'previous';

/** A bundle that may be taken. */
export interface ChosenBundle {
  /** `null`: no bundle. */
  readonly folder: string | null;
  /** True for the folder of the `bundle` option. */
  readonly isOption: boolean;
  readonly isPrevious: boolean;
}

interface Refusal {
  readonly code: HttpProblemCode;
  readonly detail: string;
}

/** Which folders a swap may name: those below `bundlesDir`, and that of the `bundle` option. */
export class BundleFolders {
  readonly #option: string;
  readonly #bundlesDir: string;
  readonly #shelf: BundleShelf;

  /** `option` is the value of the `bundle` option. */
  constructor(option: string, bundlesDir: string, shelf: BundleShelf) {
    this.#option = option;
    this.#bundlesDir = bundlesDir;
    this.#shelf = shelf;
  }

  /** `wanted` is a folder, absolute or relative to `bundlesDir`, `previous` or `none`; `previous` the fingerprint of that one. */
  async choose(wanted: string, previous: string | null | undefined): Promise<ChosenBundle | Refusal> {
    if (wanted === NO_BUNDLE) return { folder: null, isOption: false, isPrevious: false };
    if (wanted === PREVIOUS) return this.#previous(previous);
    const folder = await realFolder(resolve(this.#bundlesDir, wanted));
    if (folder === undefined)
      return { code: 'bundle_unreadable', detail: `there is no folder ${wanted} in ${this.#bundlesDir}` };
    if (this.#option !== NO_BUNDLE && folder === (await realFolder(resolve(this.#option))))
      return { folder, isOption: true, isPrevious: false };
    const root = (await realFolder(resolve(this.#bundlesDir))) ?? resolve(this.#bundlesDir);
    if (folder.startsWith(root + sep)) return { folder, isOption: false, isPrevious: false };
    return {
      code: 'bundle_not_allowed',
      detail: `${wanted} is outside of ${this.#bundlesDir}; put the bundle there, or start with another --bundles-dir`,
    };
  }

  #previous(previous: string | null | undefined): ChosenBundle | Refusal {
    if (previous === undefined)
      return { code: 'no_previous_bundle', detail: 'no other bundle has served in this data folder' };
    const folder = previous === null ? null : this.#shelf.folderOf(previous);
    return { folder, isOption: false, isPrevious: true };
  }
}

/** Where a path leads, links followed; undefined when it leads nowhere. */
function realFolder(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}
