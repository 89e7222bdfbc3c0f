/** Resolves when an HTTP server answers at `baseUrl`. Rejects with what to start when none does. */
export async function assertReachable(baseUrl: string): Promise<void> {
  try {
    await (await fetch(new URL('/healthz', baseUrl))).arrayBuffer();
  } catch (error) {
    throw new Error(
      `no gateway answers at ${baseUrl}; run npm start in another terminal, or name another one with --url`,
      { cause: error },
    );
  }
}
