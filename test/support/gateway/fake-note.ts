import type { SharedNote } from '../../../shards/api.js';

/** A note in memory. Its servers may be away, or show what was written before. */
export class FakeNote implements SharedNote {
  text = '';
  revision = 0;
  isAway = false;
  /** What the next reads show in the place of what is kept. */
  readonly stale: { readonly text: string; readonly revision: number }[] = [];

  async read(): ReturnType<SharedNote['read']> {
    await this.#call();
    return this.stale.shift() ?? { text: this.text, revision: this.revision };
  }

  async write(text: string, revision: number): Promise<number | undefined> {
    await this.#call();
    if (revision !== this.revision) return undefined;
    this.text = text;
    return ++this.revision;
  }

  async #call(): Promise<void> {
    await Promise.resolve();
    if (this.isAway) throw new Error('no server answers');
  }
}
