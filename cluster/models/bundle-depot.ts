import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileDurably } from '../../metrics/process/durable-files.js';
import { readManifest } from '../../model/bundle/bundle.js';
import { bundleFingerprint } from '../../model/bundle/model-tag.js';
import type { ObjectBucket } from '../objects/object-bucket.js';

const MANIFEST = 'manifest.json';

/**
 * The bundles that a cluster serves with, kept by the NATS servers: the files of each under its fingerprint, the manifest last, so that a
 * bundle is whole when its manifest is there. Whoever loads it checks each file by the manifest.
 */
export class BundleDepot {
  readonly #bucket: ObjectBucket;

  readonly #nowMs: () => number;

  constructor(bucket: ObjectBucket, nowMs: () => number) {
    this.#bucket = bucket;
    this.#nowMs = nowMs;
  }

  /** Keeps the bundle of a folder, unless it is kept already. Rejects with a `StartupError` for what is none, and when no server answers. */
  async put(folder: string): Promise<void> {
    const manifest = await readManifest(folder);
    const fingerprint = bundleFingerprint(manifest);
    if (await this.has(fingerprint)) return;
    for (const name of [...Object.keys(manifest.files), MANIFEST])
      await this.#bucket.put(objectOf(fingerprint, name), await readFile(join(folder, name)));
  }

  has(fingerprint: string): Promise<boolean> {
    return this.#bucket.has(objectOf(fingerprint, MANIFEST));
  }

  /** Writes a bundle's files to a folder that is there. Rejects when not all of them can be had. */
  async fetch(fingerprint: string, folder: string): Promise<void> {
    await this.#write(fingerprint, folder, MANIFEST);
    const manifest = await readManifest(folder);
    if (bundleFingerprint(manifest) !== fingerprint)
      throw new Error(`the bundle ${fingerprint} on the NATS servers is another one`);
    for (const name of Object.keys(manifest.files)) await this.#write(fingerprint, folder, name);
  }

  /** Removes all others, and what is left of bundles whose upload ended in the middle. */
  async keepOnly(fingerprints: ReadonlySet<string>): Promise<void> {
    for (const name of await this.#bucket.names())
      if (!fingerprints.has(name.split('/')[0])) await this.#bucket.remove(name);
    await this.#bucket.sweep(this.#nowMs);
  }

  async #write(fingerprint: string, folder: string, name: string): Promise<void> {
    if (!/^[\w-][\w.-]*$/.test(name)) throw new Error(`a bundle has no file "${name}"`);
    const parts: Uint8Array[] = [];
    for await (const part of this.#bucket.read(objectOf(fingerprint, name))) parts.push(part);
    await writeFileDurably(join(folder, name), Buffer.concat(parts));
  }
}

function objectOf(fingerprint: string, name: string): string {
  return `${fingerprint}/${name}`;
}
