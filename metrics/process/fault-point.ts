/**
 * A place where the fault suite (test/nemesis/) may end the process, stop it, or make its thread throw. Here it does nothing, and
 * no build holds a call of it but the suite's own: `build.mjs` takes them out, each of which stands on a line of its own.
 *
 * @param _name of the place, such as `commit.beforeAck`; what it stands between is said in test/nemesis/README.md
 */
export function faultPoint(_name: string): void {}
