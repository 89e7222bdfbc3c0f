/** Share of the slow interest that stays when a session follows right after another. */
export const SLOW_KEEP = 0.7;

/** Half-life of that share in the pause between two sessions. */
export const SLOW_HALF_LIFE_MS = 60 * 86_400_000;
