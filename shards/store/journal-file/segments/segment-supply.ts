import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../../../metrics/process/durable-files.js';
import { faultPoint } from '../../../../metrics/process/fault-point.js';
import { SegmentFile, spareName } from './segment-file.js';
import { SEGMENT_HEAD_BYTES, segmentHead } from './segment-format.js';
import { segmentName } from './segment-list.js';

export interface SupplyOptions {
  readonly folder: string;
  /** Number of the journal. */
  readonly id: Uint8Array;
  /** Of this opening. */
  readonly epoch: number;
  /** Of a segment; one for a larger group is larger. */
  readonly segmentBytes: number;
}

/** Makes the segments that a journal goes on in, one of them before it is needed. */
export class SegmentSupply {
  readonly folder: string;
  readonly id: Uint8Array;
  readonly epoch: number;
  readonly segmentBytes: number;
  /** One at a time: the last one, and the next. */
  #spare: Promise<SegmentFile> | undefined;
  /** Somebody waits for it. */
  #isUrgent = false;

  constructor({ folder, id, epoch, segmentBytes }: SupplyOptions) {
    this.folder = folder;
    this.id = id;
    this.epoch = epoch;
    this.segmentBytes = segmentBytes;
  }

  /** Makes a segment, in bites, so that it does not hold up what is being written. */
  ahead(): void {
    this.#prepare(this.segmentBytes).catch(() => undefined);
  }

  /**
   * Begins the segment whose first entry has `position`, large enough for a first group of so many bytes. Resolves when its head and its
   * name are on the disk. Rejects when the disk has no room for it; it may be called again then.
   *
   * @param bytesMax of one that is made now
   */
  async begin(position: number, groupBytes: number, bytesMax = this.segmentBytes): Promise<SegmentFile> {
    const file = await this.#take(SEGMENT_HEAD_BYTES + groupBytes, bytesMax);
    try {
      await file.written(segmentHead({ position, id: this.id, epoch: this.epoch }), 0);
      faultPoint('journal.begun');
      const segment = { position, epoch: this.epoch, name: segmentName(position, this.epoch) };
      await rename(file.path, join(this.folder, segment.name));
      file.named(segment);
      faultPoint('journal.named');
      await syncFolder(this.folder);
      return file;
    } catch (error) {
      await file.remove().catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    const spare = this.#spare;
    this.#isUrgent = true;
    this.#spare = undefined;
    await spare?.then((file) => file.remove()).catch(() => undefined);
  }

  async #take(needed: number, bytesMax: number): Promise<SegmentFile> {
    this.#isUrgent = true;
    try {
      const file = await this.#prepare(Math.max(bytesMax, needed));
      this.#spare = undefined;
      if (file.bytes >= needed) return file;
      await file.remove();
      return await this.#take(needed, bytesMax);
    } finally {
      this.#isUrgent = false;
    }
  }

  #prepare(bytes: number): Promise<SegmentFile> {
    return (this.#spare ??= this.#made(bytes).catch((error: unknown) => {
      this.#spare = undefined;
      throw error;
    }));
  }

  async #made(bytes: number): Promise<SegmentFile> {
    const path = join(this.folder, spareName(this.epoch));
    const file = await SegmentFile.prepare(path, bytes, () => this.#isUrgent);
    faultPoint('journal.prepared');
    return file;
  }
}
