/** Resolves in the next turn of the event loop: messages, timers and signals come first. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
