import { createHash } from 'node:crypto';
import type { BundleManifest } from './bundle-manifest.js';

/** Tag of the neighbour mode, which is no bundle. 0 stands for a model that nobody named. */
export const NEIGHBOURS_TAG = 1;

/** What tells one bundle from another, whatever its name: SHA-256 in hex over its name, version and the hashes of its files. */
export function bundleFingerprint({ name, version, files }: BundleManifest): string {
  const hashes = Object.entries(files)
    .map(([file, { sha256 }]) => `${file} ${sha256}`)
    .sort();
  return createHash('sha256')
    .update([name, version, ...hashes].join('\n'))
    .digest('hex');
}

/** u32 that stands in stored states for the model that made them: states of different tags are not comparable. Above 1. */
export function modelTag(fingerprint: string): number {
  return Math.max(NEIGHBOURS_TAG + 1, Number.parseInt(fingerprint.slice(0, 8), 16));
}
