import { z } from 'zod';
import { isVectorName, VECTOR_LIMITS } from '../vectors/given-vectors.js';

/**
 * `manifest.json` of a bundle folder: the contract between whoever trains a model and the gateway that serves it.
 * A bundle is loaded by checking all of it first: schema, file hashes, then names, shapes and types of the network.
 *
 * Files:
 * - `step.onnx`: inputs `rows` and `codes` and output `results`, the fields of `StepRows` in `model/scorer/step-rows.ts`. Users are a
 *   symbolic dimension.
 * - `ranker.onnx`: a linear ranker, input `columns` float32 [M, F + 3] (the features, the network's score, the two cosines),
 *   outputs `score` [M] and, constant, `weight` and `mean` [F + 3] and `bias` [1]. Candidates M are a symbolic dimension.
 * - `explain.onnx`: what scores are made of, for `reasons`; inputs and the output `parts` named as the fields of
 *   `InterestBatch` in `model/scorer/explainer.ts` and its `StepRows`.
 * - `vectors.f32`: little-endian float32 [items, width], row-major, unit length (zero row: no vector), rows in catalogue order.
 * - `similar.i32`: little-endian int32 [items, similar], nearest items by cosine, best first, −1 where there are fewer.
 * - `items.ndjson.gz`: one item per line in row order: `{id, title?, price?, category?, brand?, stock?, attributes?, createdMs?}`.
 *   Vectors that came with items are the shop's, and not in it.
 * - `history.u32`: little-endian uint32, the recent interactions that warm the interaction graph:
 *   `[sessions, then for each: end time in s, length n, n × item row, n × event kind]`, oldest session first.
 *
 * Optional, and absent from bundles made before they existed: how content maps to the item space (`model/content`), by which an
 * item that nobody clicked gets a vector.
 * - `content-text.f32`: little-endian float32 [buckets + 1, 1 + width], row-major: idf and weights of each bucket of the text,
 *   in the last row 0 and the bias. There when `shape.content.buckets` is above 0.
 * - `content-vectors.f32`: little-endian float32 [Σ (inputs + 1), width], row-major: of the names in `shape.content.vectors`, one after the
 *   other, weights for each number of the vectors that come with items under it, its bias last. There when there are names.
 * - `content-vector.f32`: the same for the one vector without a name of bundles that were made before there were names. There when
 *   `shape.content.inputs` is above 0.
 *
 * Optional as well:
 * - `purchase.json`: which running sessions buy, `purchaseHeadSchema` in `model/intent/purchase-head.ts`. There when it is among `files`:
 *   data of orders alone does not tell.
 * - `returns.json`: who does not come back, `returnHeadSchema` in `model/intent/return-head.ts`. There when it is among `files`: data of
 *   some weeks does not tell.
 *
 * Format 1 scored candidates inside `step.onnx`; it is refused.
 */
export const BUNDLE_FORMAT = 2;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

export const bundleManifestSchema = z.object({
  format: z.literal(BUNDLE_FORMAT),
  name: z.string().min(1).max(64),
  version: z.string().min(1).max(64),
  createdAt: z.string(),
  shape: z.object({
    width: z.number().int().min(4).max(1024),
    neighbours: z.number().int().min(4).max(256),
    features: count,
    recents: z.number().int().min(1).max(16),
    items: count,
    similar: z.number().int().min(0).max(256),
    content: z
      .object({
        /** Buckets of the hashed text, a power of two; 0: no map of texts. */
        buckets: count
          .max(2 ** 20)
          .refine((buckets) => (buckets & (buckets - 1)) === 0, 'expected a power of two'),
        /** In older bundles the length of the items' vectors that a map was learned from; 0: none. */
        inputs: count.max(VECTOR_LIMITS.numbers),
        /** How a new item's place is made of its words and of the items that say the like, and the encoder that read them; absent: trained without one. */
        blend: z
          .object({
            encoder: z.string().min(1).max(4_096),
            neighbours: z.number().min(0).max(1),
            meaning: z.number().min(0).max(16),
          })
          .optional(),
        /** What the place of an item's text counts beside those of its vectors; absent: there are none. */
        textShare: share.optional(),
        /** Vectors that come with items and say where they stand: name, length, and what their place counts. */
        vectors: z
          .array(
            z.object({
              name: z.string().refine(isVectorName, 'expected the name of a vector'),
              inputs: count.min(1).max(VECTOR_LIMITS.numbers),
              share,
            }),
          )
          .max(VECTOR_LIMITS.names)
          .refine(
            (vectors) => new Set(vectors.map(({ name }) => name)).size === vectors.length,
            'expected every name once',
          )
          .optional(),
      })
      .optional(),
  }),
  /** Names of the features in order; must equal `FEATURE_NAMES` of the serving code. */
  features: z.array(z.string()),
  training: z.object({
    data: z.string(),
    /** SHA-256 of the training events as read. */
    dataHash: sha256,
    seed: z.number().int(),
    /** Epoch ms of the last event trained on; null where the data has no time. */
    until: z.number().nullable(),
    events: count,
    sessions: count,
    seconds: z.number(),
    options: z.record(z.string(), z.unknown()),
  }),
  /** Figures on the validation cut, by name, such as `recall@20` in percent. */
  metrics: z.record(z.string(), z.number()),
  files: z.record(z.string(), z.object({ sha256, bytes: count })),
});
export type BundleManifest = z.infer<typeof bundleManifestSchema>;
